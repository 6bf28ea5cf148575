"""PURE: who reviews what, what reviews say together, what a public table may show."""

ALLOCATION = "allocation"
SOLVERS = {ALLOCATION: "services.programs.planning.allocation"}

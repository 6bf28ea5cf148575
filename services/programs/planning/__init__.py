"""PURE: who reviews what, what reviews say together, what a public table may show."""

ALLOCATION, PLACEMENT = "allocation", "placement"
SOLVERS = {
    ALLOCATION: "services.programs.planning.allocation",
    PLACEMENT: "services.programs.planning.placement",
}

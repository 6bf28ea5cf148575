"""PURE: the partnering day: who meets whom in which slot, and what to do when a slot, a room or an
interpreter is lost.
"""

DAY, REPAIR = "day", "repair"
SOLVERS = {DAY: "services.meetings.scheduling.day", REPAIR: "services.meetings.scheduling.repair"}

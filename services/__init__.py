"""The services, by name; none of them is loaded by this."""

SERVICES = (
    "startups",
    "investors",
    "programs",
    "matching",
    "meetings",
    "accounts",
    "notices",
    "portal",
)
WORKING = SERVICES[:-1]  # the portal only serves

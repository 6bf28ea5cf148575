"""What sites, providers and programmes need before they are published."""


def place_gaps(profile, facts) -> list[str]:
    """A site or provider says where it is."""
    return [] if any(f.field == "location" for f in facts) else ["facts.location"]


def program_gaps(profile, facts) -> list[str]:
    return [] if profile.name.get("en") or profile.name.get("ja") else ["name"]

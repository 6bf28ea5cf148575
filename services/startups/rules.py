"""What a startup profile needs before it is published."""


def gaps(profile, facts) -> list[str]:
    """The facts a match cannot do without, as dotted paths."""
    stated = {f.field for f in facts}
    missing = [f"facts.{name}" for name in ("modality", "therapeutic_area") if name not in stated]
    return missing + ([] if profile.name.get("en") or profile.name.get("ja") else ["name"])

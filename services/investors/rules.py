"""What investors and mandates need before they are published."""

WANTED = ("focus_area", "focus_modality", "focus_product_class")


def investor_gaps(profile, facts) -> list[str]:
    return [] if profile.name.get("en") or profile.name.get("ja") else ["name"]


def mandate_gaps(profile, facts) -> list[str]:
    """An equity mandate states its cheque; every mandate says what it wants: "early stage" alone is
    refused.
    """
    stated = {f.field for f in facts}
    missing = [] if stated & set(WANTED) else ["facts.focus_area"]
    return missing + (
        ["facts.ticket"] if profile.kind == "equity" and "ticket" not in stated else []
    )

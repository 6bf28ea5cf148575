"""A seeded population of generated startups and mandates, for measuring only; their names say
so.
"""

import random

from shared.vocabulary import vocabulary

AREAS = [s for s, n in vocabulary("therapeutic_area").nodes.items() if "parent" in n]
MODALITIES = [s for s, n in vocabulary("modality").nodes.items() if "parent" in n]
STAGES = ["target-validation", "preclinical-poc", "ind-enabling", "phase-1", "phase-2"]
ROUNDS = ["seed", "series-a", "series-b", "series-c"]
HUBS = ["hub-tokyo", "hub-osaka", "hub-kyoto", "hub-fukuoka", "us-west", "hub-boston-cambridge"]


def startup(dice: random.Random, number: int) -> dict:
    amount = round(10 ** dice.uniform(5.7, 7.9))
    facts = [
        {"field": "modality", "value": dice.choice(MODALITIES)},
        {"field": "therapeutic_area", "value": dice.choice(AREAS)},
        {"field": "stage", "value": dice.choice(STAGES)},
        {"field": "hq", "value": dice.choice(HUBS)},
        {"field": "corporate_status", "value": "active"},
        {
            "field": "funding_round",
            "value": {
                "round": dice.choice(ROUNDS),
                "kind": "equity",
                "amount": amount,
                "currency": "USD",
                "date": "2025",
            },
        },
    ]
    return {"id": f"generated-{number}", "name": {"en": f"Generated Bio {number}"}, "facts": facts}


def investor(number: int) -> dict:
    return {"id": f"generated-fund-{number}", "name": {"en": f"Generated Fund {number}"}}


def mandate(dice: random.Random, number: int) -> dict:
    low = round(10 ** dice.uniform(5.3, 6.8))
    start = dice.randrange(3)
    facts = [
        *(
            {"field": "focus_area", "value": a}
            for a in dice.sample(list(_roots("therapeutic_area")), dice.randint(1, 4))
        ),
        *(
            {"field": "focus_modality", "value": m}
            for m in dice.sample(list(_roots("modality")), dice.randint(1, 4))
        ),
        {
            "field": "focus_stage",
            "value": {
                "from": ROUNDS[start],
                "to": ROUNDS[dice.randrange(start, 4)],
                "scale": "funding_round",
            },
        },
        {
            "field": "ticket",
            "value": {"min": low, "max": low * 5, "currency": "USD", "kind": "initial"},
        },
        {"field": "focus_geography", "value": dice.choice(["jp", "us", "world", "asia-pacific"])},
    ]
    return {"investor": f"generated-fund-{number}", "kind": "equity", "facts": facts}


def _roots(name: str) -> list[str]:
    return [s for s, n in vocabulary(name).nodes.items() if "parent" not in n]

"""Some seconds of the soak: beside a poisoned row in every queue nothing is lost, and nothing but
the poison stands still.
"""

import pytest

from tests.long.soak import Soak, lost_or_stuck


@pytest.mark.timeout(300)
def test_beside_poison_in_every_queue_nothing_is_lost_and_only_the_poison_stands_still(tmp_path):
    soak = Soak(tmp_path, 7)
    queues = {
        f"{name}/{queue.name}"
        for name, service in soak.services.items()
        for queue in service.queues
    }
    told = soak.run(2, 4, 1)
    assert lost_or_stuck(told) == []
    assert set(told["poison"]) == queues | {"events"} and all(told["poison"].values()), (
        "a new queue is poisoned, too"
    )
    assert (
        min(
            told["poisoned"][kind]["count"]
            for kind in ("registration", "change", "webhook", "mail", "letter", "timer")
        )
        > 0
    )

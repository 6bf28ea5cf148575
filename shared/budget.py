"""How much heavy work one person may ask of a serving process: files read, files made; so that
nobody's work is another's wait.
"""

import threading
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta

from shared.clock import JST
from shared.errors import TooMany

AT_ONCE, AN_HOUR, HOUR, MANY = 2, 240, timedelta(hours=1), 10_000


class Budget:
    """Pieces of work by person: `AT_ONCE` under way, `AN_HOUR` begun within an hour."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.under_way: Counter[str] = Counter()
        self.begun: defaultdict[str, deque[datetime]] = defaultdict(deque)

    def begin(self, person: str, now: datetime) -> None:
        """Raises TooMany with the time from when there is room again."""
        with self.lock:
            if len(self.begun) > MANY:
                self.begun = defaultdict(
                    deque, {p: d for p, d in self.begun.items() if d and d[-1] > now - HOUR}
                )
            mine = self.begun[person]
            while mine and mine[0] <= now - HOUR:
                mine.popleft()
            if self.under_way[person] >= AT_ONCE:
                raise TooMany(
                    "work-under-way", when=now + timedelta(seconds=5), now=now, max=AT_ONCE
                )
            if len(mine) >= AN_HOUR:
                when = mine[0] + HOUR
                raise TooMany(
                    "work-this-hour",
                    when=when,
                    now=now,
                    max=AN_HOUR,
                    time=f"{when.astimezone(JST):%H:%M}",
                )
            mine.append(now)
            self.under_way[person] += 1

    def end(self, person: str) -> None:
        with self.lock:
            self.under_way[person] -= 1
            self.under_way += Counter()  # whoever has nothing under way is forgotten

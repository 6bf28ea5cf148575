"""A placement to be made, without any solver: what may be chosen, what is left, why somebody is
out, who would rather be elsewhere, the stable plan.
"""

import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

Placed = list[list]  # [startup, site, window]
BLOCKING = 200  # pairs named; more are counted


@dataclass(frozen=True)
class Option:
    """A startup at a site in a window."""

    startup: str
    site: str
    window: int


class Case:
    """The problem of `placement`, by id."""

    def __init__(self, problem: dict):
        self.problem = problem
        self.startups = {s["id"]: s for s in problem["startups"]}
        self.sites = {s["id"]: s for s in problem["sites"]}
        self.barred = {tuple(pair) for pair in problem["barred"]}
        self.pins = {s: (w, t) for s, w, t in problem["pins"]}

    def room(self, site: str, resource: str, window: int) -> int:
        """Units of a resource at a site in a window; what a site does not list it does not have."""
        amounts = self.sites[site]["capacity"].get(resource)
        return amounts[window] if amounts else 0

    def wish(self, startup: str, site: str) -> int:
        """How much a startup wants a site, 0 to 100."""
        return self.startups[startup]["prefs"].get(site, 0)

    def liking(self, site: str, startup: str) -> int:
        """How much a site wants a startup, 0 to 100."""
        return self.sites[site]["prefs"].get(startup, 0)

    def value(self, option: Option) -> int:
        """What both sides wish."""
        return self.wish(option.startup, option.site) + self.liking(option.site, option.startup)

    @cached_property
    def options(self) -> list[Option]:
        """What gates, bans, stated windows and bare capacity leave, pins aside."""
        found = []
        for startup, one in self.startups.items():
            for site in self.sites:
                if (startup, site) not in self.barred:
                    found += [
                        Option(startup, site, t)
                        for t in one["windows"]
                        if self.fits(startup, site, t, {})
                    ]
        return found

    @cached_property
    def pinned(self) -> list[Option]:
        """The options, of a pinned startup its pin alone."""
        return [o for o in self.options if o.startup not in self.pins or self._as_pinned(o)]

    def _as_pinned(self, option: Option) -> bool:
        site, window = self.pins[option.startup]
        return option.site == site and window in (None, option.window)

    def fits(self, startup: str, site: str, window: int, used: dict) -> bool:
        return not self.lacking(startup, site, window, used)

    def lacking(self, startup: str, site: str, window: int, used: dict) -> list[str]:
        """Resources a site has too little of for a startup in a window, beside what is `used`
        ({(site, window, resource): units}).
        """
        needs = self.startups[startup]["needs"].items()
        return [
            r for r, n in needs if used.get((site, window, r), 0) + n > self.room(site, r, window)
        ]

    def usage(self, placed: Placed) -> dict:
        used: Counter = Counter()
        for startup, site, window in placed:
            for resource, units in self.startups[startup]["needs"].items():
                used[site, window, resource] += units
        return used

    # -- what a plan means

    def faults(self, placed: Placed) -> list[str]:
        """What a plan breaks: nothing, if it is one."""
        found = [f"{s} twice" for s, n in Counter(s for s, _, _ in placed).items() if n > 1]
        allowed = {(o.startup, o.site, o.window) for o in self.pinned}
        found += [f"{p} not allowed" for p in placed if tuple(p) not in allowed]
        found += [
            f"{key} over capacity"
            for key, n in self.usage(placed).items()
            if n > self.room(key[0], key[2], key[1])
        ]
        found += [f"{s} not at its pin" for s in self.pins if s not in {p[0] for p in placed}]
        return found + [
            f"floor {f}" for f in self.problem["floors"] if self.under(f, placed) < f["least"]
        ]

    def under(self, floor: dict, placed: Placed) -> int:
        """How many of a floor's tag are where it asks for them."""
        at = floor.get("at")
        return sum(
            floor["tag"] in self.startups[s]["tags"] and at in (None, w, self.sites[w]["hub"])
            for s, w, _ in placed
        )

    def reasons(self, placed: Placed) -> dict[str, dict]:
        """Of each startup without a place, what binds: no site its gates allow, a resource that is
        used up, a floor or pin that needs the room.
        """
        out, used = {}, self.usage(placed)
        for startup in self.startups.keys() - {p[0] for p in placed}:
            mine = [o for o in self.options if o.startup == startup]
            open_sites = [w for w in self.sites if (startup, w) not in self.barred]
            if not open_sites:
                out[startup] = {"why": "gates", "sites": sorted(self.sites)}
            elif not mine:
                short = {
                    w: sorted(
                        {
                            r
                            for t in self.startups[startup]["windows"]
                            for r in self.lacking(startup, w, t, {})
                        }
                    )
                    for w in open_sites
                }
                out[startup] = {"why": "needs", "lacking": short}
            else:
                short = {o.site: self.lacking(startup, o.site, o.window, used) for o in mine}
                free = [w for w, lacking in short.items() if not lacking]
                out[startup] = (
                    {"why": "held", "sites": free} if free else {"why": "full", "lacking": short}
                )
        return out

    def blocking(self, placed: Placed) -> list[dict]:
        """Pairs who would rather be together than as planned: the startup wants the site more, and
        the site has room or wants it more than somebody there.
        """
        at, used = {s: (w, t) for s, w, t in placed}, self.usage(placed)
        there: dict[tuple, list[str]] = defaultdict(list)
        for startup, site, window in placed:
            there[site, window].append(startup)
        found = []
        for o in self.options:
            site, _ = at.get(o.startup, (None, None))
            if (
                o.site == site
                or o.startup in self.pins
                or site is not None
                and self.wish(o.startup, o.site) <= self.wish(o.startup, site)
            ):
                continue
            gone = next(
                (s for s in self._worse(o, there[o.site, o.window]) if self._swaps(o, s, used)),
                None,
            )
            if self.fits(o.startup, o.site, o.window, used) or gone:
                found.append(
                    {"startup": o.startup, "site": o.site, "window": o.window, "instead": gone}
                )
        return found[:BLOCKING]

    def _worse(self, option: Option, there: list[str]) -> list[str]:
        """Who is there that the site wants less, the least wanted first; a pin is not moved."""
        liked = self.liking(option.site, option.startup)
        worse = [s for s in there if s not in self.pins and self.liking(option.site, s) < liked]
        return sorted(worse, key=lambda s: self.liking(option.site, s))

    def _swaps(self, option: Option, gone: str, used: dict) -> bool:
        less = dict(used)
        for resource, units in self.startups[gone]["needs"].items():
            less[option.site, option.window, resource] -= units
        return self.fits(option.startup, option.site, option.window, less)

    def stable(self) -> Placed:
        """Deferred acceptance, startups asking in the order of their wishes: with one unit each
        nobody blocks; with several resources, whoever still does is told.
        """
        asks = {
            s: sorted(
                (o for o in self.pinned if o.startup == s),
                key=lambda o: (-self.wish(s, o.site), o.site, o.window),
            )
            for s in self.startups
        }
        there: dict[tuple, list[str]] = defaultdict(list)
        waiting = sorted(self.startups, reverse=True)
        while waiting:
            startup = waiting.pop()
            if not asks[startup]:
                continue
            option = asks[startup].pop(0)
            key = option.site, option.window
            ranked = sorted(
                [*there[key], startup],
                key=lambda s: (s not in self.pins, -self.liking(option.site, s), s),
            )
            there[key] = self._kept(ranked, *key)
            waiting += [s for s in ranked if s not in there[key]]
        return sorted([s, site, window] for (site, window), kept in there.items() for s in kept)

    def _kept(self, ranked: list[str], site: str, window: int) -> list[str]:
        """Of those who ask, in the site's order, whoever still fits."""
        used: Counter = Counter()
        kept = []
        for startup in ranked:
            if self.fits(startup, site, window, used):
                used.update(
                    {(site, window, r): n for r, n in self.startups[startup]["needs"].items()}
                )
                kept.append(startup)
        return kept

    def summary(self, placed: Placed) -> dict:
        """A plan in figures: how many placed, the wishes met, who got a first wish, how far the
        worst off of those placed is from theirs (%).
        """
        first = {
            s: max((self.wish(s, w) for w in self.sites if (s, w) not in self.barred), default=0)
            for s in self.startups
        }
        met = [100 * self.wish(s, w) / first[s] for s, w, _ in placed if first[s]]
        return {
            "placed": len(placed),
            "of": len(self.startups),
            "value": sum(self.value(Option(*p)) for p in placed),
            "first_choice": sum(self.wish(s, w) == first[s] > 0 for s, w, _ in placed),
            "fairness": round(min(met, default=100 if placed else 0)),
            "blocking": len(self.blocking(placed)),
        }


class Table:
    """Startups being seated one by one."""

    def __init__(self, case: Case, options: list[Option]):
        self.case, self.at, self.used = case, {}, Counter()
        self.mine: dict[str, list[Option]] = defaultdict(list)
        self.there: dict[tuple, set[str]] = defaultdict(set)
        for o in options:
            self.mine[o.startup].append(o)
        for found in self.mine.values():
            found.sort(key=lambda o: (-case.value(o), o.site, o.window))

    def seat(self, option: Option) -> bool:
        """Seats a startup that has no place yet, if it fits."""
        if option.startup in self.at or not self.case.fits(
            option.startup, option.site, option.window, self.used
        ):
            return False
        self.at[option.startup] = option
        self.there[option.site, option.window].add(option.startup)
        self.used.update(self._units(option))
        return True

    def leave(self, startup: str) -> Option:
        option = self.at.pop(startup)
        self.there[option.site, option.window].discard(startup)
        self.used.subtract(self._units(option))
        return option

    def _units(self, o: Option) -> dict:
        return {(o.site, o.window, r): n for r, n in self.case.startups[o.startup]["needs"].items()}

    def make_room(self) -> None:
        """Seats whoever is out where one other can move elsewhere; a pin stays."""
        for startup in sorted(self.mine.keys() - self.at.keys()):
            next(
                (
                    True
                    for option in self.mine[startup]
                    if self.seat(option) or self._instead(option)
                ),
                None,
            )

    def _instead(self, option: Option) -> bool:
        for other in sorted(self.there[option.site, option.window]):
            if other in self.case.pins:
                continue
            back = self.leave(other)
            if self.seat(option):
                if any(self.seat(o) for o in self.mine[other]):
                    return True
                self.leave(option.startup)
            self.seat(back)
        return False

    def improve(self, until: float) -> None:
        """Moves, alone or with one other, whatever raises the sum of wishes, until nothing does or
        the time is over; who is held or pinned stays.
        """
        still = self.case.pins.keys() | {s for s, _, _ in self.case.problem["held"]}
        better = True
        while better and time.monotonic() < until:
            better = False
            for startup in sorted(self.at.keys() - still):
                better |= self._better(startup, still)
                if time.monotonic() > until:
                    return

    def _better(self, startup: str, still: set[str]) -> bool:
        now = self.leave(startup)
        for option in self.mine[startup]:
            gain = self.case.value(option) - self.case.value(now)
            if gain <= 0:
                break
            if self.seat(option) or self._with_one_other(option, gain, still):
                return True
        self.seat(now)
        return False

    def _with_one_other(self, option: Option, gain: int, still: set[str]) -> bool:
        for other in sorted(self.there[option.site, option.window] - still):
            back = self.leave(other)
            if self.seat(option):
                for elsewhere in self.mine[other]:
                    if gain + self.case.value(elsewhere) - self.case.value(back) <= 0:
                        break
                    if self.seat(elsewhere):
                        return True
                self.leave(option.startup)
            self.seat(back)
        return False

    def plan(self) -> Placed:
        return sorted([o.startup, o.site, o.window] for o in self.at.values())


def moves(before: Placed, after: Placed) -> list[dict]:
    """Who moves between two plans: from where to where; None is out."""
    old, new = ({s: [w, t] for s, w, t in plan} for plan in (before, after))
    return [
        {"startup": s, "from": old.get(s), "to": new.get(s)}
        for s in sorted(old.keys() | new.keys())
        if old.get(s) != new.get(s)
    ]


def pin_faults(case: Case) -> list[tuple[str, str, dict]]:
    """Pins that cannot be: an unknown name, a gate or ban against it, more in one place than it
    holds.
    """
    found, used = [], Counter()
    for i, (startup, site, window) in enumerate(case.problem["pins"]):
        at = f"pins.{i}"
        if startup not in case.startups or site not in case.sites:
            found.append((at, "not-found", {}))
        elif (startup, site) in case.barred:
            found.append((at, "pin-barred", {"given": startup, "site": site}))
        elif startup in [p[0] for p in case.problem["pins"][:i]]:
            found.append((at, "twice", {"given": startup}))
        elif window is not None and case.lacking(startup, site, window, used):
            found.append((at, "pin-full", {"given": startup, "site": site}))
        elif window is not None:
            used.update({(site, window, r): n for r, n in case.startups[startup]["needs"].items()})
    return found

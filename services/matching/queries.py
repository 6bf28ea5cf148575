"""Reads of the matching service: feeds, a startup's list, explanations, triads, gates, search."""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.matching import days, names
from services.matching.engine.coach import coach
from services.matching.engine.columns import Columns
from services.matching.engine.explain import match_document
from services.matching.engine.grade import FLOOR
from services.matching.engine.places import gates_against
from services.matching.engine.score import Evaluation, evaluate, order_of
from services.matching.engine.triads import triads as best_triads
from services.matching.engine.words import label
from services.matching.models import Decision, Declaration, History, Match, Seen, TeamPolicy
from services.matching.news import event_of, lane, news, returned
from services.matching.population import Population, Populations
from services.matching.rules import (
    ADVANCE,
    CONFLICT,
    HOLD,
    OPEN,
    PASS,
    RETURNED,
    may_read_feed,
    may_read_startup,
    may_read_triads,
)
from shared.db import unscoped
from shared.errors import Forbidden, NotFound
from shared.judgement.gates import FAIL, gates_state

PAGE = 200
TOPICS = ("startups", "investors", "sites", "providers", "programs")


def _evaluated(population: Population, subject: str, columns: Columns | None = None) -> Evaluation:
    """A startup against all mandates, or those given. Raises NotFound for one that is gone."""
    found = population.evaluate(subject, columns)
    if found is None:
        raise NotFound()
    return found


def _lane(item: dict) -> str:
    """Where an item stands in a feed: back, near a match, new, changed, or seen before."""
    if "returned" in item:
        return "returned"
    if item["state"] == "near-miss":
        return "near-miss"
    return (item["news"] or {"lane": "seen"})["lane"]


@dataclass(frozen=True)
class Asking:
    """Who asks for what: the language of the sentences, the date (None for today), whether invented
    organisations count.
    """

    lang: str = "en"
    as_of: date | None = None
    invented: bool = False


class Reader:
    """Answers from rows and from the population in memory; every method takes a session that knows
    its actor.
    """

    def __init__(self, populations: Populations):
        self.populations = populations

    def population(
        self, session: Session, asking: Asking, for_startups: bool = False
    ) -> Population:
        return self.populations.at(session, asking.as_of or session.info["today"], for_startups)

    def mandate(self, session: Session, population: Population, name: str) -> list[str]:
        """The mandates a name means: a mandate's own slug, or all of an investor's. Raises
        NotFound.
        """
        if name in population.mandates:
            return [name]
        _, investor = names.resolve(session, name, ("investors",))
        found = [m.id for m in population.mandates.values() if m.investor.id == investor]
        if not found:
            raise NotFound("no-mandate", given=investor)
        return sorted(found)

    def startup(self, session: Session, population: Population, name: str) -> str:
        """The startup a name means. Raises NotFound, for one that is not published too."""
        _, subject = names.resolve(session, name, ("startups",))
        if subject not in population.startups:
            raise NotFound()
        return subject

    def feed(
        self, session: Session, name: str, asking: Asking, limit: int = 50, new_only: bool = False
    ) -> list[dict]:
        """The live feed of a mandate, or of an investor's best mandate per startup: what has a
        grade, matches first.
        """
        population = self.population(session, asking)
        mandates = self.mandate(session, population, name)
        self.may_read(session, population, mandates)
        own = any(population.mandates[m].invented for m in mandates)
        columns = population.columns_of(frozenset(mandates))
        decided = {
            pair: row
            for pair, row in self._decisions(session, mandates).items()
            if row.state != OPEN
        }
        seen_before, chosen = set(), []
        for startup, mandate in self._ranked(session, population, mandates, asking):
            view = population.startups.get(startup)
            if (
                startup in seen_before
                or view is None
                or (view.invented and not (asking.invented or own))
            ):
                continue
            seen_before.add(startup)  # its best mandate comes first, and speaks for it
            row = decided.get((startup, mandate))
            if row is None or row.state == RETURNED:
                chosen.append((startup, mandate))
            if not new_only and len(chosen) >= limit:
                break
        histories = self._histories(session, mandates, [startup for startup, _ in chosen])
        seen, zones = self._seen_up_to(session, mandates), days.zones(session, mandates)
        items = []
        for startup, mandate in chosen:
            history = histories.get((startup, mandate))
            event = event_of(population, startup, asking.lang)
            if new_only and history and lane(history, seen, event, zones[mandate]) == "seen":
                continue
            j = next(j for j, m in enumerate(columns.mandates) if m.id == mandate)
            match = population.told(startup, columns, j, asking.lang)
            told = match | {"news": news(history, seen, match, zones[mandate], asking.lang, event)}
            if row := decided.get((startup, mandate)):
                told["returned"] = returned(row, zones[mandate], asking.lang)
            items.append(told | {"lane": _lane(told)})
            if len(items) >= limit:
                break
        return items

    def _ranked(
        self, session: Session, population: Population, mandates: list[str], asking: Asking
    ) -> Iterator[tuple[str, str]]:
        """Pairs with a grade, matches first, each by its number: from the rows for today, as far as
        they are read; computed for another date.
        """
        if asking.as_of is not None:
            yield from self._computed(population, mandates)
            return
        rows = select(Match.startup, Match.mandate).where(
            Match.mandate.in_(mandates), Match.fit >= FLOOR
        )
        for state in ("match", "near-miss"):
            of_state = rows.where(Match.state == state).order_by(
                Match.fit.desc(), Match.score.desc(), Match.startup, Match.mandate
            )
            yield from session.execute(of_state.execution_options(yield_per=PAGE))

    def _computed(self, population: Population, mandates: list[str]) -> list[tuple[str, str]]:
        columns, out = population.columns_of(frozenset(mandates)), []
        for startup in population.startups:
            e = population.evaluate(startup, columns)
            out += [
                (*order_of(e, j), startup, m.id)
                for j, m in enumerate(columns.mandates)
                if e is not None and e.cls[j] < 2 and e.listed[j]
            ]
        return [(startup, mandate) for *_, startup, mandate in sorted(out)]

    def _decisions(self, session: Session, mandates: list[str]) -> dict[tuple[str, str], Decision]:
        """What the actor's organisation has decided about these mandates' pairs."""
        return {
            (d.startup, d.mandate): d
            for d in session.scalars(select(Decision).where(Decision.mandate.in_(mandates)))
        }

    def _histories(
        self, session: Session, mandates: list[str], startups: list[str]
    ) -> dict[tuple[str, str], History]:
        rows = session.scalars(
            select(History).where(History.startup.in_(startups), History.mandate.in_(mandates))
        )
        return {(h.startup, h.mandate): h for h in rows}

    def _seen_up_to(self, session: Session, mandates: list[str]):
        person = session.info["actor"].person
        return min(
            session.scalars(
                select(Seen.up_to).where(Seen.person == person, Seen.mandate.in_(mandates))
            ),
            default=None,
        )

    def matches(self, session: Session, name: str, asking: Asking) -> list[dict]:
        """A startup's own list: one per investor, its best mandate; from what investors publish,
        with default weights.
        """
        population = self.population(session, asking, for_startups=True)
        subject = self.startup(session, population, name)
        self._may_read_startup(session, population, subject)
        evaluation = _evaluated(population, subject)
        columns = population.columns
        own = population.startups[subject].invented
        best: dict[str, tuple] = {}
        for j, mandate in enumerate(columns.mandates):
            if evaluation.cls[j] == 2 or evaluation.removed[j] or not evaluation.listed[j]:
                continue
            if mandate.invented and not (asking.invented or own):
                continue
            key = (*order_of(evaluation, j), mandate.id, j)
            if mandate.investor.id not in best or key < best[mandate.investor.id]:
                best[mandate.investor.id] = key
        told = self._told(session, subject, asking)
        items = [
            match_document(evaluation, columns, j, asking.lang) for *_, j in sorted(best.values())
        ]
        return [
            item | ({"decision": told[item["mandate"]]} if item["mandate"] in told else {})
            for item in items
        ]

    def _told(self, session: Session, startup: str, asking: Asking) -> dict[str, dict]:
        """What investors let a startup know of their decisions, by mandate: the state and the coded
        reason, never a note.
        """
        rows = select(Decision).where(
            Decision.startup == startup, Decision.told, Decision.state.in_((ADVANCE, HOLD, PASS))
        )
        with unscoped(session):
            found = list(session.scalars(rows)) if asking.as_of is None else []
        return {
            row.mandate: {
                "state": row.state,
                "reason": label("pass_reason", row.reason, asking.lang) if row.reason else None,
                "at": row.at.isoformat(),
            }
            for row in found
        }

    def coach(self, session: Session, name: str, asking: Asking) -> dict:
        """What a startup should state next, from its own side: published mandate facts only."""
        population = self.population(session, asking, for_startups=True)
        subject = self.startup(session, population, name)
        self._may_read_startup(session, population, subject)
        evaluation = _evaluated(population, subject)
        own = population.startups[subject].invented or asking.invented
        mandates = population.columns.mandates
        open_to = [
            j
            for j, m in enumerate(mandates)
            if evaluation.cls[j] < 2 and not evaluation.removed[j] and (own or not m.invented)
        ]
        return coach(evaluation, population.columns, open_to, asking.lang)

    def explain(
        self, session: Session, one: str, other: str, asking: Asking, declared: bool = False
    ) -> dict:
        """One pair in full, also where it fails. A startup reads it from published facts; what
        either side keeps to itself is not in it.

        Raises Forbidden where the reader's house wants their interest declared first (unless
        `declared`), or they are in conflict.
        """
        actor = session.info["actor"]
        population = self.population(session, asking)
        subject = self.startup(session, population, one)
        mandates = self.mandate(session, population, other)
        owners = {population.mandates[m].investor.owner for m in mandates} | {
            population.mandates[m].owner for m in mandates
        }
        if not all(may_read_feed(actor, owner) for owner in owners):
            return self._explain_to_startup(session, subject, mandates, asking)
        if not declared and any(actor.acts_for(owner, "reviewer") for owner in owners):
            self._clear(session, subject)
        columns = population.columns_of(frozenset(mandates))
        evaluation = _evaluated(population, subject, columns)
        j = min(range(len(columns)), key=lambda j: order_of(evaluation, j))
        if evaluation.removed[j] and actor.sees_everything:
            evaluation = evaluate(population.disclosed(population.startups[subject]), columns)
        match = match_document(evaluation, columns, j, asking.lang)
        history = None if asking.as_of else session.get(History, (subject, match["mandate"]))
        seen, zone = self._seen_up_to(session, mandates), days.zone_of(session, match["mandate"])
        return match | {
            "news": news(
                history, seen, match, zone, asking.lang, event_of(population, subject, asking.lang)
            )
        }

    def _clear(self, session: Session, startup: str) -> None:
        """Raises Forbidden before the actor has declared their interest, where their house asks for
        it, and after a conflict in any case.
        """
        actor = session.info["actor"]
        if actor.sees_everything:
            return
        held = session.get(Declaration, (actor.person, startup))
        if held is not None and held.interest == CONFLICT:
            raise Forbidden("recused")
        policy = session.get(TeamPolicy, actor.org) if held is None else None
        if policy is not None and policy.declare:
            raise Forbidden("declare-first")

    def _explain_to_startup(
        self, session: Session, subject: str, mandates: list[str], asking: Asking
    ) -> dict:
        population = self.population(session, asking, for_startups=True)
        if not session.info["actor"].acts_for(population.startups[subject].owner, "startup"):
            raise NotFound()
        evaluation, columns = _evaluated(population, subject), population.columns
        places = [
            j
            for j, m in enumerate(columns.mandates)
            if m.id in mandates and not evaluation.removed[j]
        ]
        if not places:
            raise NotFound()
        return match_document(
            evaluation,
            columns,
            min(places, key=lambda j: order_of(evaluation, j)),
            asking.lang,
        )

    def triads(self, session: Session, name: str, asking: Asking) -> list[dict]:
        """The best triads of a startup: investor and site together, the weakest link named."""
        population = self.population(session, asking, for_startups=True)
        subject = self.startup(session, population, name)
        actor, owner = session.info["actor"], population.startups[subject].owner
        if not may_read_triads(actor, owner):
            raise NotFound()
        evaluation, own = (
            _evaluated(population, subject),
            population.startups[subject].invented or asking.invented,
        )
        for j, mandate in enumerate(population.columns.mandates):
            kept_to_itself = evaluation.removed[j] and may_read_startup(actor, owner)
            evaluation.removed[j] = kept_to_itself or (mandate.invented and not own)
        whole = (
            population.disclosed(population.startups[subject])
            if may_read_startup(actor, owner)
            else None
        )
        sites = [
            p
            for p in population.places.values()
            if p.kind == "incubator" and (own or not p.invented)
        ]
        sites = [
            s
            for s in sites
            if gates_state(gates_against(whole or population.startups[subject], s, asking.lang))
            != FAIL
        ]
        return best_triads(
            evaluation, population.columns, sorted(sites, key=lambda s: s.id), asking.lang
        )

    def refused(
        self, session: Session, startups: list[str], others: list[str], asking: Asking
    ) -> list[dict]:
        """Of these pairs, those that a gate refuses, with the first gate that does. A name nobody
        has is refused by nothing.
        """
        found = []
        for one, other in itertools.product(startups, others):
            with suppress(NotFound):
                failing = next(
                    (g for g in self.gates(session, one, other, asking) if g["state"] == FAIL), None
                )
                if failing:
                    found.append(
                        {
                            "startup": one,
                            "other": other,
                            "gate": failing["gate"],
                            "text": failing["text"],
                        }
                    )
        return found

    def gates(
        self, session: Session, one: str, other: str, asking: Asking, partner: str | None = None
    ) -> list[dict]:
        """The gates of a startup against an investor, mandate, site, provider or programme."""
        population = self.population(session, asking)
        if other in population.mandates:
            return self.explain(session, one, other, asking)["gates"]
        topic, subject = names.resolve(session, other, TOPICS)
        if topic in ("investors", "startups"):
            return self.explain(session, one, subject, asking)["gates"]
        startup = self.startup(session, population, one)
        actor = session.info["actor"]
        if not actor.in_network and not actor.acts_for(
            population.startups[startup].owner, "startup"
        ):
            raise NotFound()
        place = population.places.get(subject)
        if place is None:
            raise NotFound()
        helper = (
            population.places.get(names.resolve(session, partner, TOPICS)[1]) if partner else None
        )
        view = population.startups[startup]
        # a service asks for somebody else, who may know less
        if actor.acts_for(view.owner, "startup") or "administrator" in actor.roles:
            view = population.disclosed(view) or view
        return [g.document() for g in gates_against(view, place, asking.lang, helper)]

    def search(self, session: Session, text: str, limit: int, asking: Asking) -> list[dict]:
        """Organisations by name, best first."""
        population = self.population(session, asking)
        found = []
        for hit in names.search(session, text, TOPICS, limit * 2):
            table = (
                population.startups
                if hit.topic == "startups"
                else population.organisations
                if hit.topic == "investors"
                else population.places
            )
            view = table.get(hit.subject)
            if view is not None and (
                asking.invented or not view.invented or view.owner == session.info["actor"].org
            ):
                kind = {
                    "startups": "startup",
                    "investors": view.kind,
                    "sites": "site",
                    "providers": "provider",
                    "programs": "program",
                }[hit.topic]
                found.append(
                    {
                        "id": hit.subject,
                        "kind": kind,
                        "name": view.name,
                        "matched": hit.written,
                        "score": hit.score,
                        "origin": view.origin,
                    }
                )
        return found[:limit]

    def may_read(self, session: Session, population: Population, mandates: list[str]) -> None:
        """Raises NotFound unless the actor may read the feeds of all these mandates."""
        if not all(
            may_read_feed(session.info["actor"], population.mandates[m].owner) for m in mandates
        ):
            raise NotFound()

    def _may_read_startup(self, session: Session, population: Population, subject: str) -> None:
        if not may_read_startup(session.info["actor"], population.startups[subject].owner):
            raise NotFound()

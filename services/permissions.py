"""Who may do what, read from the code itself: for each operation the roles its doors name, and
whose things it touches.

Followed from each route through the functions it calls. `need` names who may act at all;
`acts_for`, `may_change`, `held` and the tables' `readers` name in which roles the people of the
organisation that owns a thing read and change it. Administrators may do everything.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from shared.auth import ROLES
from shared.db import Owned
from shared.service import Service

OURS = ("services.", "shared.")
OWN = ("acts_for", "may_change")
TITLE = (
    "| service | who may | things of an organisation, for its own | operations (below `/api/v1`)"
    " |\n|---|---|---|---|"
)
BEGIN, END = "<!-- made by `nakodo permissions` -->", "<!-- end of what is made -->"
WRITES = ("POST", "PUT", "PATCH", "DELETE")


@dataclass
class Found:
    """What doors a route has been found to pass."""

    signed_in: bool = False
    needed: list[frozenset[str]] = field(default_factory=list)
    own: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Operation:
    """`roles` may call it at all; empty: whoever is signed in, or, if not `signed_in`, whoever
    shows a link or credentials. `own`: see above.
    """

    service: str
    verb: str
    path: str
    signed_in: bool
    roles: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def who(self) -> str:
        """Who may call it, in words."""
        return ", ".join(self.roles) or (
            "anybody signed in" if self.signed_in else "by a link or credentials"
        )

    def admits(self, role: str) -> bool:
        """Whether somebody of this role may get a yes at all; reading what others own answers with
        nothing, changing it is refused.
        """
        asked = self.roles or (self.own if self.verb in WRITES else ())
        return not self.signed_in or not asked or role in asked


def operations(services: Iterable[Service]) -> list[Operation]:
    """Every operation of the API, by path."""
    found = [one for s in services if s.db is not None for one in _of(s)]
    return sorted(found, key=lambda o: (o.path, o.verb))


def table(services: Iterable[Service]) -> str:
    """The operations as a table in Markdown, those of one service and right together."""
    rows: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for one in operations(services):
        path = one.path.removeprefix("/api/v1/")
        rows.setdefault((one.service, one.who, ", ".join(one.own) or "-"), {}).setdefault(
            path, []
        ).append(one.verb)
    lines = [
        [*right, "; ".join(f"{' '.join(verbs)} `{path}`" for path, verbs in paths.items())]
        for right, paths in rows.items()
    ]
    return "\n".join([TITLE, *(f"| {' | '.join(cells)} |" for cells in sorted(lines))])


def put_into(text: str, made: str) -> str:
    """A document with the table between its two marks made anew."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{made}\n{END}{rest.partition(END)[2]}"


def _of(service: Service) -> Iterator[Operation]:
    for rule in service.app.url_map.iter_rules():
        view = getattr(service.app.view_functions[rule.endpoint], "view_class", None)
        for verb in (
            sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}) if view is not None else ()
        ):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            door = Found()
            _follow(inspect.unwrap(getattr(view, verb.lower())), {}, door, set())
            roles = (
                frozenset.intersection(*door.needed) or frozenset.union(*door.needed)
                if door.needed
                else frozenset()
            )
            yield Operation(
                service.name, verb, path, door.signed_in, _sorted(roles), _sorted(door.own)
            )


def _sorted(roles: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({*roles}, key=ROLES.index))


def _follow(function: FunctionType, known: dict[str, Any], door: Found, seen: set) -> None:
    """Adds what one function and those it calls ask of the actor."""
    if function.__code__ in seen:
        return
    seen.add(function.__code__)
    names, (nodes, maybe) = _Names(function, known), _read(function.__code__)
    for node in nodes:
        if isinstance(node, (ast.Name, ast.Attribute)):
            thing = names.value(node)
            if isinstance(thing, type) and issubclass(thing, Owned) and hasattr(thing, "readers"):
                door.own |= {*thing.readers}
        if isinstance(node, ast.Call):
            _call(node, names, door, seen, node in maybe)


@cache
def _read(code: CodeType) -> tuple[list[ast.AST], frozenset[ast.AST]]:
    """A function's source, node by node, and those that run only in some case."""
    nodes = list(ast.walk(ast.parse(textwrap.dedent(inspect.getsource(code)))))
    branches = [part for node in nodes if isinstance(node, ast.If) for part in node.body]
    return nodes, frozenset(n for part in branches for n in ast.walk(part))


def _call(node: ast.Call, names: "_Names", door: Found, seen: set, maybe: bool) -> None:
    """One call; a role that is needed only in some case does not keep others out."""
    called = (
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    )
    if called == "need" and not maybe:
        door.needed.append(frozenset(names.roles(node.args)))
    elif called in OWN:
        door.own |= names.roles(node.args[1:])
    elif called == "held":
        door.own |= names.roles(node.args[2:])
    door.signed_in = door.signed_in or called == "current_actor"
    function, first = names.value(node.func), ()
    if isinstance(function, partial):
        function, first = function.func, function.args
    function = inspect.unwrap(function) if callable(function) else None
    if isinstance(function, FunctionType) and function.__module__.startswith(OURS):
        _follow(function, names.bound(function, node, first), door, seen)


class _Names:
    """What the names of a function stand for, as far as it can be told without running it."""

    def __init__(self, function: FunctionType, known: dict[str, Any]):
        cells = {}
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            try:
                cells[name] = cell.cell_contents
            except ValueError:
                continue
        typed = {
            n: t
            for n, t in function.__annotations__.items()
            if isinstance(t, type) and t.__module__.startswith(OURS)
        }
        self._known = function.__globals__ | typed | cells | known

    def value(self, node: ast.expr) -> Any:
        """The thing, or for a value of one of our classes its class; None where it cannot be
        told.
        """
        if isinstance(node, ast.Name):
            return self._known.get(node.id)
        if isinstance(node, ast.Attribute):
            holder = self.value(node.value)
            # as it stands there: a column's meaning may depend on who reads
            if isinstance(holder, type):
                found = inspect.getattr_static(holder, node.attr, None)
                return getattr(found, "__func__", found)
            plain = isinstance(holder, ModuleType) or type(holder).__module__.startswith(OURS)
            return getattr(holder, node.attr, None) if plain else None
        if isinstance(node, ast.Call):
            made = self.value(node.func)
            told = (
                made
                if isinstance(made, type)
                else getattr(made, "__annotations__", {}).get("return")
            )
            return told if isinstance(told, type) else None
        return None

    def roles(self, nodes: Iterable[ast.expr]) -> set[str]:
        """The roles that arguments name; of a table of roles all."""
        found: set[str] = set()
        for node in nodes:
            inner = node.value if isinstance(node, (ast.Starred, ast.Subscript)) else node
            thing = inner.value if isinstance(inner, ast.Constant) else self.value(inner)
            thing = thing.values() if isinstance(thing, dict) else thing
            found |= {thing} if isinstance(thing, str) else {*(thing or ())}
        return found & {*ROLES}

    def bound(self, function: FunctionType, node: ast.Call, first: tuple) -> dict[str, Any]:
        """What the parameters of a called function stand for; `first` were given beforehand."""
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        if isinstance(node.func, ast.Attribute) and names[:1] == ("self",):
            names = names[1:]
        given = dict(zip(names, [*first, *(self.value(a) for a in node.args)], strict=False))
        given |= {k.arg: self.value(k.value) for k in node.keywords if k.arg}
        return {name: value for name, value in given.items() if value is not None}

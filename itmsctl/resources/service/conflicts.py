"""What speaks against a row of an import: a name that reads like another, an identity that somebody else has.

All rows are looked at before the first is written, so that the answer depends neither on how far apart two rows stand
nor on the order of the file: a row is compared with the CMDB as it was, and with the rows of its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import alike
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import IdentityTakenError
from itmsctl.resources import record
from itmsctl.resources.identity import TELLING, Identity, bearers
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import identities, resources
from itmsctl.resources.service.details import ADMIN
from itmsctl.resources.service.plan import ImportProblem, ImportRecord, known_names
from itmsctl.resources.service.scope import scoped
from itmsctl.values import twins
from itmsctl.values.names import name_key
from itmsctl.values.untrusted import shell_arg

_Value = tuple[str, str]  # kind and key


class Repeat(NamedTuple):
    """A telling value that an earlier row of the same file has too."""

    kind: str
    key: str
    value: str
    line: int


class Repeats:
    """The telling values of a file, as its rows go by: a hash and a line each, so that a long file costs little."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}

    def of(self, row: ImportRecord, line: int) -> tuple[Repeat, ...]:
        """Return the values of a row that stood in an earlier line."""
        found = []
        for value in _telling(row.identities):
            first = self._first.setdefault(hash((value.kind, value.key)), line)
            if first != line:
                found.append(Repeat(value.kind, value.key, value.value, first))
        return tuple(found)


def problems(
    reader: Reader, rows: Sequence[ImportRecord], repeats: Sequence[Sequence[Repeat]], *, shared: bool = False
) -> list[ImportProblem]:
    """Return what speaks against rows, whose names all differ, in the CMDB as it is; `shared` allows equal identities.

    A new name that brings the UUID or serial number of exactly one known computer is a problem, and so is a row that
    brings one which another row of its file has: nothing is renamed or doubled in silence. What a computer has already
    may be said again.
    """
    known = known_names(reader, rows)
    # Who carries a value matters to a row that is new, or has one that stood before it.
    asked = [
        not shared and (bool(again) or name_key(row.name) not in known)
        for row, again in zip(rows, repeats, strict=True)
    ]
    telling = [_telling(row.identities) if ask else [] for row, ask in zip(rows, asked, strict=True)]
    carried = carriers(reader, {(i.kind, i.key) for values in telling for i in values})
    found: list[ImportProblem] = []
    named: dict[int, str] = {}
    odd = alike.odd(reader, COMPUTER, resources)
    for at, row in enumerate(rows):
        own = known.get(name_key(row.name))
        twin = _twin(row.name, own, known, odd)
        if twin:
            found.append(ImportProblem(at, "name", f"reads like the computer `{twin}`"))
        elif asked[at]:
            problem = _taken(at, telling[at], repeats[at], own, carried)
            if problem is not None:
                found.append(problem if isinstance(problem, ImportProblem) else _said(reader, at, problem, named))
    return found


def refuse_known(reader: Reader, name: str, fields: Mapping[str, object]) -> None:
    """Raise IdentityTakenError where a computer that is to be added brings what identifies a known one."""
    values = [i for i in map(Identity._make, record.read(fields)[2]) if i.kind in TELLING and not i.junk]
    found = bearers(values, telling_carriers(carriers(reader, {(i.kind, i.key) for i in values})))
    if not found:
        return
    other = _name_of(reader, found[0].computer)
    by = found[0].by
    raise IdentityTakenError(
        f"{by.kind} `{by.value}` is the {by.kind} of computer `{other}`",
        hint=f"the same one: itmsctl computer set {shell_arg(other)} --rename {shell_arg(name)}; another one: --shared",
        details={"kind": by.kind, "value": by.value, "computer": other},
    ).about(by.kind)


class Carriers(NamedTuple):
    """Who carries a value: every computer, and those of them for whom an administrator recorded it."""

    all: frozenset[int]
    recorded: frozenset[int]


def carriers(reader: Reader, wanted: set[_Value]) -> dict[_Value, Carriers]:
    """Return who carries each of these values."""
    if not wanted:
        return {}
    rows = reader.connection.execute(
        sa.select(identities.c.kind, identities.c.value_key, identities.c.computer_id, identities.c.source).where(
            member_of(reader.connection, identities.c.value_key, sorted({key for _, key in wanted})),
            identities.c.kind.in_(TELLING),
        )
    )
    every: dict[_Value, set[int]] = {}
    recorded: dict[_Value, set[int]] = {}
    for kind, key, computer, source in rows:
        every.setdefault((kind, key), set()).add(computer)
        if source == ADMIN:
            recorded.setdefault((kind, key), set()).add(computer)
    return {
        value: Carriers(frozenset(having), frozenset(recorded.get(value, ())))
        for value, having in every.items()
        if value in wanted
    }


def telling_carriers(found: Mapping[_Value, Carriers]) -> dict[_Value, frozenset[int]]:
    """Return the carriers of values that may tell; one whose only carrier learned it by contact never does."""
    return {value: having.all for value, having in found.items() if len(having.all) > 1 or having.recorded}


def _telling(values: Iterable[tuple[str, str, str, bool]]) -> list[Identity]:
    return [Identity(*i) for i in values if i[0] in TELLING and not i[3]]


def _taken(
    at: int,
    values: Sequence[Identity],
    repeats: Sequence[Repeat],
    own: tuple[int, str] | None,
    carried: Mapping[_Value, Carriers],
) -> ImportProblem | tuple[int, Identity] | None:
    """Return the problem of a row's identities; one with a known computer as that and the value that tells."""
    if own is None:
        by = bearers(values, telling_carriers({v: carried[v] for i in values if (v := (i.kind, i.key)) in carried}))
        if by:
            return by[0].computer, by[0].by
    for repeat in repeats:
        having = carried.get((repeat.kind, repeat.key))
        if having is not None and ((own is not None and own[0] in having.all) or len(having.all) > 1):
            continue
        return ImportProblem(
            at,
            repeat.kind,
            f"`{repeat.value}` is the {repeat.kind} of line {repeat.line} too; one computer twice? "
            "give --shared where they are several",
        )
    return None


def _said(reader: Reader, at: int, taken: tuple[int, Identity], named: dict[int, str]) -> ImportProblem:
    computer, by = taken
    if computer not in named:
        named[computer] = _name_of(reader, computer)
    reason = f"`{by.value}` is the {by.kind} of computer `{named[computer]}`; rename that one, or give --shared"
    return ImportProblem(at, by.kind, reason)


def _name_of(reader: Reader, computer: int) -> str:
    statement = sa.select(resources.c.name).where(resources.c.id == computer)
    found = reader.connection.execute(scoped(statement, reader)).scalar_one_or_none()
    return "another" if found is None else str(found)


def _twin(
    name: str, found: tuple[int, str] | None, known: Mapping[str, tuple[int, str]], odd: Mapping[str, str]
) -> str:
    """Return the known name that this one reads like without being it; empty for none."""
    if found is not None:
        return "" if twins.same_spelling(found[1], name) else found[1]
    plain = twins.skeleton(name) if odd or not name.isascii() or name[-1] == "." else ""
    if plain in odd:
        return odd[plain]
    other = known.get(plain)
    return other[1] if other is not None else ""

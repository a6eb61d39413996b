"""What a table that comes in is made of: its columns as declared, its rows, and what is wrong with a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from itmsctl.documents.table_mapping import TableMapping
from itmsctl.errors import InputError
from itmsctl.values.names import did_you_mean, near_or_all
from itmsctl.values.untrusted import shell_arg

REASON = "_reason"  # the column that a rejects file adds, and every reader ignores
BROKEN = "_line"  # the key under which a rejects file keeps a line that was no JSON object
SLOT = ":"  # before a header whose column a mapping reads: no field is called so
_NAMED = 40  # unknown columns that are named; a file that is no table at all may have any number


class TableRow(NamedTuple):
    """A row as read: its first line, values by declared field name, and the row as it stood (for a rejects file).

    CSV values are text, empty where the cell was; NDJSON values are whatever JSON holds.
    """

    line: int
    values: Mapping[str, Any]
    raw: list[str] | bytes


class RowProblem(NamedTuple):
    """A row that cannot be used: where, which column if it is known, and why."""

    line: int
    column: str
    reason: str
    raw: list[str] | bytes


@dataclass(frozen=True)
class Columns:
    """Which columns a table may have.

    `headers` leads from a header to the field it fills; headers are compared without regard to case, and a space or
    hyphen counts as `_`. `aliases` are other names of fields, which count where nothing else fills the field. `ignored`
    are accepted and dropped, `foreign` dropped and reported: what other tools write and has no place here. All others
    are refused, or dropped and reported where `extra_allowed`. One of `any_of` must be there. `mapping` is what a
    person said of single headers; their cells wait under SLOT and the header until `shaping` makes fields of them.
    `lists` are fields of several values, `maps` those of which a mapping fills single keys: `tags.env`.
    """

    headers: Mapping[str, str]
    required: tuple[str, ...] = ()
    ignored: frozenset[str] = field(default_factory=frozenset)
    extra_allowed: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    foreign: frozenset[str] = field(default_factory=frozenset)
    any_of: tuple[str, ...] = ()
    mapping: TableMapping = field(default_factory=TableMapping)
    lists: frozenset[str] = field(default_factory=frozenset)
    maps: frozenset[str] = field(default_factory=frozenset)
    flags: bool = False  # whether who reads the table has `--map` and `--ignore-unknown`

    @classmethod
    def of(cls, *fields: str, required: tuple[str, ...] = (), ignored: tuple[str, ...] = (), **more: Any) -> Columns:
        """Return columns named as their fields are."""
        return cls({header_key(name): name for name in fields}, required, frozenset(map(header_key, ignored)), **more)

    def told(self, mapping: TableMapping, *, ignore_unknown: bool) -> Columns:
        """Return these columns as a person asked for them, and what is unknown left out.

        Raises InputError for a field that is none.
        """
        known = tuple(dict.fromkeys(self.headers.values()))
        for name, member in mapping.targets():
            whole, dot, key = name.partition(".")
            if name not in known and not (dot and key and whole in self.maps):
                listed = (*known, *(f"{one}.KEY" for one in sorted(self.maps)))
                raise InputError(f"{shell_arg(member)}: there is no field `{name}`", hint=near_or_all(name, listed))
        allowed = self.extra_allowed or ignore_unknown or mapping.ignore_unknown
        return replace(self, mapping=mapping, extra_allowed=allowed)

    def field_of(self, header: str) -> str | None:
        """Return the field a header fills, or None."""
        key = header_key(header)
        return next(iter(self._mapped().get(key, ())), None) or self.headers.get(key) or self.aliases.get(key)

    def read(self, headers: Sequence[str]) -> TableHeader:
        """Return what the headers of a table mean, all of them: a column may have no name."""
        keys, mapped = [header_key(header) for header in headers], self._mapped()
        fields: list[str | None] = [
            None if header in {REASON, BROKEN} or key in mapped else self.headers.get(key)
            for header, key in zip(headers, keys, strict=True)
        ]
        said = {name for key in keys for name in mapped.get(key, ())}  # by columns that are there
        taken = {name for name in fields if name} | said
        asked = [self.aliases.get(key) if fields[n] is None else None for n, key in enumerate(keys)]
        found = TableHeader(fields)
        for n, (header, key) in enumerate(zip(headers, keys, strict=True)):
            if key in mapped:
                self._read_mapped(found, n, header, mapped[key])
            elif fields[n] is None and asked[n] and asked[n] not in taken and asked.count(asked[n]) == 1:
                fields[n] = asked[n]
            elif fields[n] is None and not self._is_dropped(header, key):
                known = self.extra_allowed or key in self.foreign
                (found.dropped if known else found.unknown).append(header)
        found.twice = _twice(fields, headers) or self._twice_said(found, headers, said)
        there = {name for name in fields if name} | said | self.mapping.constants.keys()
        found.absent = [header for header in self.mapping.must if header_key(header) not in keys]
        found.lacking = [header for header, names in self.mapping.columns if names and not said & set(names)]
        found.missing = [name for name in self.required if name not in there]
        if self.any_of and not set(self.any_of) & there:
            found.missing.append(self.any_of[0])
        return found

    def _read_mapped(self, found: TableHeader, at: int, header: str, names: tuple[str, ...]) -> None:
        """Have the cells of a column wait for `shaping`, or note that it is left out."""
        slot = SLOT + header_key(header)
        if slot in found.fields:
            found.dropped.append(header)  # a column that comes twice: the first counts
        elif names or header_key(header) in map(header_key, self.mapping.only):
            found.fields[at] = slot
        else:
            found.left_out.append(header)

    def _twice_said(self, found: TableHeader, headers: Sequence[str], said: set[str]) -> tuple[str, str] | None:
        """Return a column that bears the name of a field which holds one value and that another one is mapped to."""
        for name, header in zip(found.fields, headers, strict=True):
            if name in said and name not in self.lists:
                return header, next(other for other, names in self.mapping.columns if name in names)
        return None

    def _mapped(self) -> dict[str, tuple[str, ...]]:
        found = dict.fromkeys(map(header_key, self.mapping.only), ())
        return found | {header_key(header): names for header, names in self.mapping.columns}

    def _is_dropped(self, header: str, key: str) -> bool:
        return not key or key in self.ignored or header in (REASON, BROKEN)

    def refusal(self, unknown: Sequence[str]) -> InputError:
        """Return the error of columns that are unknown: all of them, and what to type."""
        names = ", ".join(f"`{name[:80]}`" for name in unknown[:_NAMED])
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        near = {name: did_you_mean(header_key(name), self.headers) for name in unknown[:_NAMED]}
        meant = [f"`{name}`: {text}" if len(unknown) > 1 else text for name, text in near.items() if text]
        known = "known columns: " + ", ".join(dict.fromkeys(self.headers.values()))
        hint = "; ".join(meant) or known
        if self.flags:
            hint += f"; --map {shell_arg(unknown[0][:80] + '=FIELD')} reads one, --ignore-unknown leaves them out"
        return InputError(f"unknown column{'s' if len(unknown) > 1 else ''} {names}{more}", hint=hint)


@dataclass
class TableHeader:
    """What the headers of a table mean: the field of each, and what is to be said of them."""

    fields: list[str | None]
    dropped: list[str] = field(default_factory=list)  # known to have no place, or allowed to have none
    unknown: list[str] = field(default_factory=list)
    twice: tuple[str, str] | None = None  # a header whose field an earlier one fills, and that one
    absent: list[str] = field(default_factory=list)  # what `--map` names and is not there
    lacking: list[str] = field(default_factory=list)  # what a mapping names and is not there
    left_out: list[str] = field(default_factory=list)  # what a mapping says to leave out
    missing: list[str] = field(default_factory=list)


def _twice(fields: Iterable[str | None], headers: Sequence[str]) -> tuple[str, str] | None:
    first: dict[str, str] = {}
    for name, header in zip(fields, headers, strict=True):
        if name is None:
            continue
        if name in first:
            return header, first[name]
        first[name] = header
    return None


def header_key(header: str) -> str:
    """Return the form in which two headers are the same."""
    return header.strip().casefold().replace(" ", "_").replace("-", "_")

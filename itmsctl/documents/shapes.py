"""What a table that comes in is made of: its columns as declared, its rows, and what is wrong with a row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from itmsctl.errors import InputError, UsageError
from itmsctl.values.names import did_you_mean, near_or_all
from itmsctl.values.untrusted import shell_arg

REASON = "_reason"  # the column that a rejects file adds, and every reader ignores
BROKEN = "_line"  # the key under which a rejects file keeps a line that was no JSON object
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
    are refused, or dropped and reported where `extra_allowed`. `mapped` is what a person said of single headers: the
    field, or an empty text to leave the column out. One of `any_of` must be there.
    """

    headers: Mapping[str, str]
    required: tuple[str, ...] = ()
    ignored: frozenset[str] = field(default_factory=frozenset)
    extra_allowed: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    foreign: frozenset[str] = field(default_factory=frozenset)
    any_of: tuple[str, ...] = ()
    mapped: Mapping[str, str] = field(default_factory=dict)
    flags: bool = False  # whether who reads the table has `--map` and `--ignore-unknown`

    @classmethod
    def of(cls, *fields: str, required: tuple[str, ...] = (), ignored: tuple[str, ...] = (), **more: Any) -> Columns:
        """Return columns named as their fields are."""
        return cls({header_key(name): name for name in fields}, required, frozenset(map(header_key, ignored)), **more)

    def told(self, mapping: Mapping[str, str], *, ignore_unknown: bool) -> Columns:
        """Return these columns as a person asked for them: header -> field, and what is unknown left out.

        Raises UsageError for a field that is none.
        """
        known = tuple(dict.fromkeys(self.headers.values()))
        for header, name in mapping.items():
            if name and name not in known:
                hint = near_or_all(name, known)
                raise UsageError(f"--map {shell_arg(f'{header}={name}')}: there is no column `{name}`", hint=hint)
        return replace(self, mapped=dict(mapping), extra_allowed=self.extra_allowed or ignore_unknown)

    def field_of(self, header: str) -> str | None:
        """Return the field a header fills, or None."""
        key = header_key(header)
        return self._mapped().get(key) or self.headers.get(key) or self.aliases.get(key)

    def read(self, headers: Sequence[str]) -> TableHeader:
        """Return what the headers of a table mean, all of them: a column may have no name."""
        keys, mapped = [header_key(header) for header in headers], self._mapped()
        fields: list[str | None] = [
            None if header in {REASON, BROKEN} else (mapped[key] or None) if key in mapped else self.headers.get(key)
            for header, key in zip(headers, keys, strict=True)
        ]
        taken = {name for name in fields if name}
        asked = [self.aliases.get(key) if fields[n] is None else None for n, key in enumerate(keys)]
        found = TableHeader(fields)
        for n, (header, key) in enumerate(zip(headers, keys, strict=True)):
            if fields[n] is None and asked[n] and asked[n] not in taken and asked.count(asked[n]) == 1:
                fields[n] = asked[n]
            elif fields[n] is None and key not in mapped and not self._is_dropped(header, key):
                known = self.extra_allowed or key in self.foreign
                (found.dropped if known else found.unknown).append(header)
        found.twice = _twice(fields, headers)
        found.absent = [header for header, name in self.mapped.items() if name and header_key(header) not in keys]
        found.missing = [name for name in self.required if name not in fields]
        if self.any_of and not set(self.any_of) & set(fields):
            found.missing.append(self.any_of[0])
        return found

    def _mapped(self) -> dict[str, str]:
        return {header_key(header): name for header, name in self.mapped.items()}

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

"""`site import` and `subnet import`: tables in NetBox's columns, compared with the CMDB and applied in one transaction.

An empty cell leaves its field alone, or empties it where that is asked for. Importing a file twice changes nothing the
second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.ledger import SHOWN, OnError, RejectsLedger, rejects_path
from itmsctl.documents.rows import Columns, RowProblem, Rows, TableRow, read_rows
from itmsctl.errors import FieldError, InputError, ItmsError, NotFoundError
from itmsctl.resources.service.importing import KEPT, Summary, difference, emptied
from itmsctl.sites import netbox
from itmsctl.sites.netbox import LoadedSite, LoadedSubnet
from itmsctl.sites.service.site import SITES
from itmsctl.sites.service.subnet import DeferredSubnets
from itmsctl.values.names import name_key
from itmsctl.values.untrusted import from_csv_cell

__all__ = ["OnError", "SiteImportOptions", "import_sites", "import_subnets", "rejects_path"]

IMPLIED_STATUS = "active"  # what NetBox wants written where nothing is said; an export writes it, so it changes nothing


@dataclass(frozen=True)
class SiteImportOptions:
    """How to import. `rejects` is the file for bad rows; none: none is written."""

    on_error: OnError = "collect"
    rejects: Path | None = None
    clear: bool = False  # an empty cell empties its field; else it leaves it as it is
    mapping: Mapping[str, str] = field(default_factory=dict)  # header -> column, as a person says
    ignore_unknown: bool = False
    dry_run: bool = False


class _Read(NamedTuple):
    row: TableRow
    loaded: Any
    blank: tuple[str, ...]  # the fields that empty cells empty, where that is asked for
    nulls: tuple[str, ...]  # those that a null of JSON empties


class _Applied(NamedTuple):
    outcome: Outcome
    note: str


@dataclass(frozen=True)
class _Table:
    """One kind of table: how its rows are read, and what applies one. `begin` starts a unit of work."""

    columns: Columns
    empties: Mapping[str, tuple[str, ...]]  # field -> the columns that say it, all of them empty
    read: Callable[[Mapping[str, str]], Any]
    name: Callable[[Any], str]
    begin: Callable[[], _SiteWriter]


class _SiteWriter:
    """Applies rows in one unit of work."""

    def apply(self, unit: UnitOfWork, loaded: Any, emptied: Sequence[str]) -> _Applied:
        """Apply a row, and empty these fields; raises ItmsError where it cannot be."""
        raise NotImplementedError

    def end(self, unit: UnitOfWork) -> None:
        """Finish what was put off. Nothing by default."""


class _SiteTarget(_SiteWriter):
    def apply(self, unit: UnitOfWork, loaded: LoadedSite, emptied: Sequence[str]) -> _Applied:
        existing = SITES.find(unit, loaded.name)
        if existing is None:
            return _Applied(SITES.add(unit, loaded.name, loaded.fields), "")
        return _Applied(SITES.set(unit, existing.name, _news(existing, loaded.fields) | dict.fromkeys(emptied)), "")


class _SubnetTarget(_SiteWriter):
    def __init__(self) -> None:
        self._shelf = DeferredSubnets()
        self._known: dict[str, bool] = {}

    def apply(self, unit: UnitOfWork, loaded: LoadedSubnet, emptied: Sequence[str]) -> _Applied:
        fields, note = dict(loaded.fields), loaded.note
        if loaded.site and self._knows(unit, loaded):
            fields["site"] = loaded.site
        elif loaded.site:
            note = f"`{loaded.site}` is no site: loaded without one"
        existing = self._shelf.find(unit, loaded.cidr)
        if existing is None:
            return _Applied(self._shelf.add(unit, loaded.cidr, fields), note)
        return _Applied(self._shelf.set(unit, existing.name, _news(existing, fields) | dict.fromkeys(emptied)), note)

    def end(self, unit: UnitOfWork) -> None:
        self._shelf.settle(unit)

    def _knows(self, unit: UnitOfWork, loaded: LoadedSubnet) -> bool:
        """Return whether the site of a row exists; raise NotFoundError where it must, for the row says that it is
        one.
        """
        if loaded.site not in self._known:
            self._known[loaded.site] = SITES.find(unit, loaded.site) is not None
        if not self._known[loaded.site] and not loaded.site_is_guess:
            raise NotFoundError(
                f"no site `{loaded.site}`", hint="import or add the sites first", details={"column": "site"}
            )
        return self._known[loaded.site]


def _news(existing: Doc, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says that is not so already."""
    said = {name: value for name, value in fields.items() if value != ""}
    if said.get("status") == IMPLIED_STATUS and not existing.fields["status"]:
        del said["status"]
    if name_key(said.get("site") or "") == name_key(existing.fields.get("site") or ""):
        said.pop("site", None)
    return said


_SITES = _Table(
    Columns(
        netbox.SITE_HEADERS,
        netbox.SITE_REQUIRED,
        netbox.IGNORED,
        aliases=netbox.SITE_ALIASES,
        foreign=netbox.SITE_FOREIGN,
        flags=True,
    ),
    {name: (name,) for name in ("status", "region", "facility", "time_zone", "description")},
    netbox.site_of,
    lambda loaded: name_key(loaded.name),
    _SiteTarget,
)
_SUBNETS = _Table(
    Columns(
        netbox.PREFIX_HEADERS,
        (),
        netbox.IGNORED,
        aliases=netbox.PREFIX_ALIASES,
        foreign=netbox.PREFIX_FOREIGN,
        any_of=("prefix", "prefix_flat"),
        flags=True,
    ),
    {"status": ("status",), "description": ("description",), "site": ("site", "scope", "scope_id")},
    netbox.subnet_of_row,
    lambda loaded: str(loaded.cidr),
    _SubnetTarget,
)


def import_sites(
    store: Store, source: BinaryIO | Path, options: SiteImportOptions, *, name: str = "", say: Callable[[str], None]
) -> Summary:
    """Import a table of sites. `say` gets what was ignored and the first bad rows, as `file:line:column reason`.

    Raises FileFormatError for what concerns the whole file, RowsRejectedError where bad rows keep it from applying.
    """
    return _import(store, source, options, _SITES, name, say)


def import_subnets(
    store: Store, source: BinaryIO | Path, options: SiteImportOptions, *, name: str = "", say: Callable[[str], None]
) -> Summary:
    """Import a table of prefixes; computers are in their new subnets when it ends. Raises what `import_sites` does."""
    return _import(store, source, options, _SUBNETS, name, say)


class _BadSitesError(Exception):
    """Rolls the unit of work back."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__()
        self.problems = problems


def _import(
    store: Store,
    source: BinaryIO | Path,
    options: SiteImportOptions,
    table: _Table,
    name: str,
    say: Callable[[str], None],
) -> Summary:
    rejects = None if options.dry_run else options.rejects
    columns = table.columns.told(options.mapping, ignore_unknown=options.ignore_unknown)
    with read_rows(source, columns, name=name) as rows, RejectsLedger(rows, options.on_error, rejects, say) as ledger:
        good: list[_Read] = []
        for read in _checked(rows, table):
            good.append(read) if isinstance(read, _Read) else ledger.reject(read)
        if rows.dropped:
            say(f"columns without a place here, ignored: {', '.join(rows.dropped)}")
        try:
            # With bad rows `collect` stores nothing; what the database would object to is still found and named.
            given_up = bool(ledger.count) and options.on_error == "collect"
            summary, problems, notes = store.write(
                lambda unit: _apply(unit, good, table, options, given_up), dry_run=options.dry_run
            )
        except _BadSitesError as error:
            ledger.reject_all(error.problems)
            raise ledger.refusal() from None
        for note in notes[:SHOWN]:
            say(note)
        if len(notes) > SHOWN:
            say(f"... and {len(notes) - SHOWN} more")
        ledger.reject_all(problems)
        blank = not options.clear and any(read.blank for read in good)
        if blank and summary.updated + summary.unchanged:
            summary.notes.append(KEPT)
        summary.rejected, summary.rejects = ledger.count, ledger.place
    return summary


def _checked(rows: Rows, table: _Table) -> Iterator[_Read | RowProblem]:
    unguard = rows.form == "csv"
    seen: dict[str, int] = {}
    for row in rows:
        if isinstance(row, RowProblem):
            yield row
            continue
        try:
            texts = _texts(row, unguard)
            loaded = table.read(texts)
        except InputError as error:
            yield _problem(row, error)
            continue
        first = seen.setdefault(table.name(loaded), row.line)
        if first != row.line:
            yield RowProblem(row.line, "", f"the same stands in line {first} too", row.raw)
        else:
            nulls = _said(row.values, table, lambda value: value is None)
            blank = _said(texts, table, lambda text: not netbox.is_filled(text))
            yield _Read(row, loaded, tuple(name for name in blank if name not in nulls), nulls)


def _said(values: Mapping[str, Any], table: _Table, test: Callable[[Any], bool]) -> tuple[str, ...]:
    """Return the fields of which the table has a column, and the row nothing but values of a kind."""
    said = ((n, [values[column] for column in columns if column in values]) for n, columns in table.empties.items())
    return tuple(name for name, cells in said if cells and all(map(test, cells)))


def _texts(row: TableRow, unguard: bool) -> dict[str, str]:
    """Return the values as text; a NDJSON file may hold numbers, but nothing nested."""
    texts = {}
    for column, value in row.values.items():
        if isinstance(value, dict | list):
            raise FieldError("a text is wanted here", details={"column": column})
        text = "" if value is None else str(value)
        texts[column] = from_csv_cell(text) if unguard else text
    return texts


def _apply(
    unit: UnitOfWork, good: Sequence[_Read], table: _Table, options: SiteImportOptions, given_up: bool
) -> tuple[Summary, list[RowProblem], list[str]]:
    summary, problems, notes = Summary(), list[RowProblem](), list[str]()
    target = table.begin()
    for row, loaded, blank, nulls in good:
        try:
            outcome, note = target.apply(unit, loaded, (*nulls, *(blank if options.clear else ())))
        except ItmsError as error:
            problems.append(_problem(row, error))
            if options.on_error == "abort":
                break
            continue
        _count(summary, outcome)
        if note:
            notes.append(f"line {row.line}: `{outcome.doc.name}`: {note}")
    if given_up or (problems and options.on_error != "skip"):
        raise _BadSitesError(problems)
    target.end(unit)
    return summary, problems, notes


def _count(summary: Summary, outcome: Outcome) -> None:
    setattr(summary, outcome.action, getattr(summary, outcome.action) + 1)
    if outcome.action != "updated" or outcome.before is None:
        return
    summary.emptied += emptied(outcome.before, outcome.doc)
    if len(summary.changes) < SHOWN:
        summary.changes.append(difference(outcome.before, outcome.doc))


def _problem(row: TableRow, error: ItmsError) -> RowProblem:
    reason = error.message + (f"; {error.hint}" if error.hint else "")
    return RowProblem(row.line, str(error.details.get("column", "")), reason, row.raw)

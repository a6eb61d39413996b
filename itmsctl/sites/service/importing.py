"""`site import` and `subnet import`: tables in NetBox's columns.

An empty cell leaves its field alone, or empties it where that is asked for.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.cells import join_list
from itmsctl.documents.rows import Columns, RowProblem, Rows, TableRow
from itmsctl.errors import FieldError, InputError, ItmsError, NotFoundError
from itmsctl.resources.service.importing import (
    ImportOptions,
    ImportTable,
    See,
    Summary,
    TableChange,
    import_table,
    row_problem,
)
from itmsctl.sites import netbox
from itmsctl.sites.netbox import LoadedSite, LoadedSubnet
from itmsctl.sites.service.site import SITES
from itmsctl.sites.service.subnet import DeferredSubnets
from itmsctl.values.names import name_key
from itmsctl.values.untrusted import from_csv_cell

__all__ = ["SiteTable", "SubnetTable", "import_table"]

IMPLIED_STATUS = "active"  # what NetBox expects where nothing is said; an export writes it, so it changes nothing


class RowTable(ImportTable):
    """A table that is applied row by row, each as a shelf takes it."""

    empties: Mapping[str, tuple[str, ...]]  # field -> the columns that say it, all of them empty

    def __init__(self, options: ImportOptions) -> None:
        super().__init__(options)
        self._told: list[str] = []

    @abstractmethod
    def loaded(self, texts: Mapping[str, str]) -> Sequence[tuple[str, tuple[Any, ...]]]:
        """Return what a row says of one object, or of several, each with its key, which stands in a table once.

        Raises InputError.
        """

    @abstractmethod
    def put(self, unit: UnitOfWork, said: Sequence[Any], emptied: Mapping[str, None]) -> tuple[Outcome, str]:
        """Apply a row, empty these fields, and return what is to be noted; raises ItmsError where it cannot be."""

    def checked(self, rows: Rows) -> Iterator[tuple[Any, ...] | RowProblem]:
        """Yield every row with the fields that it empties, or what is wrong with it."""
        seen: dict[str, int] = {}
        for row in rows:
            if isinstance(row, RowProblem):
                yield row
                continue
            try:
                texts = _texts(row, unguard=rows.form == "csv")
                found = self.loaded(texts)
            except InputError as error:
                yield row_problem(row.line, row.raw, error)
                continue
            first = next((seen[key] for key, _ in found if key in seen), None)
            if first is not None:
                yield RowProblem(row.line, "", f"the same stands in line {first} too", row.raw)
                continue
            seen |= dict.fromkeys((key for key, _ in found), row.line)
            emptied = self._of_kind(row.values, lambda value: value is None)  # a null of JSON says so
            blank = [n for n in self._of_kind(texts, lambda t: not netbox.is_filled(t)) if n not in emptied]
            self.blanks += len(blank)
            for _, said in found:
                yield row.line, row.raw, said, [*emptied, *(blank if self.options.clear else ())]

    def _of_kind(self, values: Mapping[str, Any], test: Callable[[Any], bool]) -> list[str]:
        """Return the fields of which the table has a column, and the row nothing but values of a kind."""
        said = ((n, [values[c] for c in columns if c in values]) for n, columns in self.empties.items())
        return [name for name, cells in said if cells and all(map(test, cells))]

    def write(self, unit: UnitOfWork, done: Summary, see: See | None) -> list[RowProblem]:
        """Apply row by row; what cannot be applied changes nothing."""
        self._told = []
        problems: list[RowProblem] = []
        for line, raw, said, emptied in (row for rows in self.spool.chunks() for row in rows):
            try:
                outcome, note = self.put(unit, said, dict.fromkeys(emptied))
            except ItmsError as error:
                problems.append(row_problem(line, raw, error))
                if self.options.on_error == "abort":
                    break
                continue
            _count(done, outcome, see)
            if note:
                self._told.append(f"line {line}: `{outcome.doc.name}`: {note}")
        return problems

    def notes(self) -> Sequence[str]:
        """Return what of rows could not be kept."""
        return self._told


class SiteTable(RowTable):
    """The sites of a table."""

    noun = "site"
    columns = Columns(
        netbox.SITE_HEADERS,
        netbox.SITE_REQUIRED,
        netbox.IGNORED,
        aliases=netbox.SITE_ALIASES,
        foreign=netbox.SITE_FOREIGN,
        flags=True,
    )
    empties: Mapping[str, tuple[str, ...]] = {
        name: (name,) for name in ("status", "region", "facility", "time_zone", "description", *netbox.SITE_OWN)
    }

    def loaded(self, texts: Mapping[str, str]) -> list[tuple[str, tuple[Any, ...]]]:
        """Return the key of a site, and what its row says."""
        site = netbox.site_of(texts)
        return [(name_key(site.name), (site.name, dict(site.fields)))]

    def put(self, unit: UnitOfWork, said: Sequence[Any], emptied: Mapping[str, None]) -> tuple[Outcome, str]:
        """Add or change a site."""
        site = LoadedSite(*said)
        existing = SITES.find(unit, site.name)
        if existing is None:
            return SITES.add(unit, site.name, site.fields), ""
        return SITES.set(unit, existing.name, {**_news(existing, site.fields), **emptied}), ""


class SubnetTable(RowTable):
    """The prefixes of a table; computers are in their new subnets when all are applied."""

    noun = "subnet"
    columns = Columns(
        netbox.PREFIX_HEADERS,
        (),
        netbox.IGNORED,
        aliases=netbox.PREFIX_ALIASES,
        foreign=netbox.PREFIX_FOREIGN,
        any_of=("prefix", "prefix_flat", "start_address"),
        flags=True,
    )
    empties: Mapping[str, tuple[str, ...]] = {
        "status": ("status",),
        "description": ("description",),
        "site": ("site", "scope", "scope_id"),
        **{name: (name,) for name in netbox.SUBNET_OWN},
    }

    def loaded(self, texts: Mapping[str, str]) -> list[tuple[str, tuple[Any, ...]]]:
        """Return the keys of a prefix, or of those that a range is made of, and what the row says."""
        found = netbox.subnets_of_row(texts)
        return [(net.cidr, (net.cidr, net.site, dict(net.fields), net.site_is_guess, net.note)) for net in found]

    def write(self, unit: UnitOfWork, done: Summary, see: See | None) -> list[RowProblem]:
        """Apply row by row; where the computers are follows once, by `settle`."""
        self._shelf = DeferredSubnets()
        self._known: dict[str, bool] = {}
        return super().write(unit, done, see)

    def settle(self, unit: UnitOfWork) -> None:
        """Assign the computers that were concerned."""
        self._shelf.settle(unit)

    def put(self, unit: UnitOfWork, said: Sequence[Any], emptied: Mapping[str, None]) -> tuple[Outcome, str]:
        """Add or change a subnet."""
        net = LoadedSubnet(*said)
        fields, note = dict(net.fields), net.note
        if net.site and self._knows(unit, net):
            fields["site"] = net.site
        elif net.site:
            note = f"`{net.site}` is no site: loaded without one"
        existing = self._shelf.find(unit, net.cidr)
        if existing is None:
            return self._shelf.add(unit, net.cidr, fields), note
        return self._shelf.set(unit, existing.name, {**_news(existing, fields), **emptied}), note

    def _knows(self, unit: UnitOfWork, net: LoadedSubnet) -> bool:
        """Return whether the site of a row exists; raise NotFoundError where it must, for the row says that it is
        one.
        """
        if net.site not in self._known:
            self._known[net.site] = SITES.find(unit, net.site) is not None
        if not self._known[net.site] and not net.site_is_guess:
            raise NotFoundError(
                f"no site `{net.site}`", hint="import or add the sites first", details={"column": "site"}
            )
        return self._known[net.site]


def _news(existing: Doc, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says that is not so already."""
    said = {name: value for name, value in fields.items() if value != ""}
    if said.get("status") == IMPLIED_STATUS and not existing.fields["status"]:
        del said["status"]
    if name_key(said.get("site") or "") == name_key(existing.fields.get("site") or ""):
        said.pop("site", None)
    return said


def _texts(row: TableRow, unguard: bool) -> dict[str, str]:
    """Return the values as text; a NDJSON file may hold numbers, but nothing nested."""
    texts = {}
    for column, value in row.values.items():
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            value = join_list(value)
        if isinstance(value, dict | list):
            raise FieldError("a text is expected here", details={"column": column})
        text = "" if value is None else str(value)
        texts[column] = from_csv_cell(text) if unguard else text
    return texts


def _count(done: Summary, outcome: Outcome, see: See | None) -> None:
    setattr(done, outcome.action, getattr(done, outcome.action) + 1)
    if see is not None and outcome.action != "unchanged":
        before, doc = outcome.before, outcome.doc
        see(TableChange(doc.name, doc.guid, None if before is None else before.fields, doc.fields))

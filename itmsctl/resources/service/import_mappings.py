"""IMPORT_MAPPINGS: the shelf of mappings of columns (DC-4), and how an import reads one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.documents.encodings import checked_encoding
from itmsctl.documents.table_mapping import TableMapping
from itmsctl.errors import FieldError
from itmsctl.resources.authority import LEAST_PRIORITY, MOST_PRIORITY, PRIORITIES
from itmsctl.resources.kinds import IMPORT_MAPPING
from itmsctl.values.kind import house
from itmsctl.values.naming import naming

_NAMING = ("columns", "constants", "transforms", "meanings")  # whose members name fields of the noun
_READ = {"noun", "taken", *_NAMING}


class ImportMappings(Shelf):
    """All mappings. One that is saved names fields that there are, and steps that can be done."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check columns, constants, transformations and meanings together. Raises InputError that names the field."""
        existing = self.find(reader, name)
        checked = dict(fields)
        whole = (existing.fields if existing is not None else {}) | checked
        if checked.keys() & _READ:
            TableMapping.of(whole)
            _refuse_unknown(whole)
        priority = checked.get("priority")
        if priority is not None and not LEAST_PRIORITY <= priority <= MOST_PRIORITY:
            raise FieldError(f"`{priority}` is not a priority", hint="0 to 100").about("priority")
        if (checked.get("source") or name).casefold() in PRIORITIES:
            raise FieldError("that is the name of an inventory", hint="--source with another one").about("source")
        with naming("encoding"):
            checked_encoding(checked.get("encoding") or "utf-8")
        return checked


def _refuse_unknown(fields: Mapping[str, Any]) -> None:
    """Raise InputError for a member that names a field which the noun has not; it says which member."""
    columns = table_of_noun(fields["noun"]).columns
    for part in _NAMING:
        for position, text in enumerate(fields.get(part) or ()):
            with naming(part, position):
                columns.told(TableMapping.of({part: [text]}), ignore_unknown=False)


def table_of_noun(noun: str) -> Any:
    """Return what reads tables of a noun (`importing.ImportTable`), whichever room has it (hook `import_table`)."""
    return next(house().calls(f"import_table:{noun}"))


IMPORT_MAPPINGS = ImportMappings(IMPORT_MAPPING)

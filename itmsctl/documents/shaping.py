"""Rows as a mapping has them: cells that waited become fields, constants fill what no column says, values change.

What programs wrote where they had nothing to say is an empty cell: the name of a class of .NET, an error of a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.documents.cells import join_list, split_list
from itmsctl.documents.shapes import SLOT, Columns, RowProblem, TableRow, header_key
from itmsctl.errors import InputError
from itmsctl.values.counts import counted

# What PowerShell writes of a list or an object, and a spreadsheet of a formula that failed.
_NOTHING = re.compile(
    r"(System\.|Microsoft\.)[\w.+`]+(\[[^\]]*\])*|#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)|\(null\)|<null>|[\u2014\u2013]",
    re.IGNORECASE,
)

_FIRST = frozenset("#(<SMsm\u2014\u2013 ")


@dataclass
class Shaper:
    """Makes rows of fields from rows as they were read, and counts what it passed over."""

    columns: Columns
    passed: int = 0  # rows that `only` does not take
    hollow: int = 0  # cells in which a program wrote that it has nothing

    def __post_init__(self) -> None:
        mapping = self.columns.mapping
        self._mapping = mapping
        self._slots = [(SLOT + header_key(header), names) for header, names in mapping.columns]
        self._only = [(header_key(header), patterns) for header, patterns in mapping.only.items()]

    def rows(self, rows: Iterable[TableRow | RowProblem]) -> Iterator[TableRow | RowProblem]:
        """Yield the rows that are to be taken, each shaped, or what is wrong with it."""
        for row in rows:
            if isinstance(row, RowProblem):
                yield row
                continue
            texts = {name: self._plain(value) for name, value in row.values.items()}
            if not all(self._takes(texts, key, patterns) for key, patterns in self._only):
                self.passed += 1
                continue
            if not self._mapping.says:
                yield row._replace(values=texts)
                continue
            try:
                yield row._replace(values=self._shaped(texts, as_cells=isinstance(row.raw, list)))
            except InputError as error:
                hint = f"; {error.hint}" if error.hint else ""
                yield RowProblem(row.line, str(error.details.get("field", "")), error.message + hint, row.raw)

    def said(self) -> Iterator[str]:
        """Yield what is to be said of rows and cells that were passed over."""
        if self.passed:
            yield f"{counted(self.passed, 'row')} not taken: {', '.join(self._mapping.only)} says otherwise"
        if self.hollow:
            yield f"{counted(self.hollow, 'cell')} without a value, such as System.String[] or #N/A: read as empty"

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str) and value and value[0] in _FIRST and _NOTHING.fullmatch(value.strip()):
            self.hollow += 1
            return ""
        return value

    def _takes(self, values: Mapping[str, Any], key: str, patterns: Iterable[Any]) -> bool:
        """Return whether a row is one of those to be taken; a table without the column has no others."""
        slot = SLOT + key
        if slot not in values:
            return True
        text = "" if values[slot] is None else str(values[slot])
        return any(pattern.matches(text) for pattern in patterns)

    def _shaped(self, values: Mapping[str, Any], *, as_cells: bool) -> dict[str, Any]:
        found = {name: value for name, value in values.items() if not name.startswith(SLOT)}
        said: dict[str, list[str]] = {}
        for slot, names in self._slots:
            for name in names if slot in values else ():
                texts = self._texts(name, values[slot])
                if name in self.columns.lists or not said.get(name):
                    said.setdefault(name, []).extend(texts)
        own = (self._mapping.steps.keys() | self._mapping.values.keys() | said.keys()) & found.keys()
        for name in own:
            if name in self.columns.maps:
                continue
            said[name] = said.get(name, []) + self._texts(name, found[name])
        for name, text in self._mapping.constants.items():
            if not said.get(name) and not _filled(found.get(name)):
                said[name] = [text]
        for name, texts in said.items():
            found[name] = self._value(name, texts, as_cells=as_cells)
        return found

    def _texts(self, name: str, value: Any) -> list[str]:
        """Return what a cell says of a field, transformed; nothing for an empty one."""
        try:
            texts = [text for text in _members(value, several=name in self.columns.lists) if text]
            for step in self._mapping.steps.get(name, ()):
                texts = step.apply(texts) if texts else texts
            patterns = self._mapping.values.get(name, ())
            return [text for text in (_meant(text, patterns) for text in texts) if text]
        except InputError as error:
            error.details["field"] = name
            raise

    def _value(self, name: str, texts: list[str], *, as_cells: bool) -> Any:
        if name not in self.columns.lists:
            return texts[0] if texts else ""
        found = list(dict.fromkeys(texts))
        return join_list(found) if as_cells else found


def _members(value: Any, *, several: bool) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list):
        return [str(one).strip() for one in value if not isinstance(one, list | dict)]
    if isinstance(value, dict):
        raise InputError("an object stands where a text is expected", hint="a text, or a list of texts")
    text = ("true" if value else "false") if isinstance(value, bool) else str(value).strip()
    return split_list(text) if several and ";" in text else [text]


def _meant(text: str, patterns: Iterable[Any]) -> str:
    """Return what is read in place of a value: what the first pattern that matches says."""
    found = next((pattern for pattern in patterns if pattern.matches(text)), None)
    return text if found is None else str(found.result)


def _filled(value: Any) -> bool:
    return value is not None and value != [] and str(value).strip() != ""

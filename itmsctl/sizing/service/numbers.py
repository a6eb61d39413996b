"""Numbers read from files: those printed in the planning guide, beside this room, and an administrator's overlay.

Both have one schema. An overlay is merged by table and band; every key of it must be known, and what it says carries
its name as source.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from itmsctl.documents.faults import bad_format, reading
from itmsctl.documents.located import Document
from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.sizing.numbers import Choice, Numbers, PrintedTable
from itmsctl.sizing.service.overlay import laid_over
from itmsctl.sizing.service.tables import table_of

PRINTED = Path(__file__).resolve().parent.parent / "printed"


@cache
def printed() -> Numbers:
    """Return the numbers of the planning guide."""
    tables: dict[str, PrintedTable] = {}
    choices: dict[str, Choice] = {}
    for path in sorted(PRINTED.glob("*.yaml")):
        for document in read_yaml(path.read_bytes(), path.name):
            parts: dict[str, Any] = dict(document.value)
            choices |= {key: Choice(key, one["topic"], one["choice"]) for key, one in parts.pop("choices", {}).items()}
            tables |= {key: table_of(document, key) for key in parts}
    return Numbers(tables, choices)


def numbers_with(rules: Path | None, stdin: BinaryIO | None = None) -> Numbers:
    """Return the numbers with an overlay laid over them; `-` reads it from `stdin`.

    Raises FileFormatError, with file, line and column, for what is not YAML, not known, or not of the type that stands
    there.
    """
    if rules is None:
        return printed()
    name = str(rules)
    with reading(name):
        data = stdin.read() if stdin is not None and name == "-" else rules.expanduser().read_bytes()
    numbers = printed()
    for document in read_yaml(data, name):
        numbers = laid_over(numbers, _checked(document))
    return numbers


def _checked(document: Document) -> Document:
    if not isinstance(document.value, Mapping):
        raise bad_format(document.file, "not a map of tables", hint="database_hardware: {bands: {sql-2: {ram_gb: 32}}}")
    return document

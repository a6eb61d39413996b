"""A rule tried on computers, before software is told by it: by inventory, and by exports of a registry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import FileFormatError
from itmsctl.inventory.captured import text_of
from itmsctl.inventory.parsers.registry.keys import keys
from itmsctl.packages.detection import evaluate
from itmsctl.packages.detection.found import LeafFound
from itmsctl.packages.detection.held import HeldEvidence, registry_of
from itmsctl.packages.detection.judging import EvidenceInTurn
from itmsctl.packages.detection.rule import Leaf, leaves
from itmsctl.resources.rows import resources
from itmsctl.resources.service.scope import scoped
from itmsctl.software.service.leaf_rows import LeafReader
from itmsctl.software.service.software import rule_of

_TRUTHS = {True: "true", False: "false", None: "unknown"}


MOST_OF_EXPORT = 64 << 20


class _OnComputer:
    def __init__(self, found: dict[Leaf, LeafFound]) -> None:
        self._found = found

    def look(self, leaf: Leaf) -> LeafFound:
        """Return what is known of a leaf."""
        return self._found[leaf]


def tried(reader: Reader, text: str, ids: Sequence[int], export: Path | None = None) -> list[dict[str, Any]]:
    """Return whether a rule holds on computers, and why; `export` is what `reg export` wrote on such a computer.

    Raises ExpressionError, FileFormatError for a file that cannot be read.
    """
    rule = rule_of(reader, text)
    asked = tuple(leaves(rule))
    reading = LeafReader(reader, ids, asked)
    looked = {leaf: reading.look(leaf) for leaf in asked}
    registry = HeldEvidence()
    if export is not None:
        held = registry_of(keys(text_of(_read(export))))
        # An export is of a key and all below it; the first it names is that key.
        registry = HeldEvidence(registry=held, exported={next(iter(held), "")} - {""})
    mine = member_of(reader.connection, resources.c.id, ids)
    named = sa.select(resources.c.id, resources.c.name).where(mine).order_by(resources.c.name)
    names = reader.rows(scoped(named, reader))
    rows = []
    for id_, name in [tuple(row) for row in names]:
        on_it = _OnComputer({leaf: found.on(id_) for leaf, found in looked.items()})
        verdict = evaluate(rule, EvidenceInTurn((on_it, registry)))
        rows.append({"computer": name, "holds": _TRUTHS[verdict.truth], "because": verdict.text})
    return rows


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_OF_EXPORT + 1)
    except OSError as error:
        raise FileFormatError(f"`{path}` cannot be read", why=str(error.strerror)) from None
    if len(data) > MOST_OF_EXPORT:
        raise FileFormatError(f"`{path}` is larger than 64 MiB", hint="reg export a key further down")
    return data

"""What a person sees of filters, groups, targets and membership."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text
from rich.tree import Tree

from itmsctl.cli.noun_columns import columns_of
from itmsctl.cli.output import Column, cell_text
from itmsctl.cli.style import BAD, FAINT, GOOD, ODD
from itmsctl.targeting import kinds
from itmsctl.values.untrusted import term

FILTER = columns_of(kinds.FILTER, "type", "where", "description")

VIEW = columns_of(kinds.VIEW, "description")

GROUP = columns_of(kinds.GROUP, "view", "parent", "type", "where", "description")

TARGET = columns_of(kinds.TARGET, "views", "groups", "filters", "excludes", "is", "owner")

MEMBER = (Column("name"), Column("os_family", header="OS"), Column("id", wide=True), Column("gone", wide=True))

FIELD = (Column("name"), Column("type"), Column("class"), Column("help"))

RUN = (
    Column("kind"),
    Column("started_at", header="STARTED"),
    Column("ended_at", header="ENDED"),
    Column("filters", right=True),
    Column("groups", right=True),
    Column("targets", right=True),
    Column("computers", right=True),
    Column("added", right=True),
    Column("removed", right=True),
)

EXPLANATION = (Column("name"), Column("computer"), Column("matches"), Column("member"), Column("update_due"))

_STYLES = {"true": GOOD, "false": BAD, "unknown": ODD}
_SIGNS = {"true": "✓", "false": "✗", "unknown": "?"}


def explanation_tree(found: Mapping[str, Any]) -> Tree:
    """Return the clauses of an explanation as a tree for a terminal."""
    inside = "in" if found["member"] else "not in"
    due = "; a membership update is due" if found["update_due"] else ""
    root = Tree(Text(term(f"{found['computer']} is {inside} {found['kind']} {found['name']}{due}"), style="bold"))
    _grow(root, found["clauses"])
    return root


def _grow(tree: Tree, part: Mapping[str, Any]) -> None:
    line = Text().append(f"{_SIGNS[part['truth']]} ", style=_STYLES[part["truth"]]).append(term(str(part["text"])))
    if said := _said(part):
        line.append(f"  {term(said)}", style=FAINT)
    branch = tree.add(line)
    for row in part.get("rows", ()):
        values = ", ".join(f"{name} = {cell_text(value)}" for name, value in row["values"].items())
        branch.add(Text(f"{_SIGNS[row['truth']]} {term(values)}", style=FAINT))
    for inner in part["parts"]:
        _grow(branch, inner)


def _said(part: Mapping[str, Any]) -> str:
    values = [
        f"{reading['field']} is {' and '.join(cell_text(v) for v in reading['values'])}"
        for reading in part.get("readings", ())
        if reading["values"]
    ]
    return "; ".join([*values, *([part["why"]] if part["why"] else [])])

"""The rows of a class of data that are known of computers: what `computer show --class` writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.cli.context import Context
from itmsctl.cli.looking_back import moment_of
from itmsctl.cli.output import Column
from itmsctl.inventory.definition import DataClass
from itmsctl.values.counts import counted
from itmsctl.values.times import ago

_OBJECTS = frozenset({"json", "yaml"})
_MOST_COLUMNS = 8  # that a table shows; -o wide shows all


def show_class(context: Context, computers: Sequence[tuple[int, str]], typed: str, *, history: bool) -> None:
    """Write the rows of a class: of one computer as one object, of several as a list; a table has a row for each."""
    from itmsctl.inventory.service import looking
    from itmsctl.inventory.service.classes import class_in

    at = moment_of(context)
    with context.store.read() as reader:
        one = class_in(reader, typed)
        found: list[tuple[str, dict[str, Any]]] = [
            (name, looking.class_history(reader, id_, one) if history else looking.class_rows(reader, id_, one, at))
            for id_, name in computers
        ]
        now = reader.now
    several = len(computers) > 1
    if context.out.format("json") in _OBJECTS:
        if several:
            context.out.show_all((), [({"computer": name, **said}, {}) for name, said in found])
        else:
            context.out.show((), found[0][1])
        return
    rows = [{"computer": name, **row} if several else row for name, said in found for row in said["rows"]]
    context.out.list(_columns(one, rows, several=several, history=history), rows, empty="no row")
    for name, said in found:
        collected = said["collected_at"]
        when = f"collected {ago(collected, now)}" if collected is not None else "never collected"
        context.say(f"{name}: {counted(len(said['rows']), 'row')} of {one.name}, {when if at is None else 'as it was'}")


def _columns(one: DataClass, rows: Sequence[Mapping[str, Any]], *, several: bool, history: bool) -> list[Column]:
    told = [column.name for column in one.columns if any(row[column.name] is not None for row in rows)]
    first = [name for name in told if name in one.key]
    shown = {*first, *[name for name in told if one.by_name[name].is_filter and name not in first][:_MOST_COLUMNS]}
    before = (["computer"] if several else []) + (["since", "until"] if history else [])
    usual = [
        Column(name, wide=name not in shown, keep=name in first[:2])
        for name in (*first, *(n for n in told if n not in first))
    ]
    silent = [Column(column.name, wide=True) for column in one.columns if column.name not in told]
    return [*map(Column, before), *usual, *(silent if not rows else [])]

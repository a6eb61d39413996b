"""The verb of `inventory` that writes what is known for GLPI, Prometheus, DuckDB and pandas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.importing import exported
from itmsctl.cli.options import verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.cli.selecting import ReadingSelectors
from itmsctl.errors import UsageError
from itmsctl.inventory.commands.data_class import class_names
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import shell_arg

if TYPE_CHECKING:
    from itmsctl.resources.service.selection import ComputerSelection

FORMATS = ("csv", "glpi", "prometheus")


def _one_format(value: str) -> str:
    if value not in FORMATS:
        raise typer.BadParameter(f"`{value}` is not one of {', '.join(FORMATS)}")
    return value


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What is exported, and in which form."""

    format: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT", help="csv, glpi (JSON) or prometheus (text).", callback=_one_format),
    ]
    class_name: Annotated[
        str | None,
        typer.Option("--class", metavar="CLASS", help="csv: rows of this data class.", autocompletion=class_names),
    ] = None
    schema: Annotated[
        Path | None,
        typer.Option("--schema", metavar="FILE", help="csv: write types too: *.sql for DuckDB, else JSON."),
    ] = None
    raw: Annotated[bool, typer.Option("--raw", help="csv: no ' before text that a spreadsheet would run.")] = False
    exact: Annotated[
        bool, typer.Option("--exact", help="glpi: hang in also what GLPI has no place for; `inventory load` reads it.")
    ] = False
    software: Annotated[
        list[str], typer.Option("--software", metavar="NAME", help="prometheus: count versions of this; again.")
    ] = field(default_factory=list)


Out = Annotated[
    str | None,
    typer.Option(
        "--out", metavar="FILE", help="Write to this file; glpi: into a folder, `NAME/` or one that is there."
    ),
]


def export(
    context: Context, chosen: ReadingSelectors, way: ExportOptions, out: Out = None, force: Force = False
) -> None:
    """Write what inventory knows for other tools: GLPI, Prometheus, or DuckDB, pandas and R.

    csv has the rows of one class over the fleet, with a type for each column; glpi one inventory for each computer, as
    GLPI's schema accepts it; prometheus figures of the fleet for node_exporter's textfile collector, where an older
    file of ours is replaced.

    Examples:

      itmsctl inventory export --format csv --class software --out software.csv --schema software.sql

      itmsctl inventory export --format glpi --target web --out inventories/

      itmsctl inventory export --format prometheus --out /var/lib/node_exporter/itmsctl.prom
    """
    from itmsctl.resources.service.selection import selected

    asked: dict[str, object] = {"--class": way.class_name, "--schema": way.schema, "--raw": way.raw}
    only: dict[str, dict[str, object]] = {
        "csv": asked,
        "glpi": {"--exact": way.exact},
        "prometheus": {"--software": way.software},
    }
    for form, options in only.items():
        given = next((flag for flag, value in options.items() if value), None)
        if given is not None and form != way.format:
            raise UsageError(
                f"{given} goes with --format {form}", hint=f"itmsctl inventory export --format {shell_arg(form)}"
            )
    selection = selected(context.store, chosen, chosen.listed(context), context.stdin, context.warn)
    _FORMS[way.format](context, selection, way, out, force)


_Form = Callable[[Context, "ComputerSelection", ExportOptions, str | None, bool], None]


def _csv(context: Context, selection: ComputerSelection, way: ExportOptions, out: str | None, force: bool) -> None:
    from itmsctl.inventory.exports.typed_csv import schema_text
    from itmsctl.inventory.service import exporting
    from itmsctl.inventory.service.classes import class_in

    if way.class_name is None:
        raise UsageError("of which class? csv has the rows of one", hint="--class software; itmsctl data-class list")
    one = context.read(class_in, way.class_name)
    if way.schema is not None:
        refuse_in_use(context, way.schema)
        text = schema_text(one, out or "/dev/stdin", as_sql=way.schema.suffix == ".sql")
        exporting.write_types(way.schema, text, force=force)
    _written(
        context,
        out,
        lambda sink: exporting.export_csv(context.store, selection, one, sink, raw=way.raw),
        f"rows of {one.name}",
        force=force,
    )


def _glpi(context: Context, selection: ComputerSelection, way: ExportOptions, out: str | None, force: bool) -> None:
    from itmsctl.inventory.service import exporting

    if out is None or not (out.endswith("/") or Path(out).is_dir()):
        write = partial(exporting.export_glpi, context.store, selection, exact=way.exact)
        _written(context, out, write, "inventories", force=force)
        return
    folder = Path(out)
    if not force:
        exporting.refuse_files(folder)
    count = exporting.export_glpi_files(
        context.store, selection, folder, exact=way.exact, force=force, check=partial(refuse_in_use, context)
    )
    context.say(f"{counted(count, 'inventory', 'inventories')} written to {folder}")


def _prometheus(
    context: Context, selection: ComputerSelection, way: ExportOptions, out: str | None, force: bool
) -> None:
    from itmsctl.inventory.exports.prometheus import exposition
    from itmsctl.inventory.service.exporting import write_figures
    from itmsctl.inventory.service.fleet_figures import fleet_figures

    text = "".join(exposition(context.read(fleet_figures, selection, way.software)))
    if out is None:
        context.out.sink.write(text)
        return
    path = Path(out)
    refuse_in_use(context, path)
    write_figures(path, text, force=force)
    context.say(f"{path}: {len(text.encode()):,} bytes")


def _written(context: Context, out: str | None, write: Callable[[TextIO], int], what: str, *, force: bool) -> None:
    if out is None:
        write(context.out.sink)
    else:
        exported(context, Path(out), write, what, force=force)


_FORMS: Mapping[str, _Form] = {"csv": _csv, "glpi": _glpi, "prometheus": _prometheus}


def register(app: typer.Typer) -> None:
    """Add the verb to the group `inventory`."""
    verb(app, "export")(export)

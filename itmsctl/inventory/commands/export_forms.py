"""The forms of `inventory export`, each written to stdout or where `--out` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TextIO

from itmsctl.cli.context import Context
from itmsctl.cli.importing import exported
from itmsctl.cli.out import refuse_in_use
from itmsctl.documents.faults import reading
from itmsctl.documents.files import replacing
from itmsctl.errors import UsageError
from itmsctl.inventory.commands.exporting import ExportOptions
from itmsctl.inventory.exports.prometheus import MARK, exposition
from itmsctl.inventory.exports.typed_csv import schema_text
from itmsctl.inventory.service import exporting
from itmsctl.inventory.service.classes import class_in
from itmsctl.inventory.service.fleet_figures import fleet_figures
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.values.counts import counted


Form = Callable[[Context, ComputerSelection, ExportOptions, str | None, bool], None]


def _csv(context: Context, selection: ComputerSelection, way: ExportOptions, out: str | None, force: bool) -> None:
    if way.class_name is None:
        raise UsageError("of which class? csv has the rows of one", hint="--class software; itmsctl data-class list")
    one = context.read(class_in, way.class_name)
    if way.schema is not None:
        refuse_in_use(context, way.schema)
        text = schema_text(one, out or "/dev/stdin", as_sql=way.schema.suffix == ".sql")
        with replacing(way.schema, force=force) as stream:
            stream.write(text.encode())
    _written(
        context,
        out,
        lambda sink: exporting.export_csv(context.store, selection, one, sink, raw=way.raw),
        f"rows of {one.name}",
        force=force,
    )


def _glpi(context: Context, selection: ComputerSelection, way: ExportOptions, out: str | None, force: bool) -> None:
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
    lines = exposition(context.read(fleet_figures, selection, way.software))
    if out is None:
        context.out.sink.write("".join(lines))
        return
    path = Path(out)
    refuse_in_use(context, path)
    text = "".join(lines).encode()
    with replacing(path, 0o644, force=force or _is_ours(path)) as stream:  # node_exporter runs as somebody else
        stream.write(text)
    context.say(f"{path}: {len(text):,} bytes")


def _is_ours(path: Path) -> bool:
    """Return whether a file is an older one of figures: cron writes it again and again."""
    if not path.is_file():
        return False
    with reading(str(path)), path.open("rb") as stream:
        return stream.read(len(MARK)) == MARK.encode()


def _written(context: Context, out: str | None, write: Callable[[TextIO], int], what: str, *, force: bool) -> None:
    if out is None:
        write(context.out.sink)
    else:
        exported(context, Path(out), write, what, force=force)


FORMS: Mapping[str, Form] = {"csv": _csv, "glpi": _glpi, "prometheus": _prometheus}

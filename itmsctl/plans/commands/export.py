"""`export` and `schema`: what there is, and what documents may say."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.looking_back import looks_back, told_moment
from itmsctl.cli.options import root_command
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.errors import UsageError
from itmsctl.plans import schema
from itmsctl.plans.service import exporting, set_rows
from itmsctl.values.counts import counted
from itmsctl.values.kind_order import kinds_in_order

FORMS = ("yaml", "json", "ndjson")


def _kinds(_ctx: typer.Context, incomplete: str) -> list[str]:
    return [kind.name for kind in kinds_in_order() if kind.name.startswith(incomplete)]


Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this new file, not to stdout.")]


@looks_back
def _export(
    context: Context,
    kinds: Annotated[
        list[str] | None, typer.Argument(metavar="KIND", help="Only these kinds.", autocompletion=_kinds)
    ] = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Write the whole estate as documents that `apply` reads, in one order: YAML, or -o json, ndjson.

    Secrets are in none of them. On an empty database `apply -f` makes the same estate of it. With --as-of they say how
    everything was at that time; `plan -f` then tells what has changed since, `apply -f` goes back.

    Examples:

      itmsctl export > estate.yaml

      itmsctl export --as-of 2026-11-24T08:00 > tuesday.yaml
    """
    if out is not None:
        refuse_in_use(context, out)
    form = context.out.format("yaml")
    form = "yaml" if form == "table" and not context.settings.output else form
    if form not in FORMS:
        raise UsageError(f"an export is YAML, JSON or NDJSON, not {form}", hint="-o yaml, -o json or -o ndjson")
    wanted, at = exporting.kinds_of(kinds or []), told_moment(context)
    if at is not None and context.read(set_rows.holders):
        context.say("which apply sets held what at that time is not known: no document says `set`")
    # Read at once and written afterwards: a slow reader of ours must not keep writers of the database waiting.
    with tempfile.TemporaryFile(prefix="itmsctl-export-") as kept:
        sink = io.TextIOWrapper(kept, encoding="utf-8", newline="")
        count = context.read(exporting.write, wanted, sink, form, at)
        sink.flush()
        sink.seek(0)
        if out is None:
            for line in sink:
                context.out.sink.write(line)
            return
        exporting.keep(out, sink, force=force)
    context.say(f"{counted(count, 'document')} written to {out}")


def _schema(
    context: Context,
    kind: Annotated[str | None, typer.Argument(metavar="KIND", help="Kind of document.", autocompletion=_kinds)] = None,
    every: Annotated[bool, typer.Option("--all", help="One schema for documents of every kind.")] = False,
) -> None:
    """Print the JSON Schema of documents: what `apply` reads, for editors and checks.

    Examples:

      itmsctl schema site

      itmsctl schema --all > itmsctl.schema.json
    """
    if (kind is None) != every:
        raise UsageError("which kind?", hint="itmsctl schema KIND, or --all")
    found = schema.schema_of_all(kinds_in_order()) if kind is None else schema.schema_of(exporting.kinds_of([kind])[0])
    exporting.write_schema(found, context.out.sink)


export_app = root_command("export", _export)
schema_app = root_command("schema", _schema)

"""The group `site`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from itmsctl.cli import importing
from itmsctl.cli.context import Context
from itmsctl.cli.importing import AllFields, File, Out, TableOptions
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import DryRun, verb
from itmsctl.cli.out import Force
from itmsctl.errors import UsageError
from itmsctl.sites import columns
from itmsctl.sites.kinds import SITE
from itmsctl.values.counts import counted


def _sections(reader: Any, doc: Any) -> Mapping[str, Any]:
    from itmsctl.sites.service.places import site_sections

    return site_sections(reader, doc)


site_app = noun_group(
    SITE,
    columns.SITE,
    sections=_sections,
    examples={
        "add": "itmsctl site add rome --time-zone Europe/Rome",
        "remove": "itmsctl site remove rome --confirm rome",
    },
)


@verb(site_app, "import")
def import_file(context: Context, file: File, asked: TableOptions) -> int:
    """Import sites as NetBox exports them. A second import changes nothing.

    Columns, all but name optional: name, status, region, facility, time_zone, description, and every other field of a
    site under its own name. What else NetBox writes is left out and named; other columns refuse the file unless --map
    or --ignore-unknown says otherwise. An empty cell leaves its field alone unless --empty clear is given.

    Example: itmsctl site import netbox_sites.csv --dry-run
    """
    from itmsctl.sites.service.importing import SiteTable, import_table

    return importing.imported(context, SiteTable, import_table, file, asked)


@verb(site_app, "export")
def export(context: Context, out: Out = None, force: Force = False, every: AllFields = False) -> None:
    """Write all sites in NetBox's columns, as `site import` reads them: CSV, or NDJSON with -o ndjson.

    Example: itmsctl site export --out sites.csv
    """
    from itmsctl.sites.service.exporting import export_sites

    form = importing.form_of(context)
    importing.exported(
        context, out, lambda sink: context.read(export_sites, sink, form, every=every), "sites", force=force
    )


@verb(site_app, "check", columns=columns.FINDING)
def check(
    context: Context,
    ignore: Annotated[list[str] | None, typer.Option("--ignore", metavar="ID", help="Leave this finding out.")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="First put computers into the sites of their addresses.")
    ] = False,
    dry_run: DryRun = False,
) -> int:
    """Check sites, subnets and servers: what does not work, may hurt, or is worth knowing, and what fixes it.

    Ends with 20 where something is to be fixed; notes (info) do not count.

    Example: itmsctl site check --ignore subnet-gap -o json
    """
    from itmsctl.sites.service import checks

    if dry_run and not repair:
        raise UsageError("--dry-run goes with --repair", hint="a check writes nothing")
    if repair:
        count = context.write(checks.repair, dry_run=dry_run)
        context.done(f"{counted(count, 'computer')} put right", dry_run=dry_run)
    found = context.read(checks.findings, ignore or ())
    context.out.list(columns.FINDING, (finding.as_dict() | {"name": finding.id} for finding in found))
    return 20 if checks.needs_mending(found) else 0

"""Verbs of `inventory` that hand on what is known to other tools."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.cli.selecting import ReadingSelectors
from itmsctl.errors import UsageError
from itmsctl.inventory.commands.data_class import class_names

PageOut = Annotated[Path, typer.Option("--out", metavar="FILE", help="Write the page here.")]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Title of the page.")]

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
    from itmsctl.inventory.commands import export_forms
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
            raise UsageError(f"{given} goes with --format {form}", hint=f"itmsctl inventory export --format {form}")
    selection = selected(context.store, chosen, chosen.listed(context), context.stdin, context.warn)
    export_forms.FORMS[way.format](context, selection, way, out, force)


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `inventory`."""

    @verb(app, "ansible")
    def ansible(
        context: Context,
        chosen: ReadingSelectors,
        whole: Annotated[bool, typer.Option("--list", help="All hosts with their variables, and all groups.")] = False,
        host: Annotated[
            str | None,
            typer.Option(
                "--host", metavar="COMPUTER", help="The variables of one host.", autocompletion=names_of("computer")
            ),
        ] = None,
    ) -> None:
        """Print a dynamic inventory for Ansible: groups by system, site and tag; what inventory knows as variables.

        Ansible runs an inventory that is a program with --list and --host: a file of the two lines
        `#!/bin/sh` and `exec itmsctl inventory ansible "$@"`. Selectors narrow it.

        Examples:

          itmsctl inventory ansible --list

          itmsctl inventory ansible --list --target web
        """
        from itmsctl.inventory.ansible_groups import listed
        from itmsctl.inventory.service.handing_on import ansible_hosts
        from itmsctl.resources.service.selection import selected

        if whole is (host is not None):
            raise UsageError("either --list or --host COMPUTER", hint="itmsctl inventory ansible --list")
        asked = chosen if host is None else replace(chosen, names=[host])
        selection = selected(context.store, asked, asked.listed(context), context.stdin, context.warn)
        hosts = ansible_hosts(context.store, selection)
        said = listed(hosts) if host is None else next((its for _, _, its in hosts), {})
        context.out.line(json.dumps(said, indent=1))

    verb(app, "export")(export)

    @verb(app, "report")
    def report(context: Context, out: PageOut, force: Force = False, title: Title = None) -> None:
        """Write one self-contained HTML page of the fleet: systems, models, software, age, growth.

        It loads nothing from anywhere, and prints. An older page of that name is replaced, anything else only with
        --force.

        Example: itmsctl inventory report --out fleet.html
        """
        from itmsctl.inventory.service import fleet_report

        refuse_in_use(context, out)
        text = context.read(fleet_report.page_text, title)
        fleet_report.write_page(out, text, force=force)
        context.say(f"{out}: {len(text.encode()) / 1000:,.0f} kB")

"""Verbs of `inventory` that hand on what is known to other tools."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.cli.selecting import ReadingSelectors
from itmsctl.errors import UsageError

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Write the page here.")]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Title of the page.")]


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

    @verb(app, "report")
    def report(context: Context, out: Out, force: Force = False, title: Title = None) -> None:
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

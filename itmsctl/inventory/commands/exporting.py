"""Verbs of `inventory` that hand on what is known to other tools."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.cli.selecting import ReadingSelectors
from itmsctl.errors import UsageError


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
        """Be a dynamic inventory of Ansible: groups by system, site and tag; what inventory knows as variables.

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

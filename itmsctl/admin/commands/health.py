"""`doctor`: what a new user trips over, and how to fix it."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.admin import columns
from itmsctl.admin.commands.db import desk_of
from itmsctl.admin.service import doctor
from itmsctl.cli.context import Context
from itmsctl.cli.options import root_command
from itmsctl.errors import FindingsError
from itmsctl.values.counts import counted
from itmsctl.values.findings import Finding, Severity, worst


def _doctor(
    context: Context,
    reach: Annotated[
        int, typer.Option("--reach", metavar="N", min=0, help="Also try to reach a sample of N computers.")
    ] = 0,
) -> int:
    """Check Python, files, database, clock, locale and SSH; exit 20 where there is something to fix.

    Example: itmsctl doctor -o json
    """
    found = list(
        doctor.examine(
            desk_of(context),
            context.environment,
            context.config_folder,
            terminal=context.stdout.isatty(),
            passphrase_file=context.option("passphrase_file")[0],
        )
    )
    if _is_ready(found):
        found += doctor.of_rooms(context.store)
        if reach:
            found += doctor.reach(context.store, reach)
    context.out.list(columns.FINDING, (finding.as_dict() for finding in found))
    bad = sum(finding.severity >= Severity.WARNING for finding in found)
    context.say(f"{counted(len(found), 'check')}, {bad or 'nothing'} to fix")
    return FindingsError.exit_status if worst(found) >= Severity.WARNING else 0


def _is_ready(found: list[Finding]) -> bool:
    # The rooms are asked only where there is a database that can be read; doctor makes none.
    return any(f.id == "QUICK-CHECK" and f.severity is Severity.OK for f in found)


doctor_app = root_command("doctor", _doctor, columns=columns.FINDING)

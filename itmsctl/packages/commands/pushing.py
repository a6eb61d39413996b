"""`package push`: a package on computers now: put, checked there, run, proven."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.errors import UsageError
from itmsctl.packages.kinds import REBOOTS
from itmsctl.tasks import columns
from itmsctl.tasks.commands.task_options import RunAs, RunRequest

Package = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the package.", autocompletion=names_of("package"))
]
Via = Annotated[
    str | None, typer.Option("--via", metavar="NAME", help="How it gets there: another word for --transport.")
]
ProgramName = Annotated[
    str | None, typer.Option("--program", metavar="NAME", help="Which program of the package runs (install).")
]
Stage = Annotated[bool, typer.Option("--stage", help="Only put it there and check it; nothing runs.")]
FromServers = Annotated[
    bool,
    typer.Option("--from-servers", help="Computers take it from their package servers; only what these lack is sent."),
]
Again = Annotated[bool, typer.Option("--again", help="Run it though detection says that there is nothing to do.")]
Reboot = Annotated[
    str | None, typer.Option("--reboot", metavar="WHEN", help=f"{', '.join(REBOOTS)}. Default: as the program says.")
]
Keep = Annotated[
    str | None,
    typer.Option("--keep", metavar="TIME", help="How long unused packages stay in the cache there (7d); 0 not at all."),
]
Cache = Annotated[
    str | None,
    typer.Option("--cache", metavar="DIR", help="Folder of the cache there. Default: /var/cache/itms, ~/.cache/itms."),
]
Timeout = Annotated[
    str | None, typer.Option("--timeout", metavar="TIME", help="How long the program may run. Default: as it says.")
]


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""

    @verb(app, "push", columns=columns.RESULT)
    def push(
        context: Context,
        name: Package,
        program: ProgramName = None,
        stage: Stage = False,
        from_servers: FromServers = False,
        again: Again = False,
        reboot: Reboot = None,
        keep: Keep = None,
        cache: Cache = None,
        timeout: Timeout = None,
        via: Via = None,
        run_as: RunAs = None,
        *,
        asked: RunRequest,
    ) -> int:
        """Put a package on computers, check it there, run its program, and prove by detection what it did.

        Examples:

          itmsctl package push hello --target web-servers --key ~/.ssh/id_ed25519 --run-as root

          itmsctl package push hello --all --profile fleet --batch 1,10%,100% --max-fail 2

          itmsctl package push hello --program uninstall --where "site = 'rome'" --profile fleet

        What is there already is not sent again. It needs no agent there: a POSIX shell and tar, or PowerShell.
        """
        from itmsctl.packages.service.push_step import step_of
        from itmsctl.tasks.commands.launching import Work, launch
        from itmsctl.tasks.program import Program

        if via is not None:
            if asked.way.transport not in {None, via}:
                raise UsageError("--via and --transport are one thing", hint="leave one of them out")
            asked = replace(asked, way=replace(asked.way, transport=via))
        typed = {"program": program, "reboot": reboot, "keep": keep, "cache": cache, "limit": timeout}
        given = {name: value for name, value in typed.items() if value is not None}
        flags = {"stage": stage, "servers": from_servers, "again": again}
        given |= {name: "yes" for name, value in flags.items() if value}
        step = context.read(step_of, name, given, run_as)
        return launch(context, Work(Program.of(step)), asked)

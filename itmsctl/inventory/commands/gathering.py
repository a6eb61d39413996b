"""`inventory run`: what computers are made of and what is on them, gathered now."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from itmsctl.cli.complete import any_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.errors import UsageError
from itmsctl.inventory.commands.data_class import class_names
from itmsctl.inventory.portions import PORTIONS
from itmsctl.tasks import columns
from itmsctl.tasks.commands.task_options import RunAs, RunRequest

Collect = Annotated[
    list[str],
    typer.Option(
        "--collect",
        metavar="KIND",
        help=f"What is read: {', '.join(PORTIONS)}; may be given again. Else all but files and processes.",
        autocompletion=any_of(PORTIONS),
    ),
]
Classes = Annotated[
    list[str],
    typer.Option(
        "--class", metavar="CLASS", help="A data class that is read; may be given again.", autocompletion=class_names
    ),
]
Whole = Annotated[bool, typer.Option("--whole", help="Have everything sent again, not only what has changed.")]
Nice = Annotated[
    int | None,
    typer.Option("--nice", metavar="N", help="Priority on the computer: 0 is the usual one, 19 the lowest (10)."),
]
Timeout = Annotated[str | None, typer.Option("--timeout", metavar="TIME", help="Time limit on each computer (15m).")]
Throttle = Annotated[
    str | None,
    typer.Option("--throttle", metavar="TIME", help="Let each computer begin at a random moment within this time."),
]


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""

    @verb(app, "run", columns=columns.RESULT)
    def run(
        context: Context,
        collect: Collect = [],
        classes: Classes = [],
        whole: Whole = False,
        nice: Nice = None,
        throttle: Throttle = None,
        timeout: Timeout = None,
        run_as: RunAs = None,
        *,
        asked: RunRequest,
    ) -> int:
        """Gather inventory from the computers that a selector picks: only what has changed is sent.

        Examples:

          itmsctl inventory run --target web-servers --key ~/.ssh/id_ed25519 --run-as root

          itmsctl inventory run --all --collect software --profile fleet --throttle 2h

        Nothing is left on the computers. What each has is then shown by `computer show NAME`.
        """
        from itmsctl.inventory.portions import marked
        from itmsctl.inventory.service import asking
        from itmsctl.inventory.service.classes import own_names
        from itmsctl.tasks.commands.launching import Work, launch
        from itmsctl.tasks.program import Program

        if throttle is not None:
            if asked.waves.splay is not None:
                raise UsageError("--throttle and --splay are one thing", hint="leave one of them out")
            asked = replace(asked, waves=replace(asked.waves, splay=throttle))
        named = marked(classes, context.read(own_names)) if classes else ()
        step = asking.step_of(collect, named, whole=whole, nice=nice, timeout=timeout, run_as=run_as)
        return launch(context, Work(Program.of(step)), asked)

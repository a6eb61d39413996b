"""What is typed of a task: the options of `task add`, `task set` and `task run`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from itmsctl.cli.noun_fields import pair
from itmsctl.tasks import service
from itmsctl.values.parameters import parameter_fields
from itmsctl.values.times import seconds

Command = Annotated[str | None, typer.Option("--command", metavar="TEXT", help="One command line.")]
Script = Annotated[str | None, typer.Option("--script", metavar="FILE", help="A file with a script.")]
Interpreter = Annotated[
    str | None,
    typer.Option(
        "--interpreter",
        metavar="NAME",
        help="sh, bash, python or powershell; else the `#!` line decides, the file's suffix, sh.",
    ),
]
KindName = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Another kind than a text: `itmsctl task kinds`.")
]
Arg = Annotated[list[str], typer.Option("--arg", metavar="NAME=VALUE", help="Argument of the kind.")]
Parameter = Annotated[
    list[str],
    typer.Option(
        "--parameter",
        metavar="NAME[:TYPE][=DEFAULT]",
        help="Declare a parameter: text, int, real, bool, list or choice(a,b). Without a default it must be given.",
    ),
]
Param = Annotated[
    list[str],
    typer.Option(
        "--param", metavar="NAME=VALUE", help="Value of a parameter: $ITMS_NAME. {{ computer.site }} is filled in."
    ),
]
ParamFile = Annotated[
    list[str], typer.Option("--param-file", metavar="FILE", help="Values of parameters from a YAML file; --param wins.")
]
SuccessCodes = Annotated[
    str | None, typer.Option("--success-codes", metavar="CODES", help="Exit codes that are a success: 0,3010-3011.")
]
RebootCodes = Annotated[
    str | None, typer.Option("--reboot-codes", metavar="CODES", help="Exit codes of a success that needs a reboot.")
]
RetryCodes = Annotated[
    str | None, typer.Option("--retry-codes", metavar="CODES", help="Exit codes of a failure that may pass by itself.")
]
TimeLimit = Annotated[
    str | None, typer.Option("--time-limit", metavar="TIME", help="Stop it after this time: 30s, 15m, 2h.")
]
Timeout = Annotated[str | None, typer.Option("--timeout", metavar="TIME", help="Time limit on each computer (300s).")]
RunAs = Annotated[str | None, typer.Option("--run-as", metavar="USER", help="Run as USER, by sudo.")]
Idempotent = Annotated[
    bool | None, typer.Option("--idempotent/--no-idempotent", help="A second run does no harm.", show_default=False)
]
Destructive = Annotated[
    bool | None, typer.Option("--destructive/--no-destructive", help="It can destroy data.", show_default=False)
]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What people should know.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the task.")]


@dataclass(frozen=True, kw_only=True)
class TaskFields:
    """What `task add` and `task set` take of a task."""

    command: Command = None
    script: Script = None
    kind: KindName = None
    arg: Arg = field(default_factory=list)
    interpreter: Interpreter = None
    parameter: Parameter = field(default_factory=list)
    time_limit: TimeLimit = None
    run_as: RunAs = None
    idempotent: Idempotent = None
    destructive: Destructive = None
    success_codes: SuccessCodes = None
    reboot_codes: RebootCodes = None
    retry_codes: RetryCodes = None
    description: Description = None

    def typed(self) -> dict[str, Any]:
        """Return the fields of a task that were typed."""
        limit = None if self.time_limit is None else seconds(self.time_limit)
        arguments = dict(pair(text) for text in self.arg)
        what = service.Typed(
            None, self.command, self.script, self.interpreter, None, limit, self.run_as, self.kind, arguments or None
        )
        fields = {
            **what.text(),
            **(parameter_fields(self.parameter) if self.parameter else {}),
            "time_limit_s": what.time_limit_s,
            "run_as": self.run_as,
            "idempotent": self.idempotent,
            "destructive": self.destructive,
            "success_codes": self.success_codes,
            "reboot_codes": self.reboot_codes,
            "retry_codes": self.retry_codes,
            "description": self.description,
        }
        return {name: value for name, value in fields.items() if value is not None}

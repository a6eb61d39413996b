"""What is typed of tasks and runs: the options of `task add`, `task set`, `task run` and `job run`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.noun_fields import pair
from itmsctl.cli.options import All, Confirm, DryRun, Expect, Max, SelectorOptions, Target
from itmsctl.tasks import service
from itmsctl.values.lean import dataclass
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


def _kinds(_: typer.Context, start: str) -> list[str]:
    from itmsctl.tasks.catalogue import names

    return [name for name in names() if name.startswith(start)]


KindName = Annotated[
    str | None,
    typer.Option(
        "--kind", metavar="KIND", help="Another kind than a text: `itmsctl task kinds`.", autocompletion=_kinds
    ),
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


def _wave(flag: str, metavar: str, help_text: str) -> Any:
    return typer.Option(flag, metavar=metavar or None, help=help_text, rich_help_panel="Waves and limits")


Preview = Annotated[
    str | None, typer.Option("--preview", metavar="TOKEN", help="Refuse (exit 6) unless --dry-run gave this token.")
]
Batch = Annotated[str | None, _wave("--batch", "SIZES", "Sizes of waves, one after the other: 1,5,25%,100%.")]
Rings = Annotated[str | None, _wave("--rings", "SHARES", "Nested rings by a hash: 1%,10%,50%,100%.")]
Seed = Annotated[str | None, _wave("--seed", "TEXT", "Which computers the rings begin with.")]
MaxFail = Annotated[str | None, _wave("--max-fail", "N|P%", "Start no more once so many failed.")]
GateSuccess = Annotated[str | None, _wave("--gate-success", "P%", "Share of a wave that must succeed (100%).")]
Soak = Annotated[str | None, _wave("--soak", "TIME", "Wait after each wave: 30m.")]
Health = Annotated[str | None, _wave("--health", "EXPR", "What a wave's computers must match after it.")]
Splay = Annotated[str | None, _wave("--splay", "TIME", "Spread the starts over this time.")]
Deadline = Annotated[str | None, _wave("--deadline", "TIME", "How long absent computers wait in the queue: 7d.")]
IgnoreWindow = Annotated[bool, _wave("--ignore-window", "", "Do not wait for maintenance windows.")]
Group = Annotated[bool, typer.Option("--group", help="Show equal output once, with its computers.")]
NoWait = Annotated[bool, _wave("--no-wait", "", "Only queue it: `schedule tick` runs it.")]


@dataclass(frozen=True, kw_only=True)
class WaveOptions:
    """In which waves a run goes, how fast, and what stops it."""

    batch: Batch = None
    rings: Rings = None
    seed: Seed = None
    max_fail: MaxFail = None
    gate_success: GateSuccess = None
    soak: Soak = None
    health: Health = None
    splay: Splay = None
    deadline: Deadline = None
    ignore_window: IgnoreWindow = False
    no_wait: NoWait = False


@dataclass(frozen=True, kw_only=True)
class RunRequest:
    """What every verb takes that starts a run."""

    target: Target = None
    selectors: SelectorOptions
    everything: All = False
    expect: Expect = None
    maximum: Max = None
    confirm: Confirm = None
    preview: Preview = None
    waves: WaveOptions
    group: Group = False
    profile: over.Profile = None
    way: over.ConnectionOptions
    accept_new: over.AcceptNew = False
    dry_run: DryRun = False


def given(param: Sequence[str], files: Sequence[str]) -> dict[str, Any]:
    """Return the values of parameters: those of files in their order, then those of flags."""
    found: dict[str, Any] = {}
    for path in files:
        found |= service.read_parameters(path)
    return found | dict(pair(text) for text in param)

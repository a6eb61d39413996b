"""What `task run` and `job run` share: whom to touch, how to reach them, how to go about it, and the way in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import pair
from itmsctl.cli.options import All, Confirm, DryRun, Expect, InSite, InSubnet, Labels, Max, Target, Where
from itmsctl.errors import PlanChangedError, UsageError
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.tasks import columns, service
from itmsctl.tasks.commands.driving import connecting, drive
from itmsctl.tasks.commands.options import ACCEPT_NEW, CONNECTION, Option, declare
from itmsctl.tasks.options import RunOptions, share
from itmsctl.tasks.program import Program
from itmsctl.tasks.results import ComputerResult
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import Tally
from itmsctl.values.counts import counted
from itmsctl.values.names import new_guid
from itmsctl.values.times import seconds


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
_OPTIONS = (
    Option("target", Target, None),
    Option("where", Where, None),
    Option("labels", Labels, None),
    Option("site", InSite, None),
    Option("subnet", InSubnet, None),
    Option("everything", All, False),
    Option("expect", Expect, None),
    Option("maximum", Max, None),
    Option("confirm", Confirm, None),
    Option("preview", Preview, None),
    Option("batch", Batch, None),
    Option("rings", Rings, None),
    Option("seed", Seed, None),
    Option("max_fail", MaxFail, None),
    Option("gate_success", GateSuccess, None),
    Option("soak", Soak, None),
    Option("health", Health, None),
    Option("splay", Splay, None),
    Option("deadline", Deadline, None),
    Option("ignore_window", IgnoreWindow, False),
    Option("no_wait", NoWait, False),
    Option("group", Group, False),
    Option("profile", over.Profile, None),
    *CONNECTION,
    ACCEPT_NEW,
    Option("dry_run", DryRun, False),
)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be run: a program, and the stored task or job that it comes from."""

    program: Program
    task_id: int | None = None
    job_id: int | None = None


def runnable(app: typer.Typer, own: Sequence[Option], work: Callable[..., Work], text: str) -> None:
    """Give a group the verb `run`: its own parameters, then those that every run has.

    `work(context, **own)` answers what is to be run.
    """

    def run(context: Context, given: Mapping[str, Any]) -> int:
        return launch(context, work(context, **{option.name: given[option.name] for option in own}), given)

    declare(app, "run", run, [*own, *_OPTIONS], text, columns=columns.RESULT)


def launch(context: Context, work: Work, asked: Mapping[str, Any]) -> int:
    """Pick the computers, and show whom a run would touch, or queue it, or drive it; return the exit status."""
    if not asked["dry_run"]:
        context.store.acting()
    selection = ComputerSelection(
        asked["where"], asked["labels"], asked["site"], asked["subnet"], (), asked["everything"]
    )
    picked = _picked(context, work, selection, asked)
    options = _options(context, asked)
    token = service.preview_token(picked.computers)
    if asked["dry_run"]:
        return _planned(context, work, options, picked.computers, token)
    _check_preview(asked["preview"], token)
    guard_max = int(context.option("guard_max")[0] or 1000)
    via = connecting(asked if work.program.inside else {**asked, "transport": "local"})
    plan = service.RunPlan(
        work.program, via, picked.selector, picked.computers, options, work.task_id, work.job_id,
        confirm=asked["confirm"], guard_max=guard_max,
    )  # fmt: skip
    context.read(service.check_guard, plan)
    if picked.stale:
        service.freshen(context.store)
    if asked["no_wait"]:
        return _queued(context, plan)
    return drive(context, via, lambda d: service.start(d, plan), asked)


def _picked(context: Context, work: Work, selection: ComputerSelection, asked: Mapping[str, Any]) -> service.Selected:
    target = asked["target"]
    if work.program.inside:
        _one_use_of_stdin(context, asked)
        return service.select(
            context.store, selection, target, stdin=context.stdin, expect=asked["expect"], maximum=asked["maximum"]
        )
    if target is not None or selection != ComputerSelection():
        raise UsageError(f"`{work.program.name}` runs on the machine of the CMDB: it takes no computers")
    return service.Selected([], "")


def _one_use_of_stdin(context: Context, asked: Mapping[str, Any]) -> None:
    """Refuse names of computers and a secret on one standard input: the secret would be read, and shown, as a name."""
    if (asked["target"] or "").strip() != "-":
        return
    found = [asked["password_file"], asked["sudo_password_file"], asked["passphrase_file"]]
    if found[-1] is None and (asked["credential"] or asked["profile"]):
        found.append(context.option("passphrase_file")[0])
    if "-" in found:
        raise UsageError(
            "standard input cannot hold both a password and the names of computers",
            hint="put the password into a file, or name the computers by --where, -l or a target",
        )


def given(param: Sequence[str], files: Sequence[str]) -> dict[str, Any]:
    """Return the values of parameters: those of files in their order, then those of flags."""
    found: dict[str, Any] = {}
    for path in files:
        found |= service.read_parameters(path)
    return found | dict(pair(text) for text in param)


def _options(context: Context, asked: Mapping[str, Any]) -> RunOptions:
    spans = {name: None if asked[name] is None else seconds(asked[name]) for name in ("soak", "splay", "deadline")}
    if asked["health"] is not None:
        context.read(service.check_health, asked["health"])
    return RunOptions(
        batch=asked["batch"],
        rings=asked["rings"],
        seed=asked["seed"] or (new_guid()[:8] if asked["rings"] or spans["splay"] else ""),
        max_fail=asked["max_fail"],
        gate_success=None if asked["gate_success"] is None else share(asked["gate_success"]),
        soak_s=spans["soak"] or 0.0,
        health=asked["health"],
        splay_s=spans["splay"] or 0.0,
        deadline_s=spans["deadline"],
        waits=spans["deadline"] is not None,
        background=spans["deadline"] is not None or asked["no_wait"],
        ignore_windows=asked["ignore_window"],
    )


def _check_preview(given: str | None, token: str) -> None:
    if given is not None and given != token:
        was, now = given.partition(":")[0], token.partition(":")[0]
        raise PlanChangedError(
            f"the computers are not those of the preview: {was} then, {now} now; nothing was started",
            hint="look again with --dry-run",
            details={"preview": given, "now": token},
        )


def _queued(context: Context, plan: service.RunPlan) -> int:
    via = plan.via
    named = via.key_files or via.credentials or via.use_agent or via.profile
    if not named and via.transport not in {"local", "openssh"}:
        raise UsageError(
            "--no-wait keeps how computers are reached, and nothing is named",
            hint="--profile, --credential or --key",
        )
    run = context.write(service.enqueue, plan)
    context.out.show(columns.RUN, run.as_dict() | {"computers": len(plan.picked)})
    queued = counted(len(plan.picked), "computer is", "computers are")
    context.say(f"{run.name}: {queued} queued; itmsctl schedule tick runs them")
    return 0


def _planned(context: Context, work: Work, options: RunOptions, computers: list[service.Picked], token: str) -> int:
    """Show whom a run would touch, in which wave, and the token that a later run can insist on."""
    presenter = columns.Presenter(context)
    tally = Tally()
    cut = options.cut([c.guid for c in computers])
    for computer, (_, wave) in zip(computers, cut, strict=True):
        message = wave if options.is_cut else ""
        presenter.result(ComputerResult(computer.name, computer.guid, State.PLANNED, 1, message=message))
        tally.add(State.PLANNED)
    presenter.finish(tally, "planned", preview=token)
    context.say(f"{counted(len(computers), 'computer')} would be touched (dry run, nothing was written or sent)")
    context.say(f"to run on exactly these: --preview {token}")
    if work.program.destructive:
        context.say(f"`{work.program.name}` is destructive: over the guard it wants --confirm")
    return 0

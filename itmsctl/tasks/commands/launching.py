"""What `task run` and `job run` share: whom to touch, how to reach them, how to go about it, and the way in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.noun_fields import pair
from itmsctl.cli.options import All, Confirm, DryRun, Expect, Max, Selectors, Target
from itmsctl.errors import PlanChangedError, UsageError
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.tasks import columns, service
from itmsctl.tasks.commands.driving import connecting, drive
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


@dataclass(frozen=True, kw_only=True)
class Waves:
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
    selectors: Selectors
    everything: All = False
    expect: Expect = None
    maximum: Max = None
    confirm: Confirm = None
    preview: Preview = None
    waves: Waves
    group: Group = False
    profile: over.Profile = None
    way: over.Connection
    accept_new: over.AcceptNew = False
    dry_run: DryRun = False


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be run: a program, and the stored task or job that it comes from."""

    program: Program
    task_id: int | None = None
    job_id: int | None = None


def launch(context: Context, work: Work, asked: RunRequest) -> int:
    """Pick the computers, and show whom a run would touch, or queue it, or drive it; return the exit status."""
    if not asked.dry_run:
        context.store.acting()
    picked = _picked(context, work, asked)
    options = _options(context, asked.waves)
    token = service.preview_token(picked.computers)
    if asked.dry_run:
        return _planned(context, work, options, picked.computers, token)
    _check_preview(asked.preview, token)
    guard_max = context.guard_max
    way = asked.way if work.program.inside else replace(asked.way, transport="local")
    via = connecting(way, accept_new=asked.accept_new, profile=asked.profile)
    plan = service.RunPlan(
        work.program, via, picked.selector, picked.computers, options, work.task_id, work.job_id,
        confirm=asked.confirm, guard_max=guard_max,
    )  # fmt: skip
    context.read(service.check_guard, plan)
    if picked.stale:
        service.freshen(context.store)
    if asked.waves.no_wait:
        return _queued(context, plan)
    return drive(context, via, lambda d: service.start(d, plan), asked.way, grouped=asked.group)


def _picked(context: Context, work: Work, asked: RunRequest) -> service.Selected:
    target, by = asked.target, asked.selectors
    selection = ComputerSelection(by.where, by.labels, by.site, by.subnet, (), asked.everything)
    if work.program.inside:
        _one_use_of_stdin(context, asked)
        return service.select(
            context.store, selection, target, stdin=context.stdin, expect=asked.expect, maximum=asked.maximum
        )
    if target is not None or selection != ComputerSelection():
        raise UsageError(f"`{work.program.name}` runs on the machine of the CMDB: it takes no computers")
    return service.Selected([], "")


def _one_use_of_stdin(context: Context, asked: RunRequest) -> None:
    """Refuse names of computers and a secret on one standard input: the secret would be read, and shown, as a name."""
    if (asked.target or "").strip() != "-":
        return
    found = [asked.way.password_file, asked.way.sudo_password_file, asked.way.passphrase_file]
    if found[-1] is None and (asked.way.credential or asked.profile):
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


def _span(text: str | None) -> float | None:
    return None if text is None else seconds(text)


def _options(context: Context, waves: Waves) -> RunOptions:
    soak, splay, deadline = map(_span, (waves.soak, waves.splay, waves.deadline))
    if waves.health is not None:
        context.read(service.check_health, waves.health)
    return RunOptions(
        batch=waves.batch,
        rings=waves.rings,
        seed=waves.seed or (new_guid()[:8] if waves.rings or splay else ""),
        max_fail=waves.max_fail,
        gate_success=None if waves.gate_success is None else share(waves.gate_success),
        soak_s=soak or 0.0,
        health=waves.health,
        splay_s=splay or 0.0,
        deadline_s=deadline,
        waits=deadline is not None,
        background=deadline is not None or waves.no_wait,
        ignore_windows=waves.ignore_window,
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

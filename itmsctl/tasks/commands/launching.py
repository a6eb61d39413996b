"""What `task run` and `job run` share: from what was typed to computers picked, and a run that is queued or driven.

It is imported when something is to be run: a help page needs none of it.
"""

from __future__ import annotations

from dataclasses import replace

from itmsctl.cli.context import Context
from itmsctl.errors import PlanChangedError, UsageError
from itmsctl.resources.service.selection import ComputerSelection
from itmsctl.tasks import columns, service
from itmsctl.tasks.commands.driving import connecting, drive
from itmsctl.tasks.commands.presenting import Presenter
from itmsctl.tasks.commands.task_options import RunRequest, WaveOptions
from itmsctl.tasks.options import RunOptions, share
from itmsctl.tasks.program import Program
from itmsctl.tasks.results import ComputerResult
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import Tally
from itmsctl.values.counts import counted
from itmsctl.values.lean import dataclass
from itmsctl.values.names import new_guid
from itmsctl.values.times import seconds


@dataclass(frozen=True)
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
    if target is not None or selection.given or selection.all:
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


def _span(text: str | None) -> float | None:
    return None if text is None else seconds(text)


def _options(context: Context, waves: WaveOptions) -> RunOptions:
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
    presenter = Presenter(context)
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
        context.say(f"`{work.program.name}` is destructive: over the guard it needs --confirm")
    return 0

"""What every verb that drives a run shares: the way to computers, progress, signals, and the exit status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from itmsctl.cli.connection import ConnectionOptions
from itmsctl.cli.context import Context
from itmsctl.errors import worst
from itmsctl.security import service as security
from itmsctl.tasks import service
from itmsctl.tasks.tally import GUARD
from itmsctl.values.times import seconds

if TYPE_CHECKING:
    from itmsctl.security.via import Via
    from itmsctl.tasks.engine import Stop

    DriveMaker = Callable[[Stop, service.Watcher], service.Drive]

STOP_FILE = "STOP"


def connecting(
    way: ConnectionOptions, *, accept_new: bool = False, profile: str | None = None, kept: Via | None = None
) -> Via:
    """Return the way to computers as it was typed, now or when the run began."""
    from itmsctl.security.via import Via

    typed = Via(
        transport=way.transport,
        user=way.user,
        port=way.port,
        key_files=tuple(str(Path(k).expanduser().absolute()) for k in way.key),
        use_agent=way.agent or None,
        connect_timeout_s=None if way.connect_timeout is None else seconds(way.connect_timeout),
        accept_new=accept_new,
        profile=profile,
        credentials=tuple(way.credential),
    )
    return typed.over(kept or Via())


def outfit(
    context: Context, via: Via, way: ConnectionOptions | None = None, *, live: service.LiveDesk | None = None
) -> DriveMaker:
    """Return what makes a drive of a run; raises what a way that leads nowhere raises."""
    from itmsctl.security.commands.unlocking import unlocking
    from itmsctl.security.via import Via

    context.store.acting()  # before anybody is asked for a passphrase
    way = way or ConnectionOptions()
    profile = context.read(security.profile, via.profile)
    default, _ = context.option("connect_timeout_s")
    whole = via.over(profile).over(Via(transport="ssh", connect_timeout_s=float(default or 10)))
    held = security.take(context.store, whole.credentials, unlocking(context, way.passphrase_file))
    credentials = security.credentials_of(
        whole,
        password_file=way.password_file,
        sudo_password_file=way.sudo_password_file,
        environment=context.environment,
        stdin=context.stdin,
        held=held,
    )
    security.require_login(whole, credentials)
    wanted = way.concurrency if way.concurrency is not None else int(context.option("concurrency")[0] or 32)
    workers, warning = service.allowed_workers(wanted)
    if warning:
        context.warn(warning)
    desk = live or service.LiveDesk(context.state_folder)
    return lambda stop, watcher: service.Drive(
        context.store, via, whole, profile, credentials, workers, stop, watcher, held, context.sleep, live=desk
    )


def drive(
    context: Context,
    via: Via,
    act: Callable[[service.Drive], service.DriveReport],
    way: ConnectionOptions,
    *,
    grouped: bool = False,
) -> int:
    """Drive a run with progress, results and signals; return the exit status."""
    desk = service.LiveDesk(context.state_folder)
    made = outfit(context, via, way, live=desk)
    return shown(context, lambda stop, watcher: act(made(stop, watcher)), desk, grouped=grouped)


def shown(
    context: Context,
    act: Callable[[Stop, service.Watcher], service.DriveReport],
    desk: service.LiveDesk,
    *,
    grouped: bool = False,
) -> int:
    """Show what an act on a run comes to, with progress, results and signals; return the exit status."""
    from itmsctl.tasks.commands.presenting import Presenter
    from itmsctl.tasks.engine import Stop
    from itmsctl.tasks.interrupts import listening

    presenter = Presenter(context, grouped=grouped)
    stop_file = context.state_folder / STOP_FILE
    try:
        with listening(presenter.say) as interrupts:
            stop = Stop(lambda: interrupts.count, stop_file.exists)
            report = act(stop, presenter)
    except BaseException:
        presenter.close()
        if presenter.name is not None:
            context.say(f"{presenter.name} was not finished; next: itmsctl run reconcile {presenter.name}")
        raise
    finally:
        desk.close()
    presenter.finish(report.tally, report.state)
    _say_next(context, report)
    if report.is_gone:
        context.warn(
            f"{report.run.name} is not in the database any more, which was restored meanwhile: what it did since, and "
            "what of it still runs, is not recorded"
        )
    elif report.dropped:
        context.warn(f"{report.dropped} late results were dropped: another process had taken the run over")
    if interrupts.exit_status:
        return interrupts.exit_status
    if stop.by_file:
        context.warn(f"{stop_file} stopped the run")
    return worst({report.exit_status, GUARD if stop.by_file else 0} - {0})


def _say_next(context: Context, report: service.DriveReport) -> None:
    name, whole = report.run.name, report.tally.computers
    unknown, waiting = report.tally.counts["unknown"], report.tally.counts["deferred"]
    if running := report.tally.counts["running"]:
        context.say(
            f"{running} of {whole} are still worked on by the process that drives the run: itmsctl run show {name}"
        )
    if unknown:
        context.say(f"{unknown} of {whole} have an unknown outcome: itmsctl run reconcile {name}")
    if report.held:
        context.insist(f"{name}: {report.held}")
    if not waiting:
        return
    if report.state == "halted":
        context.say(f"halted: {report.why}")
    elif report.state == "waiting":
        text = f"{waiting} of {whole} wait ({report.why}): itmsctl schedule tick goes on, or itmsctl run resume {name}"
        # What was asked for is not done yet: not even -q hides that.
        context.insist(text)
        return
    if report.between:
        context.say(f"{report.between} of {whole} stand between two steps ({report.stands})")
        context.say(f"itmsctl run resume {name} goes on with them, run cancel {name} does only what is owed")
    if unbegun := waiting - report.between:
        then = f"run show {name}, then run resume {name}" if report.state == "halted" else f"run retry {name}"
        context.say(f"{unbegun} of {whole} were not started: itmsctl {then}")

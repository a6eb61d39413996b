"""Server tasks: what runs on the machine of the CMDB. Each function is given typed arguments and answers what it did.

A later room registers `server_function:NAME` for its kinds of task.

`serve` is to a server step what `execute` is to a client's: it never raises ItmsError.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.errors import ItmsError, OutcomeUnknownError
from itmsctl.tasks.catalogue import server_call
from itmsctl.tasks.codes import codes, judged
from itmsctl.tasks.operations import Script
from itmsctl.tasks.step import Step
from itmsctl.transports.endpoint import Credentials, Endpoint
from itmsctl.transports.outcome import Captured, CommandOutcome, RemoteState
from itmsctl.values.counts import counted
from itmsctl.values.kind import house

UNCHANGED = "UNCHANGED"
HERE = Endpoint("server", "server", ())


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a server function."""

    store: Store
    step: Step
    marker: str
    arguments: Mapping[str, Any]
    stopped: Callable[[], bool] | None = None


def serve(store: Store, step: Step, marker: str, stopped: Callable[[], bool] | None = None) -> CommandOutcome:
    """Do a server step and return what came of it, judged by its exit codes where it has one.

    A command is killed where `stopped` says so while it runs.
    """
    begin = time.monotonic()
    try:
        call = server_call(step)
        outcome = _function(call.function)(Call(store, step, marker, call.arguments, stopped))
    except ItmsError as error:
        unknown = isinstance(error, OutcomeUnknownError)
        outcome = CommandOutcome.of_error(RemoteState.UNKNOWN if unknown else RemoteState.FAILED, marker, error)
    outcome = judged(outcome, codes(step.success_codes, step.reboot_codes, step.retry_codes))
    return replace(outcome, duration_s=time.monotonic() - begin)


def ask(step: Step, marker: str) -> CommandOutcome:
    """Learn what became of a server step whose process died.

    A command is asked by its marker. Another that may be done twice was never started, as far as it matters; else it
    is unknown.
    """
    if server_call(step).function == "command":
        with here() as transport:
            answer = transport.ask(marker)
        return judged(answer, codes(step.success_codes, step.reboot_codes, step.retry_codes))
    if step.idempotent:
        return CommandOutcome(RemoteState.NEVER_STARTED, marker)
    message = "the process that did it died meanwhile, and nothing tells whether it was done"
    return CommandOutcome(RemoteState.UNKNOWN, marker, reason="OWNER-DIED", message=message, leads_to=10)


def here() -> Any:
    """Return the transport to this very machine."""
    from itmsctl.transports.local import LocalTransport

    return LocalTransport(HERE, Credentials())


def done(call: Call, message: str, lines: str = "", reason: str = "") -> CommandOutcome:
    """Return the outcome of what went well: what it says, the lines that are kept, and what sets it apart."""
    data = (lines or message).encode("utf-8", "surrogateescape") + b"\n"
    shown = Captured(data[:49_152], total=len(data))
    return CommandOutcome(RemoteState.SUCCEEDED, call.marker, stdout=shown, reason=reason, message=message)


def _function(name: str) -> Callable[[Call], CommandOutcome]:
    """Return a function by its name: one of those below, or one that a later room registered."""
    return FUNCTIONS[name] if name in FUNCTIONS else next(house().calls(f"server_function:{name}"))


# --- the functions ----------------------------------------------------------------------------------------------------


def _command(call: Call) -> CommandOutcome:
    from itmsctl.tasks.service.executing import command_of

    script = Script(call.arguments["command"], call.arguments["interpreter"])
    with here() as transport:
        transport.stopped = call.stopped
        found: CommandOutcome = transport.run(command_of(call.step, script, call.marker, None, call.step.time_limit_s))
        return found


def _membership(call: Call) -> CommandOutcome:
    from itmsctl.targeting.service import update

    modes = {"delta": update.delta, "complete": update.complete, "policy": update.policy}
    act = modes[call.arguments["mode"]]
    update_done = call.store.write(lambda unit: act(unit, call.store.clock))
    said = f"{update_done.kind}: {counted(update_done.added, 'membership')} added, {update_done.removed} removed"
    return done(call, said, reason="" if update_done.added or update_done.removed else UNCHANGED)


def _maintenance(call: Call) -> CommandOutcome:
    from itmsctl.cmdb.upkeep import maintain

    steps = [f"{step.name}: {step.detail}" for step in maintain(call.store)]
    return done(call, counted(len(steps), "step"), "\n".join(steps))


def _purge(call: Call) -> CommandOutcome:
    from itmsctl.admin.service.purging import purge
    from itmsctl.tasks.actions.purge import KEEP

    dry_run = call.arguments["dry_run"]
    keeps = {name: call.arguments[a] for name, a in KEEP.items() if call.arguments[a] is not None}
    purged = [one for one in purge(call.store, keeps, dry_run=dry_run) if one.counts]
    said = "; ".join(one.sentence() for one in purged) or "nothing"
    if dry_run:
        return done(call, f"would remove {said}", reason=UNCHANGED)
    return done(call, f"removed {said}", reason="" if purged else UNCHANGED)


def _mail(call: Call) -> CommandOutcome:
    from itmsctl.tasks.service.mailing import MailTask, send

    task = MailTask(call.arguments, call.marker, call.store.clock(), call.step.time_limit_s)
    return done(call, send(task, call.arguments["body"] or ""))


FUNCTIONS: Mapping[str, Callable[[Call], CommandOutcome]] = {
    "command": _command,
    "membership": _membership,
    "maintenance": _maintenance,
    "purge": _purge,
    "mail": _mail,
}

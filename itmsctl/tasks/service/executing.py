"""A step done on one computer over one transport: its operations in order, until one does not succeed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from itmsctl.errors import (
    HostIdentityError,
    InputError,
    ItmsError,
    NoMacError,
    NoNeighbourError,
    OutcomeUnknownError,
    TransferCutError,
    UnreachableError,
)
from itmsctl.tasks import operations as ops
from itmsctl.tasks.brakes import KILLED
from itmsctl.tasks.catalogue import action, operations_of
from itmsctl.tasks.codes import codes, judged
from itmsctl.tasks.shebang import BOM, options_for
from itmsctl.tasks.step import Step
from itmsctl.tasks.surroundings import Surroundings
from itmsctl.transports.base import Transport
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.outcome import Command, CommandOutcome, HostFacts, Interpreter, RemoteState
from itmsctl.values.untrusted import shell_arg

if TYPE_CHECKING:
    from itmsctl.tasks.service.interviews import Conversation

UNCHANGED = "UNCHANGED"
NOT_BACK = "NOT-BACK"
_PAUSE_S = 1.0
INTERPRETERS: Mapping[str, Interpreter] = {"sh": "sh", "bash": "bash", "python": "python3", "powershell": "powershell"}

Reach = Callable[[Endpoint], Transport]


def execute(
    step: Step,
    transport: Transport,
    marker: str,
    known: Surroundings | None = None,
    *,
    run_as: str | None = None,
    reach: Reach | None = None,
) -> CommandOutcome:
    """Do a step on one computer and return what came of it, judged by the step's exit codes. Never raises ItmsError.

    The transport may be connected already, serves many steps, and is connected again after a reboot. `run_as` counts
    where the step names no user; `reach` opens a transport to a neighbour, for a step that wakes.
    """
    begin = time.monotonic()
    around = known or Surroundings()
    try:
        if step.templated:
            from itmsctl.tasks.service.rendering import rendered

            step = rendered(step, around.computer)
        wanted = operations_of(step)
    except ItmsError as error:
        return replace(CommandOutcome.of_error(RemoteState.NEVER_STARTED, marker, error), duration_s=0.0)
    work = _Execution(step, transport, marker, around, run_as, reach, begin + step.time_limit_s)
    outcome = CommandOutcome(RemoteState.SUCCEEDED, marker)
    for operation in wanted:
        outcome = work.after(outcome, operation)
        if outcome.state is not RemoteState.SUCCEEDED:
            break
    if outcome.duration_s is None or len(wanted) > 1:
        outcome = replace(outcome, duration_s=time.monotonic() - begin)
    return outcome


def _refused(marker: str, error: ItmsError) -> CommandOutcome:
    """Return what an error of an operation means: only what may have been half done is unknown."""
    if isinstance(error, (OutcomeUnknownError, TransferCutError)):
        return replace(
            CommandOutcome.of_error(RemoteState.UNKNOWN, marker, error), leads_to=OutcomeUnknownError.exit_status
        )
    if isinstance(error, (UnreachableError, HostIdentityError)):
        return CommandOutcome.of_error(RemoteState.UNREACHABLE, marker, error)
    return CommandOutcome.of_error(RemoteState.FAILED, marker, error)


@dataclass
class _Execution:
    """One step on one computer."""

    step: Step
    transport: Transport
    marker: str
    around: Surroundings
    run_as: str | None
    reach: Reach | None
    deadline: float  # time.monotonic
    host: HostFacts = field(default_factory=HostFacts)

    def after(self, before: CommandOutcome, operation: ops.Operation) -> CommandOutcome:
        """Do one operation; return the outcome of the step so far."""
        try:
            done = self._do(operation)
        except ItmsError as error:
            done = _refused(self.marker, error)
            if before.exit_status is not None and done.state is RemoteState.UNREACHABLE:
                # It was reached before in this very step: that it is away now is not a start that failed.
                done = replace(done, state=RemoteState.FAILED)
        if done.host != HostFacts():
            self.host = done.host
        if before.exit_status is None:
            return done
        said = "; ".join(filter(None, (before.message, done.message)))
        kept = replace(before, state=done.state, message=said, hint=done.hint, leads_to=done.leads_to, host=self.host)
        return replace(kept, reason=done.reason or before.reason)

    def _do(self, operation: ops.Operation) -> CommandOutcome:
        match operation:
            case ops.Script():
                return self._script(operation)
            case ops.Put():
                return self._put(operation)
            case ops.PutTree():
                return self._put_tree(operation)
            case ops.Get():
                return self._get(operation)
            case ops.AwaitReturn():
                return self._await_return(operation)
            case ops.AwaitPort():
                return self._await_port(operation)
            case ops.ViaNeighbour():
                return self._via_neighbour(operation)
            case ops.Interview():
                return self._interview(operation)
            case ops.Errand():
                return self._errand(operation)
            case ops.ServerFunction():
                raise InputError(f"`{self.step.name}` runs on the machine of the CMDB, not on computers")

    def _left(self, limit_s: float | None = None) -> float:
        left = max(0.1, self.deadline - time.monotonic())
        return left if limit_s is None else min(left, limit_s)

    def _done(self, message: str, reason: str = "") -> CommandOutcome:
        return CommandOutcome(RemoteState.SUCCEEDED, self.marker, reason=reason, message=message, host=self.host)

    def _script(self, script: ops.Script) -> CommandOutcome:
        command = command_of(self.step, script, self.marker, self.run_as, self.step.time_limit_s)
        outcome = self.transport.run(command)
        return judged(outcome, codes(self.step.success_codes, self.step.reboot_codes, self.step.retry_codes))

    def _interview(self, wanted: ops.Interview) -> CommandOutcome:
        """Have a later room read the computer. It changes nothing, so that a lost link leaves nothing unknown."""
        from itmsctl.tasks.service.interviews import interviewer

        try:
            return interviewer(self.step.type).interview(self.talk(wanted.options))
        except OutcomeUnknownError as error:
            return CommandOutcome.of_error(RemoteState.UNREACHABLE, self.marker, error)

    def _errand(self, wanted: ops.Errand) -> CommandOutcome:
        """Have a later room act. What was not begun leaves nothing unknown, whatever became of the link."""
        from itmsctl.tasks.service.interviews import interviewer

        return interviewer(self.step.type).interview(self.talk(wanted.options))

    def talk(self, options: Mapping[str, Any]) -> Conversation:
        """Return what a later room is told of this computer."""
        from itmsctl.tasks.service.interviews import Conversation

        run_as, left = self.step.run_as or self.run_as, self._left()
        return Conversation(self.transport, self.marker, self.around.question, options, run_as, left, self._returned)

    # --- files --------------------------------------------------------------------------------------------------------

    def _put(self, put: ops.Put) -> CommandOutcome:
        from itmsctl.transports.looking import file_digest

        source = Path(put.source)
        digest, own_mode = file_digest(source)
        mode = own_mode if put.mode is None else put.mode
        seen = self.transport.look("file", put.path, limit_s=self._left())
        self.host = seen.host
        if seen.sha256 == digest and seen.mode in (None, mode):
            return self._done(f"{put.path} is the same already", UNCHANGED)
        size = self.transport.put(source, put.path, mode=mode)
        return self._done(f"{put.path} was written: {size} bytes")

    def _put_tree(self, put: ops.PutTree) -> CommandOutcome:
        from itmsctl.transports.trees import digest, read_tree

        tree = read_tree(Path(put.source))
        own = digest(tree, modes=self.transport.keeps_modes)
        seen = self.transport.look("tree", put.path, limit_s=self._left())
        self.host = seen.host
        if own is not None and seen.sha256 == own:
            return self._done(f"{put.path} is the same already", UNCHANGED)
        size = self.transport.put_tree(tree, put.path)
        return self._done(f"{put.path} was written: {len(tree.entries)} entries, {size} bytes")

    def _get(self, get: ops.Get) -> CommandOutcome:
        from itmsctl.tasks.service import fetching

        seen = self.transport.look("file", get.path, limit_s=self._left())
        self.host = seen.host
        endpoint = self.transport.endpoint
        if seen.sha256 is not None and seen.sha256 == fetching.kept_digest(get.folder, endpoint, get.name):
            return self._done(f"{get.path} is here already, the same", UNCHANGED)
        content = self.transport.get(get.path, limit_bytes=get.limit_bytes)
        place = fetching.keep(get.folder, endpoint, get.name, content)
        return self._done(f"{place}: {len(content)} bytes")

    # --- waiting ------------------------------------------------------------------------------------------------------

    def _await_return(self, wanted: ops.AwaitReturn) -> CommandOutcome:
        """Wait for another boot id. A computer that is away, or lets nobody in while it starts, is asked again."""
        boot = self.host.boot_id or self.transport.look(limit_s=self._left()).host.boot_id
        return self._back_from(boot, self._left(wanted.limit_s))

    def _returned(self, host: HostFacts) -> str:
        """Wait for another boot than that of `host`; return why it did not come, empty where it did."""
        back = self._back_from(host.boot_id, self._left())
        return "" if back.state is RemoteState.SUCCEEDED else back.message

    def _back_from(self, boot: str | None, limit_s: float) -> CommandOutcome:
        if boot is None:
            raise InputError("the computer does not tell when it was booted: a reboot cannot be recognised")
        begin, until = time.monotonic(), time.monotonic() + limit_s
        why = "it was not rebooted"
        while True:
            self.transport.close()
            time.sleep(min(_PAUSE_S, max(0.0, until - time.monotonic())))
            try:
                self.host = self.transport.look(limit_s=max(0.1, until - time.monotonic())).host
                why = "it was not rebooted"
                if self.host.boot_id not in (None, boot):
                    return self._done(f"back after {time.monotonic() - begin:.0f} s")
            except HostIdentityError:
                raise
            except ItmsError as error:
                why = error.message
            if self._is_stopped():
                return self._cut("its reboot")
            if time.monotonic() >= until:
                message = f"it did not come back within {time.monotonic() - begin:.0f} s: {why}"
                return CommandOutcome(RemoteState.TIMED_OUT, self.marker, reason=NOT_BACK, message=message, leads_to=8)

    def _await_port(self, wanted: ops.AwaitPort) -> CommandOutcome:
        from itmsctl.transports.ports import await_port

        endpoint = self.transport.endpoint
        if self.transport.scheme == "local":
            endpoint = replace(endpoint, addresses=("127.0.0.1", "::1"))
        port = endpoint.port if wanted.port is None else wanted.port
        try:
            waited = await_port(endpoint, port, self._left(wanted.limit_s), self._is_stopped)
        except UnreachableError as error:
            if self._is_stopped():
                return self._cut(f"port {port}")
            return replace(CommandOutcome.of_error(RemoteState.TIMED_OUT, self.marker, error), host=self.host)
        return self._done(f"port {port} answers after {waited:.1f} s")

    def _is_stopped(self) -> bool:
        return self.transport.stopped is not None and self.transport.stopped()

    def _cut(self, what: str) -> CommandOutcome:
        """Return the outcome of waiting that a person ended: nothing runs on the computer."""
        message = f"`run kill` ended the wait for {what}"
        return CommandOutcome(
            RemoteState.CANCELLED, self.marker, reason=KILLED, message=message, host=self.host, leads_to=9
        )

    # --- neighbours ---------------------------------------------------------------------------------------------------

    def _via_neighbour(self, wanted: ops.ViaNeighbour) -> CommandOutcome:
        """Have a neighbour run a script for each hardware address; the next neighbour is tried where one is away."""
        waker, name = self.around.waker, self.transport.endpoint.name
        if waker is None or not waker.macs:
            hint = f"itmsctl computer set {shell_arg(name)} --mac 00:11:22:33:44:55"
            raise NoMacError(f"no hardware address of {name} is recorded", hint=hint)
        if not waker.neighbours or self.reach is None:
            hint = "itmsctl subnet list shows subnets; a neighbour is a computer with an address in the same one"
            raise NoNeighbourError(f"no other computer is known in the subnet of {name}", hint=hint)
        refused = []
        for neighbour in waker.neighbours:
            with self.reach(neighbour) as transport:
                sent = [self._wake(transport, wanted, mac, n, waker.broadcast) for n, mac in enumerate(waker.macs)]
            if all(outcome.state is RemoteState.SUCCEEDED for outcome in sent):
                return self._done(f"woken through {neighbour.name}")
            worst = next(outcome for outcome in sent if outcome.state is not RemoteState.SUCCEEDED)
            said = worst.message or worst.stderr.joined().decode("utf-8", "replace").strip()
            refused.append(f"{neighbour.name}: {said[:200]}")
        raise NoNeighbourError(f"no neighbour of {name} could wake it", why="; ".join(refused))

    def _wake(
        self, transport: Transport, wanted: ops.ViaNeighbour, mac: str, number: int, broadcast: str
    ) -> CommandOutcome:
        told = {"ITMS_MAC": mac, "ITMS_BROADCAST": broadcast}
        marker = f"{self.marker}.w{number}"
        command = Command(marker, wanted.script.encode(), environment=told, time_limit_s=min(30.0, self._left()))
        return transport.run(command)


def settle(
    step: Step, transport: Transport, answer: CommandOutcome, known: Surroundings | None, run_as: str | None
) -> CommandOutcome:
    """Return what an answer of a marker means, as the room says that acted under it; an error leaves it unknown."""
    from itmsctl.tasks.service.interviews import errander

    if answer.exit_status is None or answer.state not in {RemoteState.SUCCEEDED, RemoteState.FAILED}:
        return answer
    work = _Execution(
        step, transport, answer.marker, known or Surroundings(), run_as, None, time.monotonic() + step.time_limit_s
    )
    try:
        return errander(step.type).settle(work.talk(step_options(step)), answer)
    except ItmsError as error:
        return replace(
            CommandOutcome.of_error(RemoteState.UNKNOWN, answer.marker, error), leads_to=OutcomeUnknownError.exit_status
        )


def step_options(step: Step) -> Mapping[str, Any]:
    """Return the typed arguments of a step."""
    return action(step.type).typed(step.arguments)


def command_of(step: Step, script: ops.Script, marker: str, run_as: str | None, time_limit_s: float) -> Command:
    """Return the command of a script under a marker. Raises InputError for what no endpoint can be given."""
    return Command(
        marker=marker,
        script=script.body.removeprefix(BOM).encode("utf-8", "surrogateescape") + b"\n",
        interpreter=INTERPRETERS[script.interpreter],
        options=options_for(script.body, script.interpreter),
        environment={**step.environment, **script.environment},
        run_as=step.run_as or run_as,
        time_limit_s=time_limit_s,
    )

"""The errand of the kind of task `package`: put it there, check it there, run it under the marker, prove it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError, ItmsError, OutcomeUnknownError, TransferCutError
from itmsctl.inventory.service.known import families_of
from itmsctl.packages.copies import CorruptCopies
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.route import PackageSource
from itmsctl.packages.service.bringing import BroughtPackage, bring
from itmsctl.packages.service.copy_states import told_corrupt
from itmsctl.packages.service.detecting import WINDOWS
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.routing import routes_of
from itmsctl.packages.service.running import ProgramRun, program_of
from itmsctl.packages.service.stocking import StopRequestedError
from itmsctl.tasks.brakes import KILLED
from itmsctl.tasks.service.executing import UNCHANGED
from itmsctl.tasks.service.interviews import Brought, Conversation
from itmsctl.transports.failures import shown
from itmsctl.transports.outcome import CommandOutcome, RemoteState

_LINUX = "linux"


@dataclass(frozen=True, slots=True)
class PackageQuestion:
    """What a computer is to be given: a package, where its files stand here, and what the computer runs.

    `refused` is why it may not be: then nothing is sent.
    """

    manifest: PackageManifest | None = None
    source: Callable[[str], Path] = Path
    family: str = ""
    servers: tuple[PackageSource, ...] = ()
    refused: ItmsError | None = None


class _Pusher:
    """Puts packages on computers for the CMDB (`tasks.service.interviews.Errander`)."""

    def questions(self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> Mapping[int, Any]:
        """Return what each computer is to be given; one package, read once."""
        from itmsctl.packages.service.choosing import chosen

        if not options:
            return {}
        families = families_of(reader, ids)
        try:
            manifest, source = chosen(reader, options["package"], options["manifest"])
        except ItmsError as error:
            return dict.fromkeys(ids, PackageQuestion(refused=error))
        routes = routes_of(reader, ids, PACKAGES.get(reader, options["package"])) if options["servers"] else {}
        servers = {id_: tuple(one for one in found.sources if one.url) for id_, found in routes.items()}
        return {id_: PackageQuestion(manifest, source, families.get(id_, ""), servers.get(id_, ())) for id_ in ids}

    def interview(self, talk: Conversation) -> CommandOutcome:
        """Put the package there, run its program, and prove it. Raises ItmsError where nothing was begun."""
        return _Push(talk).outcome()

    def settle(self, talk: Conversation, answer: CommandOutcome) -> CommandOutcome:
        """Return what the end that a marker told means, proven by detection. Raises ItmsError."""
        if talk.question is None or talk.question.manifest is None:
            return answer
        return _Push(talk).settled(answer)

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Brought]]) -> None:
        """Mark copies on package servers of which computers were handed other bytes; the rest is the step's result."""
        for _, one in brought:
            if isinstance(one, CorruptCopies):
                told_corrupt(unit, one.servers, one.digest, one.message)


def corrupt_copies(talk: Conversation, manifest: PackageManifest, brought: BroughtPackage) -> CorruptCopies | None:
    """Return the servers that handed out other bytes to a computer; None where none did."""
    found = frozenset(server for server, one in brought.left if one.is_corrupt)
    who = shown(talk.transport.endpoint.name)
    return CorruptCopies(found, manifest.digest, f"{who} was handed other bytes") if found else None


PUSHER = _Pusher()


class _Push:
    """One package and one computer."""

    def __init__(self, talk: Conversation) -> None:
        self.talk = talk
        question = talk.question
        if question is None:
            raise InputError("a package is the same for all computers", hint="its arguments take no template")
        if question.refused is not None:
            raise question.refused
        assert question.manifest is not None
        self.question: PackageQuestion = question
        self.manifest: PackageManifest = question.manifest
        self.run = None if talk.options["stage"] else self._run(question.family or _LINUX)

    def _run(self, system: str) -> ProgramRun:
        talk, options = self.talk, self.talk.options
        program = program_of(self.manifest, options["program"], system)
        return ProgramRun(
            talk.transport,
            talk.marker,
            self.manifest,
            program,
            system,
            time.monotonic() + talk.limit_s,
            talk.run_as or program.run_as,
            options["cache"] or "",
            options["keep"],
            options["reboot"],
            options["limit"],
            talk.await_return,
        )

    def outcome(self) -> CommandOutcome:
        """Do it, as far as it is needed."""
        run = self.run
        if self.question.family == WINDOWS:
            raise InputError("packages cannot be pushed to Windows by this transport yet", hint="see docs/packages.md")
        try:
            if run is not None and not self.talk.options["again"] and (proof := run.needless()) is not None:
                return self._ended(RemoteState.SUCCEEDED, UNCHANGED, f"nothing to do: {proof.why}", 0)
            brought = self._brought()
        except StopRequestedError:
            return self._ended(RemoteState.CANCELLED, KILLED, "`run kill` ended it; nothing was run there", 9)
        except (OutcomeUnknownError, TransferCutError) as error:
            # The marker was not begun: whatever came of the link, it may be done again.
            return CommandOutcome.of_error(RemoteState.UNREACHABLE, self.talk.marker, error)
        if run is None:
            done = self._ended(RemoteState.SUCCEEDED, "", brought.sentence(self.manifest), 0)
            return replace(done, brought=corrupt_copies(self.talk, self.manifest, brought))
        ran = run.run()
        try:
            done = run.settled(ran)
            said = "; ".join(filter(None, (done.message, *brought.warnings())))
            return replace(done, message=said, brought=corrupt_copies(self.talk, self.manifest, brought))
        except ItmsError as error:
            # It ended, and what it did could not be looked at: `run reconcile` asks again.
            unknown = CommandOutcome.of_error(RemoteState.UNKNOWN, self.talk.marker, error)
            return replace(unknown, leads_to=OutcomeUnknownError.exit_status)

    def settled(self, answer: CommandOutcome) -> CommandOutcome:
        """Return what an end means that was asked for later. Raises ItmsError."""
        return answer if self.run is None else self.run.settled(answer, asked_later=True)

    def _brought(self) -> BroughtPackage:
        user = self.talk.run_as if self.run is None else self.run.run_as
        return bring(
            self.talk.transport,
            self.manifest,
            self.question.source,
            servers=self.question.servers,
            run_as=user,
            cache=self.talk.options["cache"] or "",
            limit_s=self.talk.limit_s,
        )

    def _ended(self, state: RemoteState, reason: str, message: str, leads_to: int) -> CommandOutcome:
        status = 0 if state is RemoteState.SUCCEEDED else None
        return CommandOutcome(state, self.talk.marker, status, reason=reason, message=message, leads_to=leads_to)

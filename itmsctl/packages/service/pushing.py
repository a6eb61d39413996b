"""The errand of the kind of task `package`: put it there, check it there, run it under the marker, prove it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError, ItmsError
from itmsctl.inventory.service.known import families_of
from itmsctl.packages.copies import CorruptCopies
from itmsctl.packages.detection.probing import LINUX
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.route import PackageSource
from itmsctl.packages.service.bringing import BroughtPackage, bring
from itmsctl.packages.service.copy_states import told_corrupt
from itmsctl.packages.service.errand_ends import begun_or_not, ended, looked_at
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.routing import routes_of
from itmsctl.packages.service.running import ProgramRun, check_system, program_of
from itmsctl.tasks.service.executing import UNCHANGED
from itmsctl.tasks.service.interviews import Brought, Conversation
from itmsctl.transports.failures import shown
from itmsctl.transports.outcome import CommandOutcome, RemoteState


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
        self.run = None if talk.options["stage"] else self._run(question.family or LINUX)

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
        check_system(self.talk.transport, self.question.family)
        return begun_or_not(self.talk.marker, self._done)

    def _done(self) -> CommandOutcome:
        run, marker = self.run, self.talk.marker
        if run is not None and not self.talk.options["again"] and (proof := run.needless()) is not None:
            return ended(marker, RemoteState.SUCCEEDED, UNCHANGED, f"nothing to do: {proof.why}")
        brought = self._brought()
        corrupt = corrupt_copies(self.talk, self.manifest, brought)
        if run is None:
            return ended(marker, RemoteState.SUCCEEDED, "", brought.sentence(self.manifest), brought=corrupt)
        ran = run.run()
        return looked_at(marker, lambda: self._judged(run, ran, brought, corrupt))

    def _judged(
        self, run: ProgramRun, ran: CommandOutcome, brought: BroughtPackage, corrupt: CorruptCopies | None
    ) -> CommandOutcome:
        done = run.settled(ran)
        return replace(done, message="; ".join(filter(None, (done.message, *brought.warnings()))), brought=corrupt)

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

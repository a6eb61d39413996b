"""One step of a delivery on one computer: look, fetch what is needed, run once under the marker, look again."""

from __future__ import annotations

import time
from dataclasses import replace

from itmsctl.errors import FailedError, InputError, NotDetectedError
from itmsctl.packages.copies import CorruptCopies
from itmsctl.packages.detection.probing import LINUX
from itmsctl.packages.kinds import REPAIR
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.service.bringing import bring
from itmsctl.packages.service.detecting import detect
from itmsctl.packages.service.errand_ends import begun_or_not, ended, looked_at
from itmsctl.packages.service.pushing import corrupt_copies
from itmsctl.packages.service.running import ENDED, ProgramRun, check_system, program_of
from itmsctl.software.delivering import (
    DeliveryBrought,
    DeliveryItem,
    DeliveryQuestion,
    RestartAsked,
    SoftwareSeen,
    is_as_wanted,
    state_of,
)
from itmsctl.software.kinds import NOT_APPLICABLE, REBOOT_PENDING
from itmsctl.software.service.putting_off import offer_of, put_off
from itmsctl.tasks.brakes import PUT_OFF
from itmsctl.tasks.codes import REBOOT_NEEDED
from itmsctl.tasks.service.executing import UNCHANGED
from itmsctl.tasks.service.interviews import Conversation
from itmsctl.transports.failures import shown
from itmsctl.transports.outcome import CommandOutcome, RemoteState
from itmsctl.values.untrusted import shell_arg


class DeliveryStep:
    """One step on one computer."""

    def __init__(self, talk: Conversation) -> None:
        question = talk.question
        if question is None:
            raise InputError("a delivery is the same for all computers", hint="its arguments take no template")
        if question.refused is not None:
            raise question.refused
        self.talk = talk
        self.question: DeliveryQuestion = question
        self.system = question.family or LINUX
        self.until = time.monotonic() + talk.limit_s
        self.seen: dict[int, SoftwareSeen] = {}  # by the id of software
        self.corrupt: list[CorruptCopies] = []

    def outcome(self) -> CommandOutcome:
        """Do it, as far as it is needed."""
        check_system(self.talk.transport, self.system)
        return begun_or_not(self.talk.marker, self._acted)

    def _acted(self) -> CommandOutcome:
        if self.talk.options["prove"]:
            return self._proven()
        return self._staged() if self.talk.options["stage"] else self._done(self.question.items[0])

    def settled(self, answer: CommandOutcome) -> CommandOutcome:
        """Return what an end means that was asked for later. Raises ItmsError."""
        if self.talk.options["stage"] or self.talk.options["prove"]:
            return answer
        item = self.question.items[0]
        return self._judged(item, self._run(item), answer, asked_later=True)

    # --- one software -------------------------------------------------------------------------------------------------

    def _done(self, item: DeliveryItem) -> CommandOutcome:
        if (waits := self._restart_awaited(item)) is not None:
            return waits
        if (why := self._needless(item)) is not None:
            return self._succeeded(UNCHANGED, f"nothing to do: {why}")
        run = self._run(item)
        brought = self._brought(run.manifest, run.run_as)
        if (waits := self._put_off(item)) is not None:
            return waits
        ran = run.run()
        return looked_at(self.talk.marker, lambda: self._judged(item, run, ran, brought=brought))

    def _needless(self, item: DeliveryItem) -> str | None:
        """Return why nothing need be done; None where something must be, or nobody knows. Raises ItmsError."""
        if item.software in self.question.inapplicable:
            return self.question.inapplicable[item.software]
        if item.rule is None:
            return None
        state, why = self._look(item, item.rule)
        return why if is_as_wanted(item.action, state) and item.action != REPAIR else None

    def _look(self, item: DeliveryItem, rule: str) -> tuple[str, str]:
        """Return the state that detection finds, and why; it is kept to be stored. Raises ItmsError."""
        verdict = detect(self.talk.transport, rule, self.system, self.talk.run_as, self._left())
        state, why = state_of(verdict.truth), shown(verdict.text)
        self.seen[item.id] = SoftwareSeen(item.id, state, why)
        return state, why

    def _restart_awaited(self, item: DeliveryItem) -> CommandOutcome | None:
        """Return the end of what was done, and waits for a restart; None where it does not. Raises ItmsError."""
        asked = self.question.restarts.get(item.id)
        if asked is None or asked.action != item.action or self._boot() != asked.boot:
            return None
        return self._succeeded(REBOOT_NEEDED, "nothing to do before the computer has restarted")

    def _put_off(self, item: DeliveryItem) -> CommandOutcome | None:
        """Return the outcome of a step that its user puts off; None where it begins now. Raises ItmsError."""
        offer = offer_of(self.talk.options, item.software)
        if offer is None:
            return None
        talk = self.talk
        waits = put_off(talk.transport, offer, item.software, item.action, self.question.at, talk.run_as)
        if waits is None:
            return None
        self.seen = {id_: replace(one, reason=f"{one.reason}; {waits.sentence}") for id_, one in self.seen.items()}
        done = ended(talk.marker, RemoteState.NEVER_STARTED, PUT_OFF, waits.sentence, brought=self._told())
        return replace(done, later=waits.until)

    def _proven(self) -> CommandOutcome:
        """Look whether all is as it should be; nothing runs. Raises ItmsError."""
        wrong = []
        boot = self._boot()
        for item in self.question.items:
            asked = self.question.restarts.get(item.id)
            if asked is not None and asked.boot == boot:
                wrong.append(f"{item.software} waits for a restart still")
            elif self._needless(item) is None and item.rule is not None and item.action != REPAIR:
                wrong.append(f"{item.software}: {self.seen[item.id].reason}")
        if not wrong:
            return self._succeeded("", "as it should be")
        reason, state = NotDetectedError.code, RemoteState.FAILED
        message = "; ".join(wrong)
        return ended(self.talk.marker, state, reason, message, leads_to=FailedError.exit_status, brought=self._told())

    def _judged(
        self, item: DeliveryItem, run: ProgramRun, ran: CommandOutcome, *, brought: str = "", asked_later: bool = False
    ) -> CommandOutcome:
        done = run.settled(ran, asked_later=asked_later)
        if done.state in ENDED and run.seen:
            proof = run.seen[-1]
            self.seen[item.id] = SoftwareSeen(item.id, state_of(proof.truth), proof.why)
        if done.reason == REBOOT_NEEDED and ran.host.boot_id:
            asked = RestartAsked(ran.host.boot_id, item.action)
            why = f"its {item.program} ended with {ran.exit_status}: the computer has to restart"
            self.seen[item.id] = SoftwareSeen(item.id, REBOOT_PENDING, why, asked)
        said = "; ".join(part for part in (done.message, brought) if part)
        return replace(done, message=said, brought=self._told())

    def _run(self, item: DeliveryItem) -> ProgramRun:
        if item.manifest is None:
            raise InputError(
                f"{item.software} has no package, so nothing can {item.action} it",
                hint=f"itmsctl software set {shell_arg(item.software)} --package NAME",
            )
        program = program_of(item.manifest, item.program, self.system)
        return ProgramRun(
            self.talk.transport,
            self.talk.marker,
            item.manifest,
            program,
            self.system,
            self.until,
            self.talk.run_as or program.run_as,
            cache=self.talk.options["cache"] or "",
            reboot=self.talk.options["reboot"],
            await_return=self.talk.await_return,
            rule=item.rule,
            action=item.action,
        )

    # --- fetching -----------------------------------------------------------------------------------------------------

    def _staged(self) -> CommandOutcome:
        """Fetch the packages of what will have to be done; nothing runs. Raises ItmsError."""
        said = []
        for item in self.question.items:
            if self._needless(item) is None:
                run = self._run(item)
                said.append(f"{item.software}: {self._brought(run.manifest, run.run_as)}")
        return self._succeeded("" if said else UNCHANGED, "; ".join(said) or "nothing to fetch")

    def _brought(self, manifest: PackageManifest, run_as: str | None) -> str:
        """Bring a package, and say how it came; servers that handed out other bytes are kept to be stored."""
        brought = bring(
            self.talk.transport,
            manifest,
            self.question.source,
            servers=self.question.servers.get(manifest.digest, ()),
            run_as=run_as,
            cache=self.talk.options["cache"] or "",
            limit_s=self._left(),
        )
        if (found := corrupt_copies(self.talk, manifest, brought)) is not None:
            self.corrupt.append(found)
        return brought.sentence(manifest)

    # --- what came of it ----------------------------------------------------------------------------------------------

    def _succeeded(self, reason: str, message: str) -> CommandOutcome:
        return ended(self.talk.marker, RemoteState.SUCCEEDED, reason, message, brought=self._told())

    def _told(self) -> DeliveryBrought | None:
        seen = tuple(one for one in self.seen.values() if one.state != NOT_APPLICABLE)
        return DeliveryBrought(self.question.at, seen, tuple(self.corrupt)) if seen or self.corrupt else None

    def _boot(self) -> str | None:
        return self.talk.transport.look(limit_s=self._left()).host.boot_id

    def _left(self) -> float:
        return max(1.0, self.until - time.monotonic())

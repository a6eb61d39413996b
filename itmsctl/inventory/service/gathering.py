"""The interview of the kind of task `inventory`: one program reads the computer, what does not hold is asked again."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import (
    InterpreterMissingError,
    InventoryGarbledError,
    InventoryTooLongError,
    ItmsError,
    OutcomeUnknownError,
    RemoteKilledError,
    ShellRefusedError,
    UnreachableError,
)
from itmsctl.inventory import portions
from itmsctl.inventory.answer import AnswerRead, read_answer
from itmsctl.inventory.checking import misfit
from itmsctl.inventory.request import HeldClass, InventoryQuestion, request_of
from itmsctl.inventory.service import bundle, harvesting, known
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.harvest import Harvest, HarvestPart
from itmsctl.inventory.service.own_definitions import own_definitions
from itmsctl.inventory.service.spool import Spool
from itmsctl.tasks.service.interviews import Conversation, cut_short
from itmsctl.transports.failures import shown
from itmsctl.transports.outcome import Captured, CommandOutcome, HostFacts, RemoteState
from itmsctl.transports.powershell import POWERSHELL
from itmsctl.transports.reader import End
from itmsctl.transports.streaming import Inquiry, ReadOut

LONGEST_ANSWER = 64 << 20
_PYTHONS = ("python3", "/usr/libexec/platform-python", "/usr/local/bin/python3", "/opt/freeware/bin/python3")
_WINDOWS_SAYS = "exec"  # as `'exec' is not recognized as an internal or external command`, in any language
_BUILDING = threading.Lock()  # the program is put together once, by whoever asks first
_PAGE = 49_152  # bytes of the list of classes that are kept as its output
_ROUNDS = 2  # what does not hold is asked once more


class _Interviewer:
    """Reads computers for the CMDB (`tasks.service.interviews.Interviewer`)."""

    def questions(
        self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]
    ) -> Mapping[int, InventoryQuestion]:
        """Return what is held of these computers: digests of classes and of their rows."""
        families = known.families_of(reader, ids)
        collect, classes = options.get("collect"), options.get("classes")
        own = portions.own_wanted(collect, classes, own_definitions(reader.connection))
        if options.get("whole"):
            return {id_: InventoryQuestion(reader.now, family=families.get(id_, ""), own=own) for id_ in ids}
        named = {*portions.wanted(collect, classes), *own} if options else None
        found = known.digests_of(reader, ids, named)
        return {
            id_: InventoryQuestion(
                reader.now,
                {name: HeldClass(one.digest or "", one.packed) for name, one in found.get(id_, {}).items()},
                families.get(id_, ""),
                own,
            )
            for id_ in ids
        }

    def interview(self, talk: Conversation) -> CommandOutcome:
        """Ask a computer, and once more for what does not hold. Raises ItmsError."""
        return _Interview(talk).outcome()

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Any]]) -> None:
        """Store what computers brought."""
        harvesting.store_harvests(unit, brought)


INTERVIEWER = _Interviewer()


class _Interview:
    """One computer that is asked."""

    def __init__(self, talk: Conversation) -> None:
        self.talk = talk
        self.question: InventoryQuestion = talk.question
        shipped = portions.wanted(talk.options["collect"], talk.options["classes"])
        self.is_windows = self.question.family == "windows"
        self.own = {} if self.is_windows else self.question.own
        self.names = (*shipped, *sorted(self.own))
        self.until = time.monotonic() + talk.limit_s
        self.parts: dict[str, HarvestPart] = {}
        gone = portions.own_named(talk.options["classes"]) - set(self.own)
        why = "a shell reads it, and Windows has none" if self.is_windows else "there is no such data class any more"
        self.lost = dict.fromkeys(sorted(gone), why)
        self.host = HostFacts()
        self.is_plain = False  # it has no Python that is new enough
        self.secrets = _secrets(talk.transport.credentials.secrets())

    def outcome(self) -> CommandOutcome:
        """Ask, and return what came of it. What was brought is kept where asking again comes to no end."""
        ask, held = self.names, self.question.held
        for _ in range(_ROUNDS):
            spool, token = Spool(), secrets.token_hex(16)
            try:
                read = self._read(request_of(token, ask, held, self._options()), spool)
            except (OutcomeUnknownError, UnreachableError):
                if not self.parts:
                    raise
                break
            self.host = read.host
            if (ended := self._ended(read)) is not None:
                if self.parts and read.end is not End.STOPPED:
                    break
                return ended
            answer = read_answer(spool.lines(), token, ask, {name: one.digest for name, one in held.items()})
            if not answer.began and not self.parts:
                return self._failed(self._garbled(answer, read))
            ask, held = tuple(self._take(spool, answer, ask, held)), {}
            if not ask:
                break
        return self._end(Harvest(self.question.at, self.parts, self.lost, self.secrets, self.own))

    def _end(self, harvest: Harvest) -> CommandOutcome:
        """Return the outcome of answers: a failure where none of them holds."""
        if self.lost and not self.parts:
            name, why = next(iter(self.lost.items()))
            what = f"no answer of {shown(self.talk.transport.endpoint.name)} holds"
            ended = self._failed(InventoryGarbledError(what, why=f"{name}: {why}"))
        else:
            ended = CommandOutcome(RemoteState.SUCCEEDED, self.talk.marker, exit_status=0, message=harvest.sentence())
        page = harvest.page()
        return replace(ended, stdout=Captured(page[:_PAGE], total=len(page)), host=self.host, brought=harvest)

    def _take(
        self, spool: Spool, answer: AnswerRead, asked: Sequence[str], held: Mapping[str, HeldClass]
    ) -> Iterator[str]:
        """Keep the classes that hold; yield the others. What a whole answer says nothing of does not exist there."""
        for name in asked:
            one = answer.classes.get(name)
            if one is None and answer.sound:
                continue
            part = None if one is None else HarvestPart(spool, one)
            why = "it was not answered" if part is None else self._misfit(part, held, sound=answer.sound)
            if part is not None and not why:
                self.parts[name] = part
                self.lost.pop(name, None)
            else:
                self.lost[name] = f"its answer does not hold: {why}"
                yield name

    def _misfit(self, part: HarvestPart, held: Mapping[str, HeldClass], *, sound: bool) -> str:
        one = part.answer
        if one.faulty or one.state == "unread":
            return one.faulty
        of = self.own.get(one.name) or data_class(one.name)
        is_delta = one.state == "delta"
        has_secret = (is_delta or one.is_text) and part.has_secret(self.secrets)
        if has_secret and (is_delta or not part.is_readable(self.secrets, of)):  # it is taken out before it is stored
            return "a secret of ours is in it"
        if one.state == "whole" and sound:
            return ""
        rows, removed = part.load(of=of) if one.state != "same" else ([], [])
        return misfit(of, one, rows, removed, held.get(one.name, HeldClass()), sound=sound)

    # --- the program there --------------------------------------------------------------------------------------------

    def _read(self, request: Mapping[str, Any], spool: Spool) -> ReadOut:
        if self.is_windows:
            return self._read_windows(request, spool)
        if not self.is_plain:
            with _BUILDING:
                program = bundle.python_edition(request, self.own)
            try:
                return self.talk.transport.read_out(self._inquiry(program, _PYTHONS, "-I -"), spool)
            except InterpreterMissingError:
                self.is_plain = True
            except ShellRefusedError as error:
                # A shell that knows no `exec` may be that of Windows, as long as nobody knows better.
                if self.question.family or _WINDOWS_SAYS not in error.why:
                    raise
                self.is_windows = True
                return self._read_windows(request, spool)
        return self.talk.transport.read_out(self._inquiry(bundle.shell_edition(request), ("sh",), "-s"), spool)

    def _read_windows(self, request: Mapping[str, Any], spool: Spool) -> ReadOut:
        shipped = {name: held for name, held in request["classes"].items() if name not in self.own}
        program = bundle.windows_edition({**request, "classes": shipped})
        return self.talk.transport.read_out(self._inquiry(program, (POWERSHELL,), ""), spool)

    def _inquiry(self, text: bytes, interpreters: tuple[str, ...], options: str) -> Inquiry:
        left = max(1.0, self.until - time.monotonic())
        nice = int(self.talk.options["nice"])
        return Inquiry(text, interpreters, tuple(options.split()), self.talk.run_as, nice, left, LONGEST_ANSWER)

    def _options(self) -> dict[str, Any]:
        given = self.talk.options
        files = {name: given[name] for name in ("folders", "without", "patterns", "hash", "remote")}
        return {
            "time_limit_s": max(1, round(self.until - time.monotonic())),
            "whole": bool(given["whole"]),
            "brief": True,
            "files": {name: value for name, value in files.items() if value},
            "own": {name: [asdict(feed) for feed in one.feeds] for name, one in self.own.items()},
        }

    # --- ends ---------------------------------------------------------------------------------------------------------

    def _ended(self, read: ReadOut) -> CommandOutcome | None:
        """Return the outcome of a program that did not come to an end by itself; None for one that did."""
        name = shown(self.talk.transport.endpoint.name)
        what = f"{name} sent more than {LONGEST_ANSWER >> 20} MiB; nothing of it is kept"
        late = f"{name} did not end its inventory in {self.talk.limit_s:g} s; nothing is kept"
        long = InventoryTooLongError(what, hint="name fewer classes: --collect hardware")
        return cut_short(self.talk, read, long, RemoteKilledError(late))

    def _failed(self, error: ItmsError) -> CommandOutcome:
        return CommandOutcome.of_error(RemoteState.FAILED, self.talk.marker, error)

    def _garbled(self, answer: AnswerRead, read: ReadOut) -> ItmsError:
        said = shown(read.stderr.joined())
        status = "" if read.status in (None, 0) else f"; exit status {read.status}"
        return InventoryGarbledError(
            f"{shown(self.talk.transport.endpoint.name)} answered with no inventory: {answer.faulty}",
            why=f"it said: {said or 'nothing'}{status}",
        )


def _secrets(plain: Sequence[str]) -> tuple[str, ...]:
    """Return secrets with the form that they have inside a text of JSON."""
    return tuple(dict.fromkeys(form for one in plain for form in (one, json.dumps(one)[1:-1])))

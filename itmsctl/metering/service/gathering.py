"""The interview of the kind of task `metering`: one script reads logs, a second one says where programs are."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InventoryGarbledError, InventoryTooLongError, ItmsError, RemoteKilledError
from itmsctl.metering.action import ACCOUNTING, AUDIT
from itmsctl.metering.answer import (
    KINDS,
    MOST_BYTES,
    NamedProgram,
    NotAnAnswerError,
    UsageAnswer,
    askable,
    programs_named,
    usage_answer,
)
from itmsctl.metering.kinds import CLASS
from itmsctl.metering.reading import ReadUsage, names_in, read_usage
from itmsctl.metering.rows import metering_states
from itmsctl.metering.service.storing import ToldUsage, store_usage
from itmsctl.tasks.service.interviews import Conversation, cut_short
from itmsctl.transports.failures import shown
from itmsctl.transports.outcome import Captured, CommandOutcome, RemoteState
from itmsctl.transports.reader import End, KeptBytes, Sink
from itmsctl.transports.streaming import Inquiry, ReadOut
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import shell_arg

SOURCE = "accounting"
_LONGEST = 3 * MOST_BYTES + (4 << 20)  # hexadecimal digits take three characters a byte
_LONGEST_NAMES = 4 << 20
_NICE = 10


@dataclass(frozen=True)
class UsageQuestion:
    """What is held of a computer, and when it was asked."""

    at: datetime
    positions: Mapping[str, Any]


@dataclass(frozen=True)
class ReadHarvest:
    """What a computer brought, and the places that it was asked from."""

    at: datetime
    read: ReadUsage
    held: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Return about how many bytes will be stored."""
        return 100 * len(self.read.events)


class _MeteringInterviewer:
    """Reads computers for the CMDB (`tasks.service.interviews.Interviewer`)."""

    def questions(self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> Mapping[int, UsageQuestion]:  # noqa: ARG002 - the same for all
        """Return where the logs of these computers are read on."""
        held = _positions(reader, ids)
        return {id_: UsageQuestion(reader.now, held.get(id_) or {}) for id_ in ids}

    def interview(self, talk: Conversation) -> CommandOutcome:
        """Read a computer. Raises ItmsError."""
        return _MeteringInterview(talk).outcome()

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Any]]) -> None:
        """Store what computers brought; what another reading was quicker with is left to the next one."""
        held = _positions(unit, [computer for computer, _ in brought])
        for computer, one in brought:
            if _places(held.get(computer)) != _places(one.held):
                continue
            read: ReadUsage = one.read
            told = ToldUsage(computer, SOURCE, one.at, read.events, read.positions, read.unread)
            store_usage(unit, told)


METERING_INTERVIEWER = _MeteringInterviewer()


def _positions(reader: Reader, ids: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    own = metering_states.c
    mine = (member_of(reader.connection, own.computer_id, ids), own.class_name == CLASS)
    rows = reader.connection.execute(sa.select(own.computer_id, own.positions).where(*mine))
    return {row[0]: row[1] for row in rows if isinstance(row[1], dict)}


def _places(held: Mapping[str, Any] | None) -> list[Any]:
    return [(held or {}).get(kind) for kind in KINDS]


class _MeteringInterview:
    """One computer that is read."""

    def __init__(self, talk: Conversation) -> None:
        self.talk = talk
        self.question: UsageQuestion = talk.question
        self.until = time.monotonic() + talk.limit_s

    def outcome(self) -> CommandOutcome:
        """Read its logs, ask where programs are, and return what came of it."""
        token, out = secrets.token_hex(16), KeptBytes(_LONGEST)
        read = self._ask(self._script(token), out, _LONGEST)
        if (ended := self._ended(read)) is not None:
            return ended
        try:
            answer = usage_answer(bytes(out.data), token)
        except NotAnAnswerError as error:
            return self._garbled(error, read)
        found = read_usage(answer, self.question.positions, self._programs(answer), self.question.at)
        message = _sentence(found)
        if found.unread and not answer.parts and not answer.running:
            what = f"nothing tells which programs {shown(self.talk.transport.endpoint.name)} used"
            return self._failed(InventoryGarbledError(what, why=found.unread, hint="accounting: apt install acct"))
        page = f"{message}\n".encode("utf-8", "replace")
        done = CommandOutcome(RemoteState.SUCCEEDED, self.talk.marker, exit_status=0, message=message)
        brought = ReadHarvest(self.question.at, found, self.question.positions)
        return replace(done, stdout=Captured(page, total=len(page)), host=read.host, brought=brought)

    def _script(self, token: str) -> bytes:
        given, held = self.talk.options, self.question.positions
        names = {
            "token": token,
            "limit": str(MOST_BYTES),
            "accounting": " ".join(given["accounting"] or ACCOUNTING),
            "audit": " ".join(given["audit"] or AUDIT),
            **{f"held_{kind}": _place(held.get(kind)) for kind in KINDS},
        }
        return _script_of("read_usage.sh", names)

    def _programs(self, answer: UsageAnswer) -> Mapping[str, NamedProgram]:
        """Return where the programs are that accounting names; nothing where the computer does not say."""
        names = askable(names_in(answer))
        if not names:
            return {}
        token, out = secrets.token_hex(16), KeptBytes(_LONGEST_NAMES)
        script = _script_of("name_programs.sh", {"token": token, "names": " ".join(names)})
        try:
            read = self._ask(script, out, _LONGEST_NAMES)
            return programs_named(bytes(out.data), token) if read.end is End.EXITED else {}
        except (ItmsError, NotAnAnswerError):  # what was used is known all the same
            return {}

    def _ask(self, script: bytes, out: Sink, limit: int) -> ReadOut:
        left = max(1.0, self.until - time.monotonic())
        inquiry = Inquiry(script, ("sh",), ("-s",), self.talk.run_as, _NICE, left, limit)
        return self.talk.transport.read_out(inquiry, out)

    def _ended(self, read: ReadOut) -> CommandOutcome | None:
        """Return the outcome of a script that did not come to an end by itself; None for one that did."""
        name = shown(self.talk.transport.endpoint.name)
        long = InventoryTooLongError(f"{name} sent more than {_LONGEST >> 20} MiB; nothing is kept")
        late = RemoteKilledError(f"{name} was not read in {self.talk.limit_s:g} s; nothing is kept")
        return cut_short(self.talk, read, long, late)

    def _failed(self, error: ItmsError) -> CommandOutcome:
        return CommandOutcome.of_error(RemoteState.FAILED, self.talk.marker, error)

    def _garbled(self, error: NotAnAnswerError, read: ReadOut) -> CommandOutcome:
        name = shown(self.talk.transport.endpoint.name)
        why = f"it said: {shown(read.stderr.joined()) or 'nothing'}"
        return self._failed(InventoryGarbledError(f"{name} answered with no usage: {error}", why=why))


def _sentence(found: ReadUsage) -> str:
    said = counted(len(found.events), "event")
    more = "; there is more, which the next reading takes" if found.behind else ""
    return f"{said}{more}" + (f"; {found.unread}" if found.unread else "")


def _place(held: Any) -> str:
    """Return a place as the script takes it; the beginning where it is none."""
    match held:
        case [str(mark), int(place)] if mark.isalnum() and place >= 0:
            return f"{mark} {place}"
    return "- 0"


def _script_of(name: str, values: Mapping[str, str]) -> bytes:
    head = "".join(f"{key}={shell_arg(value)}\n" for key, value in values.items())
    return (head + files("itmsctl.metering").joinpath(name).read_text(encoding="ascii")).encode("ascii")

"""A later room with two kinds of task: one asks computers for their names and keeps what they said, one acts there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError, LinkLostError
from itmsctl.resources.rows import resources
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Errand, Interview, Operation
from itmsctl.tasks.rows import members
from itmsctl.tasks.service.interviews import Conversation
from itmsctl.transports.outcome import Command, CommandOutcome, RemoteState
from itmsctl.transports.streaming import Inquiry

KEPT: list[tuple[int, bytes, str]] = []  # computer, what it said, and its state as the unit of work sees it
UNITS: list[int] = []  # how many computers were stored in each unit of work


@dataclass
class Said:
    """What a computer brought."""

    data: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> None:
        self.data += data

    @property
    def size(self) -> int:
        return len(self.data)


class Asker:
    """Reads the name of a computer back from it."""

    def questions(self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> Mapping[int, str]:
        assert set(options) in ({"greeting"}, set())
        found = reader.connection.execute(sa.select(resources.c.id, resources.c.name).where(resources.c.id.in_(ids)))
        return {row.id: row.name for row in found}

    def interview(self, talk: Conversation) -> CommandOutcome:
        if talk.question == "lost":
            raise LinkLostError("the connection was lost")
        said = Said()
        text = f"printf '%s %s' {talk.options['greeting']} {talk.question}\n"
        read = talk.transport.read_out(Inquiry(text.encode(), ("sh",), ("-s",), limit_s=talk.limit_s), said)
        return CommandOutcome(RemoteState.SUCCEEDED, talk.marker, exit_status=0, host=read.host, brought=said)

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Said]]) -> None:
        UNITS.append(len(brought))
        for computer, said in brought:
            state = unit.scalar(sa.select(members.c.state).where(members.c.computer_id == computer))
            if b"refused" in said.data:
                raise InputError("no database takes this")
            KEPT.append((computer, bytes(said.data), state))


class Doer:
    """Acts on a computer: its text runs once under the marker, and the end is settled by what it wrote."""

    lose_settling = False  # the computer cannot be asked once what ran has ended
    settled: ClassVar[list[str]] = []

    def questions(self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> Mapping[int, str]:
        del reader
        return dict.fromkeys(ids, "asked")

    def interview(self, talk: Conversation) -> CommandOutcome:
        ran = talk.transport.run(Command(talk.marker, talk.options["text"].encode(), time_limit_s=talk.limit_s))
        if self.lose_settling:
            raise LinkLostError("the connection was lost")
        return ran if ran.exit_status is None else self.settle(talk, ran)

    def settle(self, talk: Conversation, answer: CommandOutcome) -> CommandOutcome:
        self.settled.append(talk.question)
        said = answer.stdout.joined().decode().strip()
        state = RemoteState.SUCCEEDED if said == "good" else RemoteState.FAILED
        return replace(answer, state=state, message=f"it said {said}", leads_to=0 if said == "good" else 8)

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Said]]) -> None:
        raise AssertionError


def _errands(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (Errand(arguments),)


DO = Action("do-once", "Do something.", _errands, arguments=(Argument("text", "What to do.", required=True),))
DOER = Doer()


def _operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
    return (Interview(arguments),)


ACTION = Action(
    "ask-name",
    "Ask a computer for its name.",
    _operations,
    arguments=(Argument("greeting", "What to say.", default="hello"),),
    idempotent=True,
)
ASKER = Asker()

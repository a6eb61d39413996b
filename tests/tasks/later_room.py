"""A later room with a kind of task that reads computers: it asks each for its own name, and keeps what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError, LinkLostError
from itmsctl.resources.rows import resources
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Interview, Operation
from itmsctl.tasks.rows import members
from itmsctl.tasks.service.interviews import Conversation
from itmsctl.transports.outcome import CommandOutcome, RemoteState
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

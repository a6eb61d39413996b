"""The errand of the kind of task `delivery`: what each computer is asked, and what it showed is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.packages.service.copy_states import told_corrupt
from itmsctl.software.delivering import SOURCE
from itmsctl.software.service import states
from itmsctl.software.service.asked import questions_of
from itmsctl.software.service.delivery_step import DeliveryStep
from itmsctl.tasks.service.interviews import Conversation
from itmsctl.transports.outcome import CommandOutcome


class _Deliverer:
    """Delivers software for the CMDB (`tasks.service.interviews.Errander`)."""

    def questions(self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> Mapping[int, Any]:
        """Return what each computer is to have."""
        return questions_of(reader, ids, options) if options else {}

    def interview(self, talk: Conversation) -> CommandOutcome:
        """Bring about what is asked for, as far as it is not so. Raises ItmsError where nothing was begun."""
        return DeliveryStep(talk).outcome()

    def settle(self, talk: Conversation, answer: CommandOutcome) -> CommandOutcome:
        """Return what the end that a marker told means, proven by detection. Raises ItmsError."""
        if talk.question is None or talk.question.refused is not None:
            return answer
        return DeliveryStep(talk).settled(answer)

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Any]]) -> None:
        """Store the states that computers showed."""
        states.tell(
            unit,
            [
                states.ToldState(one.software_id, computer, one.state, one.reason, SOURCE, shown_by.at, one.restart)
                for computer, shown_by in brought
                for one in shown_by.seen
            ],
        )
        for _, one in brought:
            for copies in one.corrupt:
                told_corrupt(unit, copies.servers, copies.digest, copies.message)


DELIVERER = _Deliverer()

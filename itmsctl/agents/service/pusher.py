"""The errand of the kind of task `agent`: the file is built once for all, and what each computer prints is taken on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from itmsctl.agents.event import read_event
from itmsctl.agents.form import FormError
from itmsctl.agents.kinds import APPROVED, PENDING, REVOKED, SUSPENDED
from itmsctl.agents.pushing import PUSH, install_script, registration_in, uninstall_script
from itmsctl.agents.service import registry, trust
from itmsctl.agents.service.building import AgentPlan, file_of
from itmsctl.agents.service.settings import AGENT_SETTINGS_SHELF, settings_of
from itmsctl.agents.service.taking import take
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FailedError, InputError, ItmsError, NotFoundError
from itmsctl.packages.service.errand_ends import begun_or_not, ended
from itmsctl.tasks.service.interviews import Conversation
from itmsctl.transports.outcome import Command, CommandOutcome, RemoteState

_KEPT = 64 << 10


@dataclass(frozen=True, slots=True)
class PushQuestion:
    """What a computer is given: the file of the agent; `refused` is why it cannot be."""

    file: bytes = b""
    refused: ItmsError | None = None


@dataclass(frozen=True, slots=True)
class BroughtAgent:
    """What a computer brought: its registration; nothing where its agent was taken away."""

    event: bytes = b""

    @property
    def size(self) -> int:
        """Return about how many bytes will be stored."""
        return 2048


class _AgentPusher:
    """Puts agents on computers for the CMDB (`tasks.service.interviews.Errander`)."""

    def questions(self, reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> Mapping[int, Any]:
        """Return what each computer is given; a file is built once for those with the same settings."""
        if not options or options["do"] != PUSH:
            return {}
        named = options["settings"]
        built_with = AgentPlan(inbox_key=options["inbox_key"], known_hosts=options["inbox_hosts"])
        docs = dict.fromkeys(ids, AGENT_SETTINGS_SHELF.get(reader, named)) if named else settings_of(reader, ids)
        made: dict[int, PushQuestion] = {}
        for doc in docs.values():
            if doc.id not in made:
                try:
                    made[doc.id] = PushQuestion(file_of(reader, built_with, doc))
                except ItmsError as error:
                    made[doc.id] = PushQuestion(refused=error)
        nothing = PushQuestion(
            refused=NotFoundError("no agent settings are for this computer", hint="itmsctl agent-settings add NAME")
        )
        return {id_: made[docs[id_].id] if id_ in docs else nothing for id_ in ids}

    def interview(self, talk: Conversation) -> CommandOutcome:
        """Install the agent, or take it away. Raises ItmsError where nothing was begun."""
        if talk.options["do"] == PUSH:
            if talk.question is None:
                raise InputError("an agent is the same for all computers", hint="its arguments take no template")
            if talk.question.refused is not None:
                raise talk.question.refused
            command = Command(
                talk.marker, install_script(talk.question.file, talk.options["timer"]), "python3",
                run_as=talk.run_as, time_limit_s=talk.limit_s, head_bytes=_KEPT,
            )  # fmt: skip
        else:
            command = Command(talk.marker, uninstall_script(), run_as=talk.run_as, time_limit_s=talk.limit_s)
        return begun_or_not(talk.marker, lambda: self.settle(talk, talk.transport.run(command)))

    def settle(self, talk: Conversation, answer: CommandOutcome) -> CommandOutcome:
        """Return what the end of an installation means: one that prints no registration has failed."""
        if answer.state is not RemoteState.SUCCEEDED:
            return answer
        if talk.options["do"] != PUSH:
            return replace(answer, message="the agent is gone", brought=BroughtAgent())
        found = registration_in(answer.stdout.joined())
        try:
            event = read_event(found or b"")
        except FormError as error:
            why = f"the agent did not say who it is: {error}"
            return ended(talk.marker, RemoteState.FAILED, FailedError.code, why, leads_to=FailedError.exit_status)
        return replace(
            answer, message=f"agent {event.agent[:12]} is there, and taken on", brought=BroughtAgent(found or b"")
        )

    def store(self, unit: UnitOfWork, brought: Sequence[tuple[int, Any]]) -> None:
        """Take on the agents that computers brought: we reached them, so they are who they say."""
        for computer, one in brought:
            if one.event:
                event = read_event(one.event)
                take(unit, event, patient=False)
                found = registry.find(unit, event.agent)
                if found is not None and found.state == PENDING:
                    trust.approve_for(unit, found, computer, replace_others=True)
                continue
            for gone in registry.of_computer(unit, computer, (APPROVED, SUSPENDED)):
                with suppress(ItmsError):
                    trust.put_into(unit, gone, REVOKED, "it was uninstalled")


AGENT_PUSHER = _AgentPusher()

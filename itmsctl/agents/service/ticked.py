"""What agent settings do when the tick runs them: the server function `agents`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from itmsctl.agents.service.collecting import collect, inboxes
from itmsctl.agents.service.publishing import publish
from itmsctl.agents.service.settings import AGENT_SETTINGS_SHELF
from itmsctl.agents.service.taking import REFUSED_EVENT
from itmsctl.errors import PartialError
from itmsctl.tasks.service.serving import UNCHANGED, Call, done
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.values.counts import counted


def serve_agents(call: Call) -> CommandOutcome:
    """Take in what agents told, then publish their policy (hook `server_function:agents`).

    Raises PartialError where events were refused, once all had their turn.
    """
    with call.store.read() as reader:
        fields = AGENT_SETTINGS_SHELF.get(reader, call.arguments["settings"]).fields
    place = fields["collected"] or fields["inbox"]
    came = list(collect(call.store, inboxes(call.store, [place]))) if not place.startswith("sftp://") else []
    published = publish(call.store)
    states = Counter(one.taken.state for one in came)
    said = f"{counted(len(came), 'event')}: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}"
    said = f"{said if came else 'no event'}; {counted(published.written, 'policy', 'policies')} written"
    if states[REFUSED_EVENT]:
        raise PartialError(said, hint=f"see quarantine in {Path(place)}")
    return done(call, said, "", reason="" if came or published.written else UNCHANGED)

"""What a rule does when the tick runs it: the server function `replication`."""

from __future__ import annotations

from itmsctl.tasks.service.serving import UNCHANGED, Call, done
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.values.counts import counted


def replicate(call: Call) -> CommandOutcome:
    """Give the neighbours of a rule what it says (hook `server_function:replication`)."""
    from itmsctl.replication.service.running import run

    ran = run(call.store, [call.arguments["rule"]], complete=call.arguments["complete"])
    lines = "\n".join(one.sentence() for one in ran)
    records = sum(one.records for one in ran)
    said = f"{counted(records, 'record')} to {counted(len(ran), 'server')}"
    return done(call, said, lines, reason="" if records else UNCHANGED)

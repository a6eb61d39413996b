"""What a rule does when the tick runs it: the server function `replication`."""

from __future__ import annotations

import os

from itmsctl.tasks.service.serving import UNCHANGED, Call, done
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import shell_arg


def replicate(call: Call) -> CommandOutcome:
    """Give the neighbours of a rule what it says (hook `server_function:replication`).

    Raises PartialError, once all had their turn, where one was not reached or refused something.
    """
    from itmsctl.errors import PartialError
    from itmsctl.replication.service.running import run
    from itmsctl.replication.service.secrets import opened_vault
    from itmsctl.security.service.unlocking import Unlocking

    vault = opened_vault(call.store, Unlocking(systemd_folder=os.environ.get("CREDENTIALS_DIRECTORY")))
    ran = run(call.store, [call.arguments["rule"]], complete=call.arguments["complete"], vault=vault)
    lines = "\n".join(one.sentence() for one in ran)
    records = sum(one.records for one in ran)
    wrong = [one for one in ran if one.exit_status]
    if wrong:
        raise PartialError(
            "; ".join(one.sentence() for one in wrong),
            why=f"{len(wrong)} of {counted(len(ran), 'server')} did not get all that the rule gives",
            hint=f"itmsctl replication run {shell_arg(call.arguments['rule'])}",
        )
    said = f"{counted(records, 'record')} to {counted(len(ran), 'server')}"
    return done(call, said, lines, reason="" if records else UNCHANGED)

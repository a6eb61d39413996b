"""The group `registration-rule`."""

from __future__ import annotations

from itmsctl.agents import columns
from itmsctl.agents.kinds import REGISTRATION_RULE
from itmsctl.cli.nouns import noun_group

registration_rule_app = noun_group(
    REGISTRATION_RULE,
    columns.REGISTRATION_RULE,
    examples={
        "add": "itmsctl registration-rule add ours --action approve --where \"known_by_serial and site = 'rome'\"",
        "set": "itmsctl registration-rule set ours --rank 10",
        "list": "itmsctl registration-rule list -o table",
    },
)

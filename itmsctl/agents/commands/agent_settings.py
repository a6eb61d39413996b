"""The group `agent-settings`."""

from __future__ import annotations

from itmsctl.agents import columns
from itmsctl.agents.kinds import AGENT_SETTINGS
from itmsctl.cli.nouns import noun_group
from itmsctl.policies.commands.triggering import occurrences_section, rows_with_last, triggering_verbs

agent_settings_app = noun_group(
    AGENT_SETTINGS,
    columns.AGENT_SETTINGS,
    verbs=("add", "set", "list", "show", "remove"),
    rows=rows_with_last,
    sections=occurrences_section,
    examples={
        "add": "itmsctl agent-settings add usual --folder /srv/itms/policy --inbox /srv/itms/inbox --interval 1h",
        "set": "itmsctl agent-settings set usual --interval 2h --splay 20m",
        "clone": "itmsctl agent-settings clone usual rome --site rome --folder /srv/rome/policy",
        "list": "itmsctl agent-settings list -o table",
    },
)
triggering_verbs(agent_settings_app, AGENT_SETTINGS, "usual")

"""The group `agent-settings`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from itmsctl.agents import columns
from itmsctl.agents.kinds import AGENT_SETTINGS
from itmsctl.cli.nouns import noun_group
from itmsctl.policies.commands.triggering import triggering_verbs


def _rows(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.policies.service.listing import NEVER_DUE, last_of

    latest = last_of(reader, docs) if present else {}
    return (doc.as_dict() | latest.get(doc.id, NEVER_DUE) for doc in docs)


def _sections(reader: Any, doc: Any) -> dict[str, Any]:
    from itmsctl.policies.service.listing import told_of

    return {"occurrences": told_of(reader, doc)}


agent_settings_app = noun_group(
    AGENT_SETTINGS,
    columns.AGENT_SETTINGS,
    verbs=("add", "set", "list", "show", "remove"),
    rows=_rows,
    sections=_sections,
    examples={
        "add": "itmsctl agent-settings add usual --folder /srv/itms/policy --inbox /srv/itms/inbox --interval 1h",
        "set": "itmsctl agent-settings set usual --interval 2h --splay 20m",
        "clone": "itmsctl agent-settings clone usual rome --site rome --folder /srv/rome/policy",
        "list": "itmsctl agent-settings list -o table",
    },
)
triggering_verbs(agent_settings_app, AGENT_SETTINGS, "usual")

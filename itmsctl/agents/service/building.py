"""Agents built: what a file is told from the beginning."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import itmsctl
from itmsctl.agents.content import USUAL_INTERVAL_S
from itmsctl.agents.service.agent_file import agent_file
from itmsctl.agents.service.server_key import policy_key, policy_public
from itmsctl.agents.service.settings import for_building
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.documents.files import read_text, replacing
from itmsctl.errors import InputError

_MOST_KEY = 64 << 10


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """What an agent is built with; what is not said follows from agent settings."""

    site: str | None = None
    settings: str | None = None
    source: str | None = None
    inbox: str | None = None
    inbox_key: str | None = None  # a file with the private key that lets it into an inbox over SFTP
    known_hosts: str | None = None


def build(store: Store, plan: AgentPlan) -> bytes:
    """Return the file of an agent. Raises InputError where nothing says where it reads and tells, NotFoundError."""
    policy_key(store)
    with store.read() as reader:
        doc = for_building(reader, plan.site, plan.settings) if not (plan.source and plan.inbox) else None
        return file_of(reader, plan, doc)


def file_of(reader: Reader, plan: AgentPlan, doc: Doc | None) -> bytes:
    """Return the file of an agent with these settings. Raises as `build`."""
    fields: dict[str, Any] = dict(doc.fields) if doc is not None else {}
    source = plan.source or fields.get("source") or fields.get("folder")
    inbox = plan.inbox or fields.get("inbox")
    if not source or not inbox:
        raise InputError(
            "nothing says where the agent reads its policy and where it tells",
            hint="itmsctl agent-settings add NAME --folder DIR --inbox DIR; or --from PLACE --inbox PLACE",
        )
    if inbox.startswith("sftp://") and not (plan.inbox_key and plan.known_hosts):
        raise InputError(
            "an inbox over SFTP needs a key and the server's host key",
            hint="--inbox-key FILE, and --known-hosts FILE; of agent push: --inbox-hosts FILE",
        )
    told = {
        "version": itmsctl.__version__,
        "keys": [policy_public(reader).raw.hex()],
        "source": source,
        "inbox": inbox,
        "site": plan.site or fields.get("site") or "",
        "interval_s": int(fields.get("interval_s") or USUAL_INTERVAL_S),
        "inbox_key": read_text(plan.inbox_key, _MOST_KEY) if plan.inbox_key else "",
        "known_hosts": read_text(plan.known_hosts, _MOST_KEY) if plan.known_hosts else "",
    }
    return agent_file(told)


def write_agent(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write the file so that only its owner may read it: it may hold the key of an inbox. Raises OutputExistsError."""
    with replacing(path.expanduser(), 0o700, force=force) as stream:
        stream.write(data)

"""Agents whose policy says the same: what a group says is written down and compared once, however many are in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.agents.content import USUAL_LASTS_S, PolicyPart, basic_part, content_digest, settings_said
from itmsctl.agents.form import canonical, digest

STOP = "stop "
"""Before the state of an agent that shall do nothing, where others have the digest of what their policy says."""


@dataclass(frozen=True, slots=True)
class AgentGroup:
    """Agents with the same settings and the same sources of policy, by their keys in order."""

    settings: str
    sources: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return what it is known by."""
        return digest(canonical([self.settings, list(self.sources)]))[:32]


@dataclass(frozen=True, slots=True)
class AgentProgram:
    """The file of an agent that is the same for all: it finds where it reads and tells kept on its computer."""

    version: str
    data: bytes

    @property
    def name(self) -> str:
        """Return its digest, by which signed policy names it."""
        return digest(self.data)


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """What the policy of a group says, and where it is written."""

    said: Mapping[str, Any]
    parts: tuple[PolicyPart, ...]
    folder: str
    lasts_s: float
    content: str
    program: AgentProgram | None = None

    def content_with(self, again: Mapping[str, Any] | None) -> str:
        """Return the digest of what it says to one that is asked something again."""
        return self.content if not again else content_digest({**self.said, "again": dict(again)})


def policy_of(
    keys: list[str], fields: Mapping[str, Any], parts: Iterable[PolicyPart], folder: str, program: AgentProgram | None
) -> GroupPolicy:
    """Return the policy of a group whose settings have these fields; `keys` are those that sign it.

    `program` is the version that its agents shall have, where they renew themselves.
    """
    own = tuple(sorted((basic_part(fields), *parts), key=lambda part: part.name))
    said: dict[str, Any] = {
        "keys": keys,
        "settings": settings_said(fields),
        "parts": [part.name for part in own],
        "again": None,
    }
    if program is not None:
        said["update"] = {"version": program.version, "sha256": program.name}
    lasts_s = float(fields["lasts_s"] or USUAL_LASTS_S)
    return GroupPolicy(said, own, folder, lasts_s, content_digest(said), program)

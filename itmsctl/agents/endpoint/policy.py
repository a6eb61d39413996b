"""Which policy an agent believes: signed by its server, for this agent, never older than the last, not expired."""

from __future__ import annotations

import json
import os
from typing import Any

from itmsctl.agents.endpoint.ed25519 import is_signed
from itmsctl.agents.endpoint.home import AgentHome
from itmsctl.agents.endpoint.reading import SourceError, read
from itmsctl.agents.form import MAX_HEAD, POLICY_SPACE, FormError, digest, read_head, split
from itmsctl.inventory.endpoint.own_files import small_file, write_whole
from itmsctl.packages.trust.sshsig_form import taken_apart, to_sign

_MOST_PART = 16 << 20
_AHEAD_S = 86_400  # by which a clock may be behind that of the server


class RefusedPolicyError(Exception):
    """A policy is not believed; the text says why, and the word before it which rule it breaks."""

    def __init__(self, word: str, why: str) -> None:
        super().__init__(why)
        self.word = word


def believed(data: bytes, agent: str, keys: list[str], last: int, now: int) -> dict[str, Any]:
    """Return what a policy says. `last` is the number of the one before it. Raises RefusedPolicyError."""
    try:
        line, signature, _ = split(data)
        head = read_head(line)
    except FormError as error:
        raise RefusedPolicyError("damaged", str(error)) from None
    found = taken_apart(signature, POLICY_SPACE)
    if found is None or found[0].hex() not in keys:
        raise RefusedPolicyError("signature", "it is not signed by the server of this agent")
    if not is_signed(found[0], to_sign(line, POLICY_SPACE), found[1]):
        raise RefusedPolicyError("tampered", "it was changed after it was signed")
    if head.get("agent") != agent:
        raise RefusedPolicyError("other", f"it is the policy of another agent, {str(head.get('agent'))[:32]}")
    number, issued, expires = (head.get(name) for name in ("number", "issued", "expires"))
    if not (isinstance(number, int) and isinstance(issued, int) and isinstance(expires, int)):
        raise RefusedPolicyError("damaged", "it has no number, or no dates")
    if number < last:
        raise RefusedPolicyError("older", f"it is number {number}, and number {last} was believed before")
    if issued > now + _AHEAD_S:
        raise RefusedPolicyError("clock", "it is from the future: the clock of this computer is behind")
    if now >= expires and not head.get("stop"):  # who was stopped once stays so until something newer comes
        raise RefusedPolicyError("expired", f"it was good until {expires}, and it is {now}")
    return head


class HeldPolicy:
    """The policy of this agent, as it was believed last, with its parts."""

    def __init__(self, home: AgentHome, keys: list[str]) -> None:
        self.home = home
        self.keys = list(home.state.get("keys") or keys)
        self.head: dict[str, Any] = {}
        self.refused = ""
        self.news = False

    def held(self, now: int) -> None:
        """Take what is kept; what has expired meanwhile, or was changed here, counts no more."""
        try:
            data = small_file(self.home.path("policy"), MAX_HEAD)
            self.head = believed(data, self.home.id, self.keys, self.home.state.get("policy", 0), now)
        except OSError:
            return
        except RefusedPolicyError as error:
            self.refused = f"{error.word}: {error}"

    def fetch(self, source: str, now: int) -> bool:
        """Look for a newer one; return whether there is any for this agent. Raises SourceError, RefusedPolicyError."""
        tag = self.home.state.get("tag", "") if self.head else ""
        found = read(source, f"agents/{self.home.id}.policy", MAX_HEAD, tag)
        if found.same:
            return True
        if found.data is None:
            return False
        head = believed(found.data, self.home.id, self.keys, self.home.state.get("policy", 0), now)
        self._bring_parts(source, head)
        self.news = head != self.head
        if self.news:
            write_whole(self.home.path("policy"), found.data, 0o600)
        self.head, self.refused = head, ""
        keys = head.get("keys")
        more = {"keys": keys} if isinstance(keys, list) and keys else {}
        self.home.keep(policy=head["number"], tag=found.tag, **more)
        self._drop_parts()
        return True

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings of this agent."""
        found = self.head.get("settings")
        return found if isinstance(found, dict) else {}

    @property
    def stopped(self) -> str:
        """Return why this agent shall do nothing and tell nothing: it was revoked, or suspended; empty where it may."""
        return str(self.head.get("stop") or "")

    def duties(self, kind: str) -> list[dict[str, Any]]:
        """Return what there is to do of a kind, of all parts."""
        found: list[dict[str, Any]] = []
        for name in self._parts(self.head):
            try:
                data = small_file(self.home.path("parts", name), _MOST_PART)
                said = json.loads(data.decode("utf-8")) if digest(data) == name else {}
            except (OSError, ValueError):
                said = {}
            listed = said.get(kind) if isinstance(said, dict) else None
            found += [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        return found

    @staticmethod
    def _parts(head: dict[str, Any]) -> list[str]:
        listed = head.get("parts")
        return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []

    def _bring_parts(self, source: str, head: dict[str, Any]) -> None:
        folder = self.home.part("parts")
        for name in self._parts(head):
            if len(name) != 64 or not name.isalnum():
                raise RefusedPolicyError("damaged", "a part of it has no proper name")
            try:
                if digest(small_file(os.path.join(folder, name), _MOST_PART)) == name:
                    continue
            except OSError:
                pass
            part = read(source, f"parts/{name}", _MOST_PART)
            if part.data is None:
                raise SourceError(f"{source}/parts/{name} is not there yet")
            if digest(part.data) != name:
                raise RefusedPolicyError("tampered", f"its part {name[:12]} is not the one that was signed")
            write_whole(os.path.join(folder, name), part.data, 0o600)

    def _drop_parts(self) -> None:
        folder = self.home.part("parts")
        for name in os.listdir(folder):
            if name not in self._parts(self.head):
                os.unlink(os.path.join(folder, name))

"""Policy published: for each agent that is trusted a signed file, where what it says has changed or will expire soon.

The file is written before its number is noted: a publisher that was killed writes the same number again, and agents
take what is not older than what they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from itmsctl.agents.agent import Agent
from itmsctl.agents.content import USUAL_LASTS_S, PolicyPart, content_digest, settings_said
from itmsctl.agents.form import POLICY_SPACE, joined, written
from itmsctl.agents.kinds import APPROVED, REVOKED, SUSPENDED
from itmsctl.agents.rows import agents
from itmsctl.agents.service import registry
from itmsctl.agents.service.duties import duties_of
from itmsctl.agents.service.server_key import policy_key
from itmsctl.agents.service.settings import in_use, settings_of
from itmsctl.cmdb import bulk
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.faults import writing
from itmsctl.documents.files import replacing
from itmsctl.packages.trust import sshsig
from itmsctl.packages.trust.keys import SigningKey

AGENTS, PARTS = "agents", "parts"
_END = ".policy"


@dataclass
class Published:
    """What a publishing did: files written, kept, taken away; and agents that nothing could be written for, and why."""

    written: int = 0
    kept: int = 0
    removed: int = 0
    folders: list[str] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        missing = [{"agent": name, "why": why} for name, why in self.missing]
        return {"written": self.written, "kept": self.kept, "removed": self.removed, "folders": self.folders,
                "missing": missing}  # fmt: skip


class _Wanted(NamedTuple):
    """What is to be published for an agent, and where."""

    agent: Agent
    folder: Path
    said: Mapping[str, Any]
    parts: tuple[PolicyPart, ...]
    lasts_s: float

    @property
    def content(self) -> str:
        """Return the digest of what it says."""
        return content_digest(self.said)

    def is_current(self, now: datetime) -> bool:
        """Return whether what was published last says the same, and is good for half of its time at least."""
        expires = self.agent.expires_at
        if "stop" in self.said:
            return self.agent.content == self.content
        is_fresh = expires is not None and expires - now > timedelta(seconds=self.lasts_s / 2)
        return is_fresh and self.agent.content == self.content


def publish(store: Store, out: Path | None = None, *, again: bool = False) -> Published:
    """Write the policy of all agents that are trusted into the folders of their settings, or into one that is named.

    `again` writes all of it. Raises StorageError where a folder cannot be written: what was written is noted.
    """
    key = policy_key(store)
    done = Published()
    with store.read() as reader:
        wanted = list(_wanted(reader, key, out, done))
        folders = [out] if out else [Path(doc.fields["folder"]) for doc in in_use(reader) if doc.fields["folder"]]
        now = reader.now
    by_folder: dict[Path, list[_Wanted]] = {folder: [] for folder in folders}
    for one in wanted:
        by_folder.setdefault(one.folder, []).append(one)
    numbers: list[tuple[_Wanted, int, str, Any]] = []
    try:
        for folder, members in by_folder.items():
            done.folders.append(str(folder))
            place = _Place(folder)
            place.put_parts(part for one in members for part in one.parts)
            for one in members:
                if not again and one.agent.guid in place.there and one.is_current(now):
                    done.kept += 1
                    continue
                number, until = one.agent.policy + 1, now + timedelta(seconds=one.lasts_s)
                place.put(one.agent.guid, _file(one, number, now, until, key))
                numbers.append((one, number, one.content, until))
            done.removed += place.take_away(
                {one.agent.guid for one in members}, {p.name for one in members for p in one.parts}
            )
    finally:
        if numbers:
            store.write(lambda unit: _note(unit, numbers))
            done.written = len(numbers)
    return done


def _wanted(reader: Reader, key: SigningKey, out: Path | None, done: Published) -> Iterable[_Wanted]:
    known = registry.listed(reader, (APPROVED, REVOKED, SUSPENDED))
    trusted = [one for one in known if one.computer is not None and (one.state == APPROVED or one.policy)]
    settings = settings_of(reader, [one.computer for one in trusted if one.computer is not None])
    duties = duties_of(reader, settings)
    keys = [key.public.raw.hex()]
    for agent in trusted:
        assert agent.computer is not None
        doc: Doc | None = settings.get(agent.computer)
        if agent.state != APPROVED and (doc is None or not (out or doc.fields["folder"])):
            continue
        if doc is None:
            done.missing.append((agent.name, "no agent settings are for it"))
            continue
        folder = out or (Path(doc.fields["folder"]) if doc.fields["folder"] else None)
        if folder is None:
            done.missing.append((agent.name, f"agent settings `{doc.name}` name no folder"))
            continue
        said: dict[str, Any]
        if agent.state != APPROVED:
            said = {"agent": agent.guid, "keys": keys, "stop": agent.state, "parts": []}
            yield _Wanted(agent, folder, said, (), doc.fields["lasts_s"] or USUAL_LASTS_S)
            continue
        parts = duties[agent.computer]
        said = {
            "agent": agent.guid,
            "keys": keys,
            "settings": settings_said(doc.fields),
            "parts": [part.name for part in parts],
            "again": dict(agent.again) if agent.again else None,
        }
        yield _Wanted(agent, folder, said, parts, doc.fields["lasts_s"] or USUAL_LASTS_S)


def _file(one: _Wanted, number: int, now: Any, until: Any, key: SigningKey) -> bytes:
    dates = {"number": number, "issued": int(now.timestamp()), "expires": int(until.timestamp())}
    line = written({**one.said, **dates})
    return joined(line, sshsig.signature(key, line, POLICY_SPACE))


def _note(unit: UnitOfWork, numbers: list[tuple[_Wanted, int, str, Any]]) -> None:
    moment = bulk.moment
    rows = [(number, digest, moment(unit.connection, until), one.agent.id) for one, number, digest, until in numbers]
    bulk.update(unit.connection, agents.name, ("policy", "content", "expires_at"), ("id",), rows)
    unit.note("agent", published=len(rows))


class _Place:
    """A folder that policy is published to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with writing(str(folder)):
            for name in (AGENTS, PARTS):
                (folder / name).mkdir(parents=True, exist_ok=True, mode=0o755)
            self.there = {path.stem for path in (folder / AGENTS).iterdir() if path.suffix == _END}
            self.parts = {path.name for path in (folder / PARTS).iterdir()}

    def put(self, agent: str, data: bytes) -> None:
        """Write the policy of an agent."""
        path = self.folder / AGENTS / f"{agent}{_END}"
        with writing(str(path)), replacing(path, 0o644) as stream:
            stream.write(data)

    def put_parts(self, parts: Iterable[PolicyPart]) -> None:
        """Write parts that are not there: before what names them."""
        for part in parts:
            if part.name in self.parts:
                continue
            path = self.folder / PARTS / part.name
            with writing(str(path)), replacing(path, 0o644) as stream:
                stream.write(part.data)
            self.parts.add(part.name)

    def take_away(self, agents_in: set[str], parts_in: set[str]) -> int:
        """Take away the policy of agents that are trusted no more, and parts that nothing names; return how many."""
        gone = [self.folder / AGENTS / f"{name}{_END}" for name in self.there - agents_in]
        gone += [self.folder / PARTS / name for name in self.parts - parts_in]
        with writing(str(self.folder)):
            for path in gone:
                with suppress(FileNotFoundError):
                    path.unlink()
        return len(gone)

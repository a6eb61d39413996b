"""Policy published: for each agent that is trusted a signed file, where what it says has changed or will expire soon.

The number of a file is noted before it is written, so that no number is ever given to two of them; what it says is
noted afterwards: after a publisher that was killed the next one writes again what is not noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from itmsctl.agents.form import POLICY_SPACE, joined, written
from itmsctl.agents.groups import AgentGroup
from itmsctl.agents.rows import agents
from itmsctl.agents.service import published
from itmsctl.agents.service.due_files import DueFiles, PolicyFile
from itmsctl.agents.service.looking import Look, Looked
from itmsctl.agents.service.package_shelf import PackageShelf
from itmsctl.agents.service.policy_folder import PolicyFolder
from itmsctl.agents.service.published import LastPublished
from itmsctl.agents.service.server_key import policy_key
from itmsctl.agents.service.settings import in_use
from itmsctl.cmdb import bulk
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.locks import locked
from itmsctl.errors import BusyError
from itmsctl.packages.trust import sshsig
from itmsctl.packages.trust.keys import SigningKey

_AT_ONCE = 5000  # files after which it is noted that they are written


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


class _Plan(NamedTuple):
    """What a publishing has to do."""

    now: datetime
    last: LastPublished
    looked: Looked
    files: Sequence[PolicyFile]
    kept: int
    groups: Mapping[int, AgentGroup]  # that are there before and stay
    expected: Mapping[str, set[str]] | None  # the agents of each folder, where all were looked at
    places: Mapping[str, PolicyFolder]
    fact: Mapping[str, Any]
    is_kept: bool  # not where all was written into another folder


def publish(store: Store, out: Path | None = None, *, again: bool = False) -> Published:
    """Write the policy of all agents that are trusted into the folders of their settings, or into one that is named.

    `again` writes all of it, and so does a folder that is named. Raises StorageError where a folder cannot be written:
    what was written is noted; BusyError where another one publishes.
    """
    key = policy_key(store)
    with _alone(store):
        with store.read() as reader:
            plan = _planned(reader, key, str(out) if out else None, again=again)
        done = Published(kept=plan.kept, folders=list(plan.places), missing=plan.looked.missing)
        groups = store.write(lambda unit: _reserve(unit, plan)) if plan.files or plan.looked.lost else {}
        for folder, contents in plan.looked.contents.items():
            PackageShelf(Path(folder)).put(contents.values())
        for policy in plan.looked.policies.values():
            plan.places[policy.folder].put_parts(policy.parts)
            if policy.program is not None:
                plan.places[policy.folder].put_program(policy.program)
        for files in bulk.chunks(plan.files, _AT_ONCE):
            done.written += _write(store, plan, files, key)
        done.removed = _tidy(plan)
        if plan.is_kept and plan.fact:
            store.write(lambda unit: _keep(unit, plan, groups))
    return done


def _planned(reader: Reader, key: SigningKey, out: str | None, *, again: bool) -> _Plan:
    last = published.read(reader)
    monday = reader.now.date() - timedelta(days=reader.now.weekday())
    keys = [key.public.raw.hex()]
    world = f"{monday} {keys[0]}"
    named = [out] if out else [doc.fields["folder"] for doc in in_use(reader) if doc.fields["folder"]]
    places = {folder: PolicyFolder(Path(folder)) for folder in dict.fromkeys(named)}
    changed = None if again or out else published.changed_guids(reader, last, world)
    look, files = Look(reader, last, keys, out), DueFiles(reader, last, everything=again or out is not None)
    if changed is not None and files.are_there(look, places) and not files.newcomers():
        looked = look.narrow(changed)
        is_whole = any(part.data == b"" and part.name not in places[one.folder].parts
                       for one in looked.policies.values() for part in one.parts)  # fmt: skip
    else:
        is_whole = True
    if is_whole:
        look = Look(reader, last, keys, out)
        looked = look.whole()
    expected = files.expected(look, looked) if is_whole else None
    due = files.due(look, looked, places if is_whole else None)
    fact = {"seq": published.head(reader), "world": world,
            "whole_at": (reader.now if is_whole or last.whole_at is None else last.whole_at).isoformat()}  # fmt: skip
    is_news = is_whole or due or looked.parts != last.parts
    return _Plan(
        reader.now, last, looked, due, files.count(looked) - len(due), files.standing(looked), expected, places,
        fact if is_news else {}, out is None,
    )  # fmt: skip


def _reserve(unit: UnitOfWork, plan: _Plan) -> dict[str, int]:
    """Note the numbers of the files that will be written, and the groups of their agents; return ids of new groups."""
    known = {group.key: id_ for id_, group in plan.last.groups.items()}
    new = [key for key in plan.looked.groups if key not in known]
    made = dict(zip(new, unit.next_ids(len(new)), strict=True))
    known |= made
    if plan.is_kept:
        published.add_groups(unit, {id_: plan.looked.groups[key] for key, id_ in made.items()})
    own = [known[one.group] if one.group and plan.is_kept else one.group_id for one in plan.files]
    rows = [(one.number, group, None, one.id) for one, group in zip(plan.files, own, strict=True)]
    columns = ("policy", "group_id", "content")
    bulk.update(unit.connection, agents.name, columns, ("id",), rows)
    bulk.update(unit.connection, agents.name, columns[1:], ("id",), [(None, None, id_) for id_ in plan.looked.lost])
    unit.note("agent", numbered=len(rows))
    return made


def _write(store: Store, plan: _Plan, files: Sequence[PolicyFile], key: SigningKey) -> int:
    """Write files, and note what they say: also of those that were written before a folder could not be written."""
    whole: list[PolicyFile] = []
    try:
        for one in files:
            dates = {"number": one.number, "issued": int(plan.now.timestamp()), "expires": int(one.until.timestamp())}
            line = written({**one.said, "agent": one.agent, **dates})
            plan.places[one.folder].put(one.agent, joined(line, sshsig.signature(key, line, POLICY_SPACE)))
            whole.append(one)
    finally:
        if whole and plan.is_kept:
            store.write(lambda unit: _note(unit, whole))
    return len(whole)


def _note(unit: UnitOfWork, files: Iterable[PolicyFile]) -> None:
    rows = [(one.content, bulk.moment(unit.connection, one.until), one.id) for one in files]
    bulk.update(unit.connection, agents.name, ("content", "expires_at"), ("id",), rows)
    unit.note("agent", published=len(rows))


def _tidy(plan: _Plan) -> int:
    parts: dict[str, set[str]] = {folder: set() for folder in plan.places}
    for policy in plan.looked.policies.values():
        parts[policy.folder].update(part.name for part in policy.parts)
    if plan.expected is not None:
        for folder in plan.places:
            PackageShelf(Path(folder)).keep_only(plan.looked.contents.get(folder, {}))
    programs = {one.program.name for one in plan.looked.policies.values() if one.program is not None}
    return sum(
        place.keep_only(
            plan.expected.get(folder, set()) if plan.expected is not None else None, parts[folder], programs
        )
        for folder, place in plan.places.items()
    )


def _keep(unit: UnitOfWork, plan: _Plan, made: Mapping[str, int]) -> None:
    ids = {group.key: id_ for id_, group in plan.last.groups.items()} | dict(made)
    groups = {ids[key]: group for key, group in plan.looked.groups.items() if key in ids}
    published.keep(unit, plan.last, {**plan.groups, **groups}, plan.looked.parts, plan.fact)
    unit.note("agent", looked=1)


def _alone(store: Store) -> AbstractContextManager[None]:
    """Keep other publishers out: one could write an older file over a newer one."""
    busy = BusyError("another itmsctl publishes policy just now", hint="the same command will do later")
    return locked(store.seen.folder / "agents" / "publish.lock", busy=busy)

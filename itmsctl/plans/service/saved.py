"""A plan in a file: the documents, how everything stood that they touch, and what they would do.

Applying it does exactly that: what has changed since in what it reads or writes is exit 6, and so is a table whose file
is another. Changes elsewhere do not matter to it. The digest finds a file that was edited, not a forger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.faults import reading
from itmsctl.documents.files import replacing
from itmsctl.documents.located import Document, DocumentMark, DocumentPlace, Located
from itmsctl.errors import FileFormatError, PlanDamagedError, PlanStaleError
from itmsctl.plans.declared import Batch, DeclaredObject, DeclaredTable
from itmsctl.plans.outcome import ApplySummary
from itmsctl.plans.service.opened import OpenedBatch
from itmsctl.plans.service.planning import ApplyPlan, Order, carry_out, deletions
from itmsctl.plans.service.removal import Removal
from itmsctl.plans.service.seeing import stand
from itmsctl.values.kind import Kind, house
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import shell_arg

FORMAT, VERSION = "itmsctl-plan", 2
_AGAIN = "plan again, look at it, then apply that"


class SavedPlan:
    """A plan as it was read from a file."""

    def __init__(self, content: Mapping[str, Any], name: str) -> None:
        self.content = content
        self.name = name
        self.order = Order(content["by"], content["prune"], content["take"])
        self.batch = Batch(
            tuple(_object(one) for one in content["objects"]), tuple(_table(one) for one in content["tables"])
        )

    @property
    def removals(self) -> list[Removal]:
        """Return what it deletes."""
        kept = self.content["removals"]
        return [Removal(kind, name, DocumentPlace.of(place), guid) for kind, name, place, guid in kept]

    def refuse_stale(self, store: Store) -> None:
        """Raise PlanStaleError where it was made for another database."""
        if self.content["database"] != _database(store):
            raise PlanStaleError(f"`{self.name}` was made for another database", hint=_AGAIN)

    def apply(self, unit: UnitOfWork, opened: OpenedBatch) -> ApplySummary:
        """Apply it. Raises PlanStaleError where anything that it touches is not as it was."""
        self._refuse_moved(unit)
        for (declared, table), kept in zip(opened.tables, self.content["tables"], strict=True):
            if table.sha256 != kept["sha256"]:
                raise PlanStaleError(f"`{declared.name}` is not the file that was planned with", hint=_AGAIN)
            if table.state(unit) != kept["state"]:
                what = f"{declared.kind.one} of `{declared.name}` has changed since"
                raise PlanStaleError(f"the plan is stale: {what}", hint=_AGAIN)
        done = carry_out(unit, opened, self.order, self.removals)
        if _actions(done) != self.content["actions"]:
            raise PlanStaleError("the plan is stale: it would do something else now", hint=_AGAIN)
        return done

    def _refuse_moved(self, reader: Reader) -> None:
        for kind, key, guid, revision in self.content["touched"]:
            now = stand(reader, (kind, key))
            if now != (None if guid is None else (guid, revision)):
                became = "gone" if now is None else "there now" if guid is None else f"at revision {now[1]}"
                raise PlanStaleError(
                    f"the plan is stale: {kind} `{key}` is {became}",
                    why="it was not there" if guid is None else f"it was at revision {revision}",
                    hint=_AGAIN,
                )


def save(
    reader: Reader, path: Path, store: Store, opened: OpenedBatch, order: Order, made: ApplyPlan, *, force: bool = False
) -> None:
    """Write a plan to a file of mode 0600, whole or not at all. Raises OutputExistsError where it exists."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": to_text(reader.now),
        "database": _database(store),
        "by": order.by,
        "prune": order.prune,
        "take": order.take,
        "objects": [_written(one) for one in opened.batch.objects],
        "tables": [
            {
                "kind": declared.kind.name,
                "path": str(declared.path),
                "name": declared.name,
                "shared": declared.shared,
                "place": str(declared.at.place()),
                "sha256": table.sha256,
                "state": state,
            }
            for (declared, table), state in zip(opened.tables, made.tables, strict=True)
        ],
        "touched": [[*key, *(stand_ or (None, None))] for key, stand_ in made.touched.items()],
        "removals": [[r.kind, r.name, str(r.place), r.guid] for r in deletions(reader, opened.batch, order)],
        "actions": _actions(made.done),
    }
    with replacing(path, force=force) as stream:
        text = json.dumps(content | {"digest": _digest(content)}, indent=1, ensure_ascii=False)
        stream.write(text.encode() + b"\n")


def read(path: str) -> SavedPlan:
    """Read a saved plan. Raises FileFormatError for what is none, PlanDamagedError for one that was edited."""
    with reading(path):
        data = Path(path).read_bytes()
        try:
            content = json.loads(data)
        except ValueError:
            content = None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise FileFormatError(
                f"`{path}` is not a saved plan", hint=f"documents: itmsctl apply -f {shell_arg(path)}"
            )
        if content.get("version") != VERSION:
            raise FileFormatError(f"`{path}` is a plan of another version of itmsctl", hint=_AGAIN)
    digest = content.pop("digest", None)
    if digest != _digest(content):
        raise PlanDamagedError(f"`{path}` is not as it was written", why="its digest does not hold", hint=_AGAIN)
    return SavedPlan(content, path)


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def _database(store: Store) -> dict[str, Any]:
    return {"server": store.identity.server_guid, "epoch": store.identity.epoch, "nonce": store.identity.nonce}


def _actions(done: ApplySummary) -> list[list[Any]]:
    of_tables = [[t.kind, t.name, t.created, t.updated, t.unchanged] for t in done.tables]
    return [*([c.action, c.kind, c.name] for c in done.changes), *of_tables]


def _written(one: DeclaredObject) -> dict[str, Any]:
    return {
        "kind": one.kind.name,
        "name": one.name,
        "key": one.key,
        "spec": dict(one.spec),
        "folder": str(one.folder),
        "absent": one.absent,
        "groups": list(one.groups),
        "was": one.was,
        "guid": one.guid,
        "place": str(one.place()),
    }


def _object(kept: Mapping[str, Any]) -> DeclaredObject:
    return DeclaredObject(
        _kind(kept["kind"]), kept["name"], kept["key"], kept["spec"], _located(kept), Path(kept["folder"]),
        kept["absent"], tuple(kept["groups"]), kept["was"], kept["guid"],
    )  # fmt: skip


def _table(kept: Mapping[str, Any]) -> DeclaredTable:
    return DeclaredTable(_kind(kept["kind"]), Path(kept["path"]), kept["name"], _located(kept), kept["shared"])


def _kind(name: str) -> Kind:
    found = house().kind(name)
    if found is None:
        raise FileFormatError(f"the plan knows a kind `{name}` that this version does not", hint=_AGAIN)
    return found


def _located(kept: Mapping[str, Any]) -> Located:
    """Return where a document began; of its parts no place is kept."""
    place = DocumentPlace.of(kept["place"])
    return Document({"spec": kept.get("spec", {})}, place.file, {(): DocumentMark(place.line, int(place.column))}).root

"""Many computers that go or come back at once: an undone import of 35,000 is a few hundred statements, not millions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk, derived, faults
from itmsctl.cmdb.audit import Grave
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.guards import refuse_guarded
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InUseError, NameTakenError
from itmsctl.resources import hooks, record
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import resources
from itmsctl.resources.service.associations import forget
from itmsctl.resources.service.details import DetailRows
from itmsctl.resources.service.learned import unseal_learned
from itmsctl.resources.service.plan import ImportPlan, NewComputer
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.shelf import ResourceShelf
from itmsctl.resources.service.write import write_import
from itmsctl.values.kind import Type, house
from itmsctl.values.names import name_key

FEW = 20  # computers up to which one by one is as good, and checks more


def remove_all(shelf: ResourceShelf, unit: UnitOfWork, guids: Sequence[str]) -> bool:
    """Remove computers all at once; return whether that was done: not where they are few, or something refers to one.

    Raises InUseError.
    """
    docs = list(shelf.of_guids(unit, guids).values())
    ids = [doc.id for doc in docs]
    if len(ids) <= FEW or len(ids) != len(guids) or _referred_to(unit, ids):
        return False
    refuse_guarded(unit, COMPUTER, [(doc, None) for doc in docs])
    graves = shelf.graves(unit, docs)
    derived.removing(unit, COMPUTER, ids)
    hooks.fire("computer_removed", unit, ids)
    hooks.fire("resource_removed", unit, ids)
    forget(unit, ids)
    unseal_learned(unit, ids)
    try:
        for table in ("computer", "resource"):
            bulk.delete(unit.connection, table, ("id",), [(i,) for i in ids])
    except (sa.exc.IntegrityError, faults.ConstraintError) as error:
        raise InUseError("one of the computers is still used", why=str(error)) from error
    for doc in docs:
        unit.record("removed", COMPUTER.name, doc.guid, doc.name, doc.document(), None)
        unit.bury(COMPUTER.name, doc.guid, doc.name, graves[doc.guid])
    return True


def restore_all(shelf: ResourceShelf, unit: UnitOfWork, wanted: Sequence[tuple[str, str, Mapping[str, Any]]]) -> bool:
    """Restore computers all at once; return whether that was done: not where they are few, or one is renamed.

    Raises NameTakenError, InputError.
    """
    present = shelf.of_guids(unit, [guid for guid, _, _ in wanted])
    if len(wanted) <= FEW or any(guid in present and present[guid].name != name for guid, name, _ in wanted):
        return False
    fresh = [one for one in wanted if one[0] not in present]
    _refuse_taken(shelf, unit, [name for _, name, _ in fresh])
    graves = unit.exhume([guid for guid, _, _ in fresh]) if fresh else {}
    plan = ImportPlan(created=[_new(shelf, guid, name, fields, graves.get(guid)) for guid, name, fields in fresh])
    for guid, name, fields in wanted:
        before = present.get(guid)
        if before is not None:
            after = shelf.revived(fields, before)
            record.checked({field: after[field] for field in record.FIELDS})
            if after != before.fields:
                plan.changed.append((before, Doc(before.id, guid, name, before.revision + 1, after)))
    refuse_guarded(unit, COMPUTER, plan.changed)
    write_import(unit, plan)
    _seen_again(unit, plan.created)
    return True


def _new(shelf: ResourceShelf, guid: str, name: str, document: Mapping[str, Any], grave: Grave | None) -> NewComputer:
    fields = shelf.revived(document, None)
    read = record.read({field: fields[field] for field in record.FIELDS})
    rows = DetailRows(read.addresses, read.identities, fields["tags"])
    text = canonical(Doc(0, guid, name, 0, fields).document())
    return NewComputer(guid, name, name_key(name), fields, rows, text, grave)


def _seen_again(unit: UnitOfWork, created: Sequence[NewComputer]) -> None:
    rows = [
        (bulk.moment(unit.connection, c.fields["last_seen"]), c.grave.item_id)
        for c in created
        if c.grave is not None and c.fields["last_seen"] is not None
    ]
    bulk.update(unit.connection, "computer", ("last_seen",), ("id",), rows)


def _refuse_taken(shelf: ResourceShelf, reader: Reader, names: Sequence[str]) -> None:
    keys = member_of(reader.connection, resources.c.name_key, [name_key(name) for name in names])
    statement = sa.select(resources.c.name).where(resources.c.kind == COMPUTER.name, keys).limit(1)
    taken = reader.connection.execute(scoped(statement, reader)).scalar()
    if taken is not None:
        raise NameTakenError(f"a computer `{taken}` exists already")
    for name in names:
        if not name.isascii() or name[-1] == ".":
            shelf.refuse_twin(reader, name)


def _referred_to(reader: Reader, ids: Sequence[int]) -> bool:
    for kind in house().kinds():
        refers = any(f.type is Type.REF and f.ref == COMPUTER.name for f in kind.fields)
        if refers and kind.load_shelf().naming(reader, COMPUTER.name, ids):
            return True
    return any(call(reader, COMPUTER.name, i) for call in house().calls("object_used") for i in ids)

"""Where each field of an object came from, and whether it may be changed here."""

from __future__ import annotations

from typing import Any

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.replication.replicated import Replicated, held_hash, travelling
from itmsctl.replication.service import conflicts
from itmsctl.replication.service.conflicts import OURS, BothSides
from itmsctl.replication.service.kept import keep, living_of
from itmsctl.replication.service.locks import server_name, unlocked
from itmsctl.replication.service.opening import named
from itmsctl.values.kind import house


def origins(reader: Reader, text: str) -> list[dict[str, Any]]:
    """Return each field of an object (KIND/NAME): its value, whose it is, whether it may be changed here.

    Raises NotFoundError.
    """
    kind, name, guid = named(reader, text)
    doc = kind.load_shelf().get(reader, name)
    document = doc.document()
    one = living_of(reader, [(kind.name, guid)]).get((kind.name, guid))
    if one is None:
        return [_row(field, value, "here", editable=True) for field, value in document.items()]
    server, edited = server_name(reader, one.origin), one.edited(document)
    came = {"name", *travelling(kind)}
    rows = []
    for field, value in document.items():
        where = "here" if field not in came or field in edited else server
        free = field not in came or field in one.opened
        row = _row(field, value, where, editable=free)
        theirs = one.sent.get(field) if field in edited else value if field in came else None
        rows.append(row | {"owner": one.owner, "their_value": theirs, "batch": one.batch})
    return rows


def resolve(unit: UnitOfWork, id_: int, side: str) -> BothSides:
    """Decide a conflict for one side: theirs is put now, ours stays, and what comes with the same content is left out.

    Raises NotFoundError, ConflictError; what putting raises, where theirs still cannot be put.
    """
    found = conflicts.decide(unit, id_, side)
    if side == OURS or found.what != conflicts.REFUSED:
        return found
    try:
        with unlocked(unit):
            _put_theirs(unit, found)
    except ItmsError as error:
        error.hint = error.hint or f"itmsctl hierarchy conflicts resolve {found.id} --keep ours"
        raise
    return found


def _put_theirs(unit: UnitOfWork, found: BothSides) -> None:
    kind = house().kind(found.kind)
    assert kind is not None, found.kind
    shelf = kind.load_shelf()
    before = shelf.of_guids(unit, [found.guid]).get(found.guid)
    if found.theirs is None:
        if before is not None:
            shelf.remove(unit, found.guid)
        return
    may = set(travelling(kind))
    mine = {} if before is None else {name: value for name, value in before.document().items() if name != "name"}
    came = {name: value for name, value in found.theirs.items() if name in may}
    shelf.restore(unit, found.guid, str(found.theirs["name"]), {**mine, **came})
    after = shelf.of_guids(unit, [found.guid])[found.guid]
    held, origin = held_hash(kind, after.document(), ()), found.origin
    place = (kind.name, found.guid, after.name)
    keep(unit, [Replicated(*place, origin, origin, "", "", held, found.at, found.batch, unit.now)])


def _row(field: str, value: Any, where: str, *, editable: bool) -> dict[str, Any]:
    return {"field": field, "value": value, "from": where, "editable": editable}

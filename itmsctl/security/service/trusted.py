"""Whether what decides where a secret goes is what the audit says of it: asked before the secret leaves.

Who can write the database, but not the vault, could else lead a secret to a computer of his own by an address, a port,
a host key, a profile or a scope. `audit verify` looks at everything; this looks at the objects of one contact.
"""

from __future__ import annotations

from collections.abc import Mapping

from itmsctl.cmdb import judged
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.said import SEAL, LiveRows
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.standing import Difference
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader
from itmsctl.errors import AuditDiffersError, ItmsError
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.security.service import host_keys
from itmsctl.transports.endpoint import Endpoint
from itmsctl.values.kind import house


def untrusted(reader: Reader, found: Mapping[int, Endpoint]) -> dict[int, ItmsError]:
    """Return the refusals of computers whose data or host keys are not what the audit says of them."""
    differing = judged.of_docs(reader, COMPUTERS.kind, COMPUTERS.docs(reader, sorted(found)))
    ids = {one.guid: id_ for id_, one in found.items()}
    kind = SEAL + host_keys.KIND
    held = host_keys.contents(reader, sorted(found))
    rows = (LiveRows(kind, guid, name, canonical(keys)) for guid, name, keys in held)
    for guid, difference in judged.of_seals(reader, kind, list(ids), rows).items():
        differing.setdefault(ids[guid], difference)
    return {id_: _error(difference) for id_, difference in differing.items()}


def refuse(reader: Reader, shelf: Shelf, doc: Doc) -> None:
    """Raise AuditDiffersError where an object, or what it names by a list, is not what the audit says of it."""
    for one, docs in [(shelf, [doc]), *_named(reader, shelf, doc)]:
        for difference in judged.of_docs(reader, one.kind, docs).values():
            raise _error(difference)


def _named(reader: Reader, shelf: Shelf, doc: Doc) -> list[tuple[Shelf, list[Doc]]]:
    found = []
    for field in shelf.kind.fields:
        kind = house().kind(field.ref) if field.ref else None
        names = doc.fields[field.name] if isinstance(doc.fields[field.name], list) else []
        if kind is not None and names:
            other: Shelf = kind.load_shelf()
            found.append((other, [other.get(reader, name) for name in names]))
    return found


def _error(difference: Difference) -> AuditDiffersError:
    return AuditDiffersError(
        f"{difference}: it was changed past itmsctl, so no secret goes there",
        hint="itmsctl audit verify names everything that differs",
        details=difference.as_dict(),
    )

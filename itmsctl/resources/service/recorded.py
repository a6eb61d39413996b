"""What of this room the audit keeps beside the documents of computers: relations, their types, learned identities."""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.cmdb.said import SEAL, LiveRows
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader
from itmsctl.resources.service.associations import KIND, TYPE_KIND, all_relations, type_record, types
from itmsctl.resources.service.learned import LEARNED, contents


def recorded(reader: Reader) -> dict[str, Iterator[LiveRows]]:
    """Return what is compared with the audit (hook)."""
    learned = SEAL + LEARNED
    return {
        KIND: (LiveRows(KIND, guid, label, canonical(document)) for guid, label, document in all_relations(reader)),
        TYPE_KIND: (
            LiveRows(TYPE_KIND, guid, name, canonical(doc)) for guid, name, doc in map(type_record, types(reader))
        ),
        learned: (LiveRows(learned, guid, name, canonical(held)) for guid, name, held in contents(reader, None)),
    }

"""Objects that are to be removed, and where that is said."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from itmsctl.documents.located import DocumentPlace
from itmsctl.errors import InputError
from itmsctl.plans.declared import Batch
from itmsctl.plans.ordering import Key
from itmsctl.values.kind import house
from itmsctl.values.names import is_guid, name_key


class Removal(NamedTuple):
    """An object to be removed, and where that is said."""

    kind: str
    name: str
    place: DocumentPlace
    guid: str = ""

    @property
    def node(self) -> Key:
        """Return what it is known by."""
        return self.kind, self.guid or key_of(self.kind, self.name)


def absent(batch: Batch) -> list[Removal]:
    """Return what documents say is to be absent."""
    return [Removal(one.kind.name, one.name, one.place()) for one in batch.objects if one.absent]


def key_of(kind: str, name: str) -> str:
    """Return the key of a name as its shelf would store it, or of a GUID."""
    found = house().kind(kind)
    if is_guid(name) or found is None:
        return name.lower()
    with suppress(InputError):
        return name_key(found.load_shelf().name_of(name))
    return name_key(name)

"""What computers are asked in a delivery: resources as they are now, and the servers of each computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import ItmsError
from itmsctl.inventory.service.known import families_of
from itmsctl.packages.manifest import PackageManifest
from itmsctl.packages.route import PackageSource
from itmsctl.packages.service.choosing import chosen
from itmsctl.packages.service.library import library_of
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.packages.service.routing import routes_of
from itmsctl.software.action import NO_PACKAGE
from itmsctl.software.delivering import DeliveryItem, DeliveryQuestion
from itmsctl.software.kinds import NOT_APPLICABLE
from itmsctl.software.rows import software
from itmsctl.software.rows import states as state_rows
from itmsctl.software.service.restarts import restarts_of
from itmsctl.software.service.software import SOFTWARE_SHELF


def questions_of(reader: Reader, ids: Sequence[int], options: Mapping[str, Any]) -> dict[int, DeliveryQuestion]:
    """Return what each computer is to have, and from where it may take it."""
    try:
        docs = [SOFTWARE_SHELF.get(reader, name) for name in options["software"]]
        items = tuple(
            item_of(reader, doc, options["action"], digest)
            for doc, digest in zip_longest(docs, options["manifests"] or (), fillvalue="")
            if isinstance(doc, Doc)
        )
    except ItmsError as error:
        return dict.fromkeys(ids, DeliveryQuestion(reader.now, refused=error))
    families, source = families_of(reader, ids), library_of(reader).path
    inapplicable, servers = _inapplicable(reader, ids, items), _servers(reader, ids, docs, items)
    restarts = restarts_of(reader, [item.id for item in items], ids)
    return {
        id_: DeliveryQuestion(
            *(reader.now, items, source, servers.get(id_, {}), families.get(id_, "")),
            *(inapplicable.get(id_, {}), restarts.get(id_, {})),
        )
        for id_ in ids
    }


def item_of(reader: Reader, doc: Doc, action: str, digest: str = "") -> DeliveryItem:
    """Return a software resource with its rule and its package, the content of a digest where one is given.

    Raises NotFoundError, InputError, and what the library raises.
    """
    f = doc.fields
    wanted = None if digest in {"", NO_PACKAGE} else digest
    manifest: PackageManifest | None = chosen(reader, f["package"], wanted)[0] if f["package"] else None
    rule = f["detect"] or (manifest.detect if manifest is not None else None)
    return DeliveryItem(doc.name, doc.id, action, f[action] or action, rule, manifest)


def _inapplicable(reader: Reader, ids: Sequence[int], items: Sequence[DeliveryItem]) -> dict[int, dict[str, str]]:
    """Return of which computers it is known that software does not apply to them, and why."""
    statement = (
        sa.select(state_rows.c.computer_id, software.c.name, state_rows.c.reason)
        .join(software, software.c.id == state_rows.c.software_id)
        .where(
            state_rows.c.state == NOT_APPLICABLE,
            state_rows.c.software_id.in_([item.id for item in items]),
            member_of(reader.connection, state_rows.c.computer_id, list(ids)),
        )
    )
    found: dict[int, dict[str, str]] = {}
    for computer, name, reason in reader.connection.execute(statement):
        found.setdefault(computer, {})[name] = reason
    return found


def _servers(
    reader: Reader, ids: Sequence[int], docs: Sequence[Doc], items: Sequence[DeliveryItem]
) -> dict[int, dict[str, tuple[PackageSource, ...]]]:
    """Return the servers from which each computer takes each package, in their order."""
    found: dict[int, dict[str, tuple[PackageSource, ...]]] = {}
    for doc, item in zip(docs, items, strict=True):
        if item.manifest is None:
            continue
        package = PACKAGES.get(reader, doc.fields["package"])
        if package.fields["manifest"] != item.manifest.digest:
            continue  # servers hold the content as it is now
        for computer, route in routes_of(reader, ids, package).items():
            if mine := tuple(one for one in route.sources if one.url):
                found.setdefault(computer, {})[item.manifest.digest] = mine
    return found

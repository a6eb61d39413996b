"""What of this room the audit keeps beside the documents: host keys, the vault's header, sealed secrets."""

from __future__ import annotations

from collections.abc import Iterator

from itmsctl.cmdb.said import SEAL, LiveRows
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader
from itmsctl.security.service import host_keys, sealing, vaults


def recorded(reader: Reader) -> dict[str, Iterator[LiveRows]]:
    """Return what is compared with the audit (hook)."""
    keys, vault, secret = (SEAL + kind for kind in (host_keys.KIND, vaults.KIND, sealing.KIND))
    return {
        keys: (LiveRows(keys, guid, name, canonical(held)) for guid, name, held in host_keys.contents(reader, None)),
        vault: (LiveRows(vault, guid, "", canonical(held)) for guid, held in vaults.contents(reader)),
        secret: (LiveRows(secret, guid, name, canonical(held)) for guid, name, held in sealing.contents(reader)),
    }

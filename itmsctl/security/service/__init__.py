"""Use cases of the room `security`: connection profiles, credentials, host keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itmsctl.values.facade import handing_on

if TYPE_CHECKING:
    from itmsctl.security.service.credential_shelf import CREDENTIALS, take
    from itmsctl.security.service.credentials import credentials as credentials_of
    from itmsctl.security.service.credentials import require_login
    from itmsctl.security.service.endpoints import Endpoints
    from itmsctl.security.service.host_keys import (
        KeyRow,
        Known,
        accept,
        accept_all,
        accept_new,
        computer,
        computer_sections,
        key_rows,
        keys_of,
        pins_of,
        revoke,
        revoke_all,
        shared_host_keys,
    )
    from itmsctl.security.service.profiles import PROFILES, profile, profile_by_id
    from itmsctl.security.service.scanning import Scan, scan

__all__ = [
    "CREDENTIALS", "PROFILES", "Endpoints", "KeyRow", "Known", "Scan", "accept", "accept_all", "accept_new", "computer",
    "computer_sections",
    "credentials_of", "key_rows", "keys_of", "pins_of", "profile", "profile_by_id", "require_login", "revoke",
    "revoke_all", "scan", "shared_host_keys", "take",
]  # fmt: skip

__getattr__ = handing_on(
    __name__,
    {
        "credential_shelf": "CREDENTIALS take",
        "credentials": "credentials_of=credentials require_login",
        "endpoints": "Endpoints",
        "host_keys": "KeyRow Known accept accept_all accept_new computer computer_sections key_rows keys_of pins_of "
        "revoke revoke_all shared_host_keys",
        "profiles": "PROFILES profile profile_by_id",
        "scanning": "Scan scan",
    },
)

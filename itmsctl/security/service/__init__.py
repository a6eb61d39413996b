"""Use cases of the room `security`: connection profiles, credentials, host keys."""

from __future__ import annotations

from itmsctl.security.service.credentials import credentials, require_login
from itmsctl.security.service.host_keys import (
    KeyRow,
    Known,
    accept,
    accept_new,
    computer_sections,
    keys_of,
    pins_of,
    revoke,
    shared_host_keys,
)
from itmsctl.security.service.profiles import PROFILES, profile, profile_by_id

__all__ = [
    "PROFILES", "KeyRow", "Known", "accept", "accept_new", "computer_sections", "credentials", "keys_of", "pins_of",
    "profile", "profile_by_id", "require_login", "revoke", "shared_host_keys",
]  # fmt: skip

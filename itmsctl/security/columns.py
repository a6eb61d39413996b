"""What a person sees of profiles and host keys."""

from __future__ import annotations

from typing import Any

from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, GOOD


def _state_style(value: Any) -> str:
    return {"pinned": GOOD, "revoked": BAD, "open": GOOD, "locked": BAD}.get(str(value), "")


PROFILE = (
    Column("name"),
    Column("transport"),
    Column("user"),
    Column("port", right=True),
    Column("key_file"),
    Column("use_agent", wide=True),
    Column("connect_timeout_s", right=True, wide=True),
    Column("run_as", wide=True),
    Column("run_dir", wide=True),
    Column("credential", wide=True),
    Column("sudo_credential", wide=True),
    Column("description"),
    Column("id", wide=True),
)

HOST_KEY = (
    Column("computer"),
    Column("fingerprint"),
    Column("key_type"),
    Column("state", style=_state_style),
    Column("source"),
    Column("since"),
)

SCAN = (
    Column("computer"),
    Column("fingerprint"),
    Column("key_type"),
    Column("known"),
    Column("message"),
)

VAULT = (
    Column("name"),
    Column("state", style=_state_style),
    Column("secrets", right=True),
    Column("wrong_passphrases", right=True),
    Column("key_id", wide=True),
    Column("created_at"),
    Column("wrapped_at", wide=True),
    Column("key_made_at"),
    Column("kdf", wide=True),
    Column("id", wide=True),
)

CREDENTIAL = (
    Column("name"),
    Column("kind"),
    Column("user"),
    Column("sites"),
    Column("subnets"),
    Column("targets"),
    Column("version", right=True),
    Column("rotated_at"),
    Column("description", wide=True),
    Column("id", wide=True),
)

TRIAL = (
    Column("credential"),
    Column("computer"),
    Column("user"),
    Column("address"),
    Column("method"),
    Column("seconds", right=True),
)

"""What a person sees of profiles and host keys."""

from __future__ import annotations

from typing import Any

from itmsctl.cli.noun_columns import columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, GOOD
from itmsctl.security import kinds


def _state_style(value: Any) -> str:
    return {"pinned": GOOD, "revoked": BAD, "open": GOOD, "locked": BAD}.get(str(value), "")


PROFILE = columns_of(
    kinds.PROFILE,
    *("transport", "user", "port", "key_file"),
    *wide("use_agent", "connect_timeout_s", "run_as", "run_dir", "credential", "sudo_credential"),
    "description",
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

CREDENTIAL = columns_of(kinds.CREDENTIAL, "kind", "user", "sites", "subnets", "targets", "version", "rotated_at")

TRIAL = (
    Column("credential"),
    Column("computer"),
    Column("user"),
    Column("address"),
    Column("method"),
    Column("seconds", right=True),
)

"""What a person sees of profiles and host keys."""

from __future__ import annotations

from typing import Any

from itmsctl.cli.output import Column


def _state_style(value: Any) -> str:
    return {"pinned": "green", "revoked": "red"}.get(str(value), "")


PROFILE = (
    Column("name"),
    Column("transport"),
    Column("user"),
    Column("port", right=True),
    Column("key_file"),
    Column("use_agent", wide=True),
    Column("connect_timeout_s", right=True, wide=True),
    Column("run_as", wide=True),
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

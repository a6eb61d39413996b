"""The request of an agent to be taken on: an event that says who its computer is, signed by its new key."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from itmsctl.agents.endpoint.home import AgentHome
from itmsctl.agents.endpoint.who import who_am_i
from itmsctl.agents.form import REGISTRATION, written
from itmsctl.inventory.endpoint.own_files import small_file

_MOST = 1 << 20


def register(home: AgentHome, build: Mapping[str, Any], now: int) -> str:
    """Put the request into the outbox; return the name of its file. Raises OSError."""
    copied = home.state.get("copied_from")
    more = {"copied_from": copied} if copied else {}
    name = home.tell(REGISTRATION, now, written(who_am_i(build)), key=home.public.hex(), **more)
    home.keep(asked=now)
    return name


def ask(home: AgentHome, build: Mapping[str, Any], now: int) -> str:
    """Return the request in base64, for who reaches the computer; it is in the outbox too, should that be lost."""
    name = register(home, build, now)
    return base64.b64encode(small_file(home.path("outbox", name), _MOST)).decode("ascii")

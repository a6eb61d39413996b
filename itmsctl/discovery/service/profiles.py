"""DISCOVERY_PROFILES: the shelf of discovery profiles, and what one comes to together with what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.discovery import way
from itmsctl.discovery.area import ports_of
from itmsctl.discovery.kinds import DISCOVERY_PROFILE
from itmsctl.discovery.way import Way, methods_of
from itmsctl.values.naming import naming

_NUMBERS = {name: name for name in ("snmp_port", "timeout_s", "retries", "rate")} | {"parallel": "at_once"}


class DiscoveryProfiles(Shelf):
    """All discovery profiles; each is one that could be used."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields. Raises InputError that names the one that is wrong."""
        checked = dict(super().check(reader, name, fields))
        if checked.get("methods"):
            _judge_each("methods", checked["methods"], methods_of)
            checked["methods"] = list(methods_of(checked["methods"]))
        if checked.get("ports"):
            _judge_each("ports", checked["ports"], ports_of)
            with naming("ports"):
                checked["ports"] = [str(port) for port in ports_of(checked["ports"])]
        for field, place in _NUMBERS.items():
            if checked.get(field) is not None:
                with naming(field):
                    Way(**{place: checked[field]})
        if checked.get("methods"):
            with naming("methods"):
                Way(methods=tuple(checked["methods"]))
        return checked


def _judge_each(field: str, texts: Sequence[str], judge: Callable[[list[str]], object]) -> None:
    """Have each member of a list judged alone, so that an error says which one it is about."""
    for position, text in enumerate(texts):
        with naming(field, position):
            judge([text])


DISCOVERY_PROFILES = DiscoveryProfiles(DISCOVERY_PROFILE)


@dataclass(frozen=True)
class AskedWay:
    """What was typed of how to look; None and an empty list where nothing was said."""

    profile: str | None = None
    methods: Sequence[str] = ()
    ports: Sequence[str] = ()
    credentials: Sequence[str] = ()
    snmp_port: int | None = None
    timeout_s: float | None = None
    retries: int | None = None
    rate: float | None = None
    parallel: int | None = None
    reads: bool = True


def way_of(reader: Reader, asked: AskedWay) -> tuple[Way, list[str]]:
    """Return how to look, and the names of the credentials: what was typed, else what the profile says.

    Raises NotFoundError, InputError.
    """
    said = DISCOVERY_PROFILES.get(reader, asked.profile).fields if asked.profile is not None else {}
    numbers = {
        place: value
        for field, place in _NUMBERS.items()
        if (value := getattr(asked, field) if getattr(asked, field) is not None else said.get(field)) is not None
    }
    found = Way(
        methods=methods_of(asked.methods or said.get("methods") or way.METHODS),
        ports=ports_of(asked.ports or said.get("ports") or [str(port) for port in way.PORTS]),
        reads=asked.reads,
        **numbers,
    )
    return found, list(asked.credentials or said.get("credentials") or ())

"""Facter's JSON: structured facts (version 3 and later), flat ones (1 and 2), and what `puppet facts` wraps around."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.format import Format, NotReadableError, Pair
from itmsctl.inventory.formats.facter.facts import FacterFacts
from itmsctl.inventory.formats.facter.machine import MACHINE
from itmsctl.inventory.formats.facter.parts import PARTS
from itmsctl.inventory.formats.facter.sections import LEFT_OUT, SECTIONS
from itmsctl.inventory.moments import moment_in
from itmsctl.inventory.subjects import pair_of
from itmsctl.inventory.taking import Found, plain

_KNOWN = ("operatingsystem", "os", "hostname", "networking")


def _knows(value: Any) -> bool:
    facts = _facts(value)
    return "facterversion" in facts or ("kernel" in facts and any(name in facts for name in _KNOWN))


def _facts(value: Any) -> Found:
    """Return the facts, also those that stand under `values` or `facts` beside the name of a node."""
    if not isinstance(value, Mapping):
        return {}
    inner = value.get("values") if isinstance(value.get("values"), Mapping) else value.get("facts")
    return inner if isinstance(inner, Mapping) and ("name" in value or "certname" in value) else value


def _read(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for value in values:
        if not _knows(value):
            raise NotReadableError(
                "these are no facts of Facter: an object with `facterversion` or `kernel` is expected"
            )
        facts = FacterFacts(_facts(value))
        when = moment_in(UTC, value.get("timestamp")) or at
        name = plain(value.get("certname")) or plain(value.get("name")) or plain(facts.found.get("clientcert"))
        rows = {one: make(facts) for one, make in (MACHINE | PARTS).items()}
        yield pair_of("facter", when, rows, name=name or "")


FORMATS = (Format("facter", "JSON of Facter, and of `puppet facts`", "json", _knows, _read, SECTIONS, LEFT_OUT),)

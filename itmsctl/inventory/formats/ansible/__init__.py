"""Ansible: facts (caches, `setup`, package and service facts), and inventories in INI, YAML and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from itmsctl.inventory.format import Format, NotReadableError, Pair
from itmsctl.inventory.formats.ansible import hosts
from itmsctl.inventory.formats.ansible.facts import AnsibleFacts, has_facts
from itmsctl.inventory.formats.ansible.machine import MACHINE
from itmsctl.inventory.formats.ansible.network import NETWORK
from itmsctl.inventory.formats.ansible.parts import PARTS
from itmsctl.inventory.formats.ansible.printed import is_printed, of_printed
from itmsctl.inventory.formats.ansible.sections import FACT_CLASSES, FACTS_LEFT_OUT, HOST_CLASSES, HOSTS_LEFT_OUT
from itmsctl.inventory.subjects import pair_of
from itmsctl.inventory.taking import Found

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "localhost.localdomain"})


def of_facts(found: Found, at: datetime, name: str = "") -> Pair:
    """Return what the facts of a host tell."""
    facts = AnsibleFacts(found)
    classes = {one: make(facts) for one, make in (MACHINE | NETWORK | PARTS).items()}
    return pair_of("ansible", facts.moment() or at, classes, name=name)


def _knows_json(value: Any) -> bool:
    return has_facts(value) or _is_listing(value) or _is_map_of_hosts(value)


def _is_listing(value: Any) -> bool:
    """Return whether it is what `ansible-inventory --list` prints."""
    return isinstance(value, Mapping) and isinstance(value.get("_meta"), Mapping) and "hostvars" in value["_meta"]


def _is_map_of_hosts(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(map(has_facts, value.values()))


def _read_json(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for value in values:
        if has_facts(value):
            yield of_facts(value, at)
        elif _is_listing(value):
            yield from _of_hosts(hosts.of_listing(value), at)
        elif _is_map_of_hosts(value):
            for name, found in value.items():
                yield of_facts(found, at, name)
        else:
            raise NotReadableError("these are no facts of Ansible: an object with `ansible_facts` is expected")


def _of_hosts(found: Mapping[str, hosts.Host], at: datetime) -> Iterator[Pair]:
    """Yield hosts of an inventory; the computer that Ansible itself runs on is not named by it."""
    told = 0
    for host in found.values():
        if has_facts(host.values):
            yield of_facts(host.values, at, host.name)
        elif host.name.lower() not in _LOCAL:
            groups = tuple(host.groups)
            yield pair_of("ansible", at, host.classes(), name=host.name, addresses=host.addresses(), groups=groups)
        else:
            continue
        told += 1
    if not told:
        raise NotReadableError("it names no host but the one that Ansible runs on")


def _read_text(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for text in values:
        yield from _of_hosts(hosts.of_ini(text), at)


def _read_printed(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for text in values:
        answered = [(name, found) for name, found in of_printed(text) if has_facts(found)]
        if not answered:
            raise NotReadableError("no host in it told facts")
        for name, found in answered:
            yield of_facts(found, at, "" if name.lower() in _LOCAL else name)


def _read_yaml(values: Iterable[Any], at: datetime) -> Iterator[Pair]:
    for value in values:
        if not hosts.is_yaml_inventory(value):
            raise NotReadableError("this is no inventory of Ansible: groups with `hosts` or `children` are expected")
        yield from _of_hosts(hosts.of_yaml(value), at)


_FACTS = (FACT_CLASSES, FACTS_LEFT_OUT)
_HOSTS = (HOST_CLASSES, HOSTS_LEFT_OUT)

FORMATS = (
    Format("ansible", "facts, and `ansible-inventory --list`", "json", _knows_json, _read_json, *_FACTS),
    Format("ansible", "INI inventory", "text", hosts.is_ini, _read_text, *_HOSTS),
    Format("ansible", "what `ansible -m setup` prints", "text", is_printed, _read_printed, *_FACTS),
    Format("ansible", "YAML inventory", "yaml", hosts.is_yaml_inventory, _read_yaml, *_HOSTS),
)

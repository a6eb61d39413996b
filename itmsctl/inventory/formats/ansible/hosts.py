"""Inventories: hosts with their groups and variables. Of variables only addresses are kept: others may be secrets."""

from __future__ import annotations

import re
import shlex
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.format import NotReadableError
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.taking import Found, address_of, plain
from itmsctl.values.untrusted import log_text

_MOST = 100_000  # hosts of one inventory; a range of a few letters can mean billions
_MOST_RANGES, _MOST_GROUPS = 8, 256  # of one host
_LONGEST = 8 << 20
_RANGE = re.compile(r"\[([0-9]{1,9}|[A-Za-z]):([0-9]{1,9}|[A-Za-z])(?::([0-9]{1,6}))?\]")
_SECTION = re.compile(r"\[([^\[\]:\s]+)(?::(children|vars))?\]")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.:-]|\[[A-Za-z0-9:]+\])*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_IMPLIED = frozenset({"all", "ungrouped"})
_GROUP_KEYS = frozenset({"hosts", "children", "vars"})


@dataclass
class Host:
    """A host of an inventory."""

    name: str
    groups: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def addresses(self) -> tuple[str, ...]:
        """Return the addresses that it is reached at."""
        told = (plain(self.values.get(key)) for key in ("ansible_host", "ansible_ssh_host"))
        return tuple(dict.fromkeys(found for text in (*told, self.name) if (found := address_of(text))))

    def classes(self) -> dict[str, Rows]:
        """Return what a name tells of a computer."""
        if address_of(self.name):
            return {}
        short, dot, _ = self.name.partition(".")
        return {"identification": filled({"host_name": short, "fqdn": self.name.lower() if dot else None})}


def of_ini(text: str) -> dict[str, Host]:
    """Return the hosts of an INI inventory. Raises NotReadableError with the line."""
    if len(text) > _LONGEST:
        raise NotReadableError(f"an inventory of hosts is larger than {_LONGEST >> 20} MiB")
    found: dict[str, Host] = {}
    group, kind = "ungrouped", "hosts"
    above: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        plain_line = line.strip()
        if not plain_line or plain_line[0] in "#;":
            continue
        section = _SECTION.match(plain_line)
        if section:
            group, kind = section[1], section[2] or "hosts"
        elif kind == "children":
            above.setdefault(plain_line.split()[0], []).append(group)
        elif kind == "hosts":
            for host in _ini_hosts(plain_line, number):
                known = found.setdefault(host.name, host)
                known.values |= host.values
                _join(known, group)
                _check_count(found)
    _join_outer(found, above)
    return found


def _join_outer(found: Mapping[str, Host], above: Mapping[str, list[str]]) -> None:
    """Let hosts join the groups that their groups are in."""
    for host in found.values():
        for each in host.groups:  # grows while it is walked
            for outer in above.get(each, ()):
                _join(host, outer)


def _join(host: Host, group: str) -> None:
    if group not in _IMPLIED and group not in host.groups and len(host.groups) < _MOST_GROUPS:
        host.groups.append(group)


def _check_count(found: Mapping[str, Host]) -> None:
    if len(found) > _MOST:
        raise NotReadableError(f"it names more than {_MOST:,} hosts")


def _ini_hosts(line: str, number: int) -> Iterator[Host]:
    try:
        words = shlex.split(line, comments=True)
    except ValueError as error:
        raise NotReadableError(f"line {number}: {error}") from None
    if not words:
        return
    pattern, port = _without_port(words[0])
    if not _HOST.fullmatch(pattern) or not all(_VARIABLE.match(word) for word in words[1:]):
        raise NotReadableError(f"line {number}: `{log_text(line[:80])}` is no host with variables, and no group")
    values: dict[str, Any] = dict(word.split("=", 1) for word in words[1:])
    for name in _expanded(pattern):
        yield Host(name, [], values | ({"ansible_port": port} if port else {}))


def _without_port(text: str) -> tuple[str, str]:
    """Return a host and the port behind it; an address of version 6 has none without brackets."""
    name, colon, port = text.rpartition(":")
    return (name, port) if colon and port.isdecimal() and (":" not in name or name.endswith("]")) else (text, "")


def _expanded(pattern: str) -> Iterator[str]:
    """Yield the names that a pattern such as `web[01:50].example.com` means."""
    found = _RANGE.search(pattern)
    if pattern.count("[") > _MOST_RANGES:
        raise NotReadableError(f"`{log_text(pattern[:80])}` has more than {_MOST_RANGES} ranges")
    if found is None:
        yield pattern
        return
    before, behind = pattern[: found.start()], pattern[found.end() :]
    for place, member in enumerate(_members(found[1], found[2], int(found[3] or 1) or 1)):
        if place >= _MOST:
            raise NotReadableError(f"`{log_text(pattern[:80])}` means more than {_MOST:,} hosts")
        for rest in _expanded(behind):
            yield f"{before}{member}{rest}"


def _members(first: str, last: str, step: int) -> Iterator[str]:
    if first.isdecimal() and last.isdecimal():
        width = len(first) if first.startswith("0") else 0
        for number in range(int(first), int(last) + 1, step):
            yield str(number).zfill(width)
    else:
        letters = string.ascii_letters
        for place in range(letters.find(first), letters.find(last) + 1, step):
            yield letters[place] if place >= 0 else ""


def is_ini(text: Any) -> bool:
    """Return whether a text may be an inventory: groups, hosts with variables, and nothing else."""
    if not isinstance(text, str):
        return False
    said = [line.strip() for line in text.splitlines() if line.strip() and line.strip()[0] not in "#;"]
    return bool(said) and all(_fits(line) for line in said[:200])


def _fits(line: str) -> bool:
    words = line.split()
    if _SECTION.match(line) or _VARIABLE.match(line.replace(" ", "")):
        return True
    return bool(_HOST.fullmatch(_without_port(words[0])[0])) and all("=" in word or '"' in line for word in words[1:2])


def is_yaml_inventory(value: Any) -> bool:
    """Return whether a document is groups with hosts, children and variables."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(one is None or (isinstance(one, Mapping) and one.keys() <= _GROUP_KEYS) for one in value.values())
        and any(one for one in value.values())
    )


def of_yaml(value: Found) -> dict[str, Host]:
    """Return the hosts of a YAML inventory."""
    found: dict[str, Host] = {}
    stack: list[tuple[str, Any, tuple[str, ...]]] = [(name, one, ()) for name, one in reversed(list(value.items()))]
    while stack:
        name, one, above = stack.pop()
        if not isinstance(one, Mapping):
            continue
        within = (name, *above)
        for pattern, values in _pairs(one.get("hosts")):
            for host in _expanded(_without_port(pattern)[0]):
                known = found.setdefault(host, Host(host))
                known.values |= dict(values) if isinstance(values, Mapping) else {}
                for group in within:
                    _join(known, group)
                _check_count(found)
        stack += [(below, inner, within) for below, inner in reversed(list(_pairs(one.get("children"))))]
    return found


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield names with what stands under them; a list of names has nothing there."""
    if isinstance(value, Mapping):
        yield from ((str(name), inner) for name, inner in value.items())
    elif isinstance(value, list):
        yield from ((name, None) for name in value if isinstance(name, str))
    elif isinstance(value, str):
        yield value, None


def of_listing(value: Found) -> dict[str, Host]:
    """Return the hosts of what `ansible-inventory --list` prints."""
    known = value["_meta"]["hostvars"]
    found: dict[str, Host] = {}
    for name, values in _pairs(known):
        found[name] = Host(name, [], dict(values) if isinstance(values, Mapping) else {})
    above: dict[str, list[str]] = {}
    for group, one in value.items():
        members = one if isinstance(one, list) else one.get("hosts") if isinstance(one, Mapping) else None
        for name, _ in _pairs(members) if group != "_meta" else ():
            _join(found.setdefault(name, Host(name)), group)
        for below, _ in _pairs(one.get("children") if isinstance(one, Mapping) else None):
            above.setdefault(below, []).append(group)
    _check_count(found)
    _join_outer(found, above)
    return found

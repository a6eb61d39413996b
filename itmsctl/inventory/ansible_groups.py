"""Computers as a dynamic inventory of Ansible: groups by what is recorded of them, variables of each host."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_]+")


def group_name(*parts: str) -> str:
    """Return a name that Ansible takes for a group: letters, digits and underscores, a letter first."""
    return "_".join(_NOT_A_NAME.sub("_", part).strip("_") or "x" for part in parts)


def groups_of(computer: Mapping[str, Any]) -> list[str]:
    """Return the groups that a computer is in: by the family of its system, its sites, and its tags."""
    found = [group_name("os", computer["os_family"])] if computer.get("os_family") else []
    found += [group_name("site", site) for site in _listed(computer.get("site"))]
    tags: Mapping[str, str] = computer.get("tags") or {}
    found += [group_name("tag", key, *([value] if value else [])) for key, value in tags.items()]
    return sorted(set(found))


def variables(computer: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of a host: how it is reached, and what the CMDB knows of it."""
    addresses = _listed(computer.get("address"))
    reached = {
        "ansible_host": computer.get("management_address") or (addresses[0] if addresses else None),
        "ansible_port": computer.get("port"),
        "ansible_user": computer.get("user"),
    }
    told = {
        "itms_id": computer["id"],
        "itms_addresses": addresses,
        "itms_os_family": computer.get("os_family"),
        "itms_site": computer.get("site"),
        "itms_tags": dict(computer.get("tags") or {}),
        "itms_description": computer.get("description"),
        **{f"itms_{name}": row for name, row in known.items()},
    }
    return {name: _inert(value) for name, value in (reached | told).items() if value not in (None, [], {}, "")}


def _inert(value: Any) -> Any:
    """Return a value that Ansible never takes for a template: what a computer tells must not run on the controller."""
    if isinstance(value, Mapping):
        return {str(key): _inert(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_inert(one) for one in value]
    return {"__ansible_unsafe": value} if isinstance(value, str) and "{" in value else value


def listed(hosts: Iterable[tuple[str, list[str], dict[str, Any]]]) -> dict[str, Any]:
    """Return what `--list` answers: every host with its variables, every group with its hosts."""
    hostvars: dict[str, Any] = {}
    groups: dict[str, list[str]] = {}
    alone: list[str] = []
    for name, inside, its in hosts:
        hostvars[name] = its
        for group in inside:
            groups.setdefault(group, []).append(name)
        if not inside:
            alone.append(name)
    found: dict[str, Any] = {"_meta": {"hostvars": hostvars}}
    found["all"] = {"children": [*sorted(groups), "ungrouped"]}
    found |= {name: {"hosts": sorted(groups[name])} for name in sorted(groups)}
    return found | {"ungrouped": {"hosts": sorted(alone)}}


def _listed(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]

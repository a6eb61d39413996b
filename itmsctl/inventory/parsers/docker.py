"""`docker inspect $(docker ps -aq)`, `docker image inspect`: containers and images of Docker; of Podman too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from itmsctl.inventory.captured import address, filled, mac
from itmsctl.inventory.json_values import json_of, objects
from itmsctl.inventory.parser import Parser, Rows

_FRACTION = re.compile(r"(\.\d{1,6})\d*(?=Z|[+-]|$)")


def _map(one: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    found: Any = one
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(one: Mapping[str, Any], name: str) -> str | None:
    found = one.get(name)
    return found if isinstance(found, str) and found else None


def _moment(text: str | None) -> str | None:
    return None if text is None or text.startswith("0001-") else _FRACTION.sub(r"\1", text)


def containers(text: str) -> Rows:
    """Return containers."""
    rows: Rows = []
    for one in objects(json_of(text)):
        if "Id" not in one or not isinstance(one.get("State"), Mapping):
            continue
        config, state, host, network = (
            _map(one, "Config"),
            _map(one, "State"),
            _map(one, "HostConfig"),
            _map(one, "NetworkSettings"),
        )
        networks = _map(network, "Networks")
        ends = [each for each in networks.values() if isinstance(each, Mapping)]
        command = [_text(one, "Path"), *(arg for arg in one.get("Args") or () if isinstance(arg, str))]
        # Both are 0 where there is nothing to say: no limit of memory, no process because it does not run.
        memory = host.get("Memory")
        pid = state.get("Pid")
        rows += filled(
            {
                "engine": "docker",
                "id": _text(one, "Id"),
                "name": (_text(one, "Name") or "").lstrip("/"),
                "image": _text(config, "Image"),
                "image_id": _text(one, "Image"),
                "state": _text(state, "Status") or ("running" if state.get("Running") is True else "exited"),
                "created_at": _moment(_text(one, "Created")),
                "started_at": _moment(_text(state, "StartedAt")),
                "command": " ".join(filter(None, command)),
                "ports": _ports(network),
                "networks": [str(name) for name in networks],
                "ip_addresses": [found for each in ends if (found := address(_text(each, "IPAddress")))],
                "mac_addresses": [found for each in ends if (found := mac(_text(each, "MacAddress")))],
                "mounts": _mounts(one),
                "restart_policy": _text(_map(host, "RestartPolicy"), "Name"),
                "is_privileged": host.get("Privileged") if isinstance(host.get("Privileged"), bool) else None,
                "user": _text(config, "User"),
                "memory_limit_bytes": memory if isinstance(memory, int) and 0 < memory < 2**63 else None,
                "labels": {str(name): str(said) for name, said in _map(config, "Labels").items()},
                "pid": pid if isinstance(pid, int) and not isinstance(pid, bool) and 0 < pid < 2**31 else None,
            },
            "id",
        )
    return rows


def _ports(network: Mapping[str, Any]) -> list[str]:
    found = []
    for inside, outside in _map(network, "Ports").items():
        for one in outside if isinstance(outside, list) else ():
            if isinstance(one, Mapping):
                found.append(f"{one.get('HostIp') or '0.0.0.0'}:{one.get('HostPort')}->{inside}")  # noqa: S104 - as Docker writes it
    return found


def _mounts(one: Mapping[str, Any]) -> list[str]:
    mounts = one.get("Mounts")
    return [
        f"{each.get('Source')}:{each.get('Destination')}"
        for each in (mounts if isinstance(mounts, list) else ())
        if isinstance(each, Mapping)
    ]


def container_images(text: str) -> Rows:
    """Return images."""
    rows: Rows = []
    for one in objects(json_of(text)):
        tags, size, digests = one.get("RepoTags"), one.get("Size"), one.get("RepoDigests")
        if "Id" not in one or not isinstance(tags, list):
            continue
        rows += filled(
            {
                "engine": "docker",
                "id": _text(one, "Id"),
                "tags": [tag for tag in tags if isinstance(tag, str)],
                "digest": next((each for each in digests if isinstance(each, str)), None)
                if isinstance(digests, list)
                else None,
                "size_bytes": size
                if isinstance(size, int) and not isinstance(size, bool) and 0 < size < 2**63
                else None,
                "created_at": _moment(_text(one, "Created")),
                "architecture": _text(one, "Architecture"),
                "operating_system": _text(one, "Os"),
            },
            "id",
        )
    return rows


PARSER = Parser("docker inspect", {"containers": containers, "container_images": container_images})

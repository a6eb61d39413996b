"""The main job as typed by a user: plan sites, record computers, pick some by a filter, run a task on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from examples.lab.ssh_endpoints import Lab
from tests.conftest import Result, Run

# What differs from one database to the next, and is not part of what is said.
VARYING = {
    "id",
    "guid",
    "created_at",
    "changed_at",
    "last_seen",
    "at",
    "duration_s",
    "started_at",
    "ended_at",
    "updated_at",
}


def computers_csv(lab: Lab, folder: Path) -> Path:
    """Write the lab's computers in the columns of `computer import`."""
    path = folder / "computers.csv"
    lines = ["name,address,port,user,os_family,tags"]
    for number, host in enumerate(lab.hosts, 1):
        lines.append(f"lab-{number},{host},{lab.port},{lab.user},linux,env={'prod' if number < 3 else 'test'}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def steps(lab: Lab, folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the commands of the scenario, in order."""
    key = ("--key", str(lab.key_file), "--accept-new")
    yield ("site", "add", "rome", "--time-zone", "Europe/Rome", "-o", "json")
    yield ("site", "add", "oslo", "-o", "json")
    yield ("subnet", "add", "127.45.1.0/24", "--site", "rome", "-o", "json")
    yield ("subnet", "add", "127.45.2.0/24", "--site", "oslo", "-o", "json")
    yield ("computer", "import", str(computers_csv(lab, folder)), "-o", "json")
    yield ("server", "add", "lab-1", "--service", "package", "--service", "task", "-o", "json")
    yield ("computer", "list", "-o", "json")
    yield ("computer", "list", "--where", "site = 'rome' and os_family = 'linux'", "-o", "name")
    yield ("filter", "add", "rome-linux", "--where", "site = 'rome' and os_family = 'linux'", "-o", "json")
    yield ("filter", "members", "rome-linux", "-o", "json")
    yield ("target", "add", "prod-rome", "--filter", "rome-linux", "-o", "json")
    yield ("target", "members", "prod-rome", "-o", "json")
    yield ("server", "for", "lab-3", "--service", "package", "-o", "json")
    yield ("server", "for", "127.45.2.9", "--service", "package", "-o", "json")
    yield ("task", "add", "kernel", "--command", "echo kernel-of-$USER-ok", "-o", "json")
    yield ("task", "run", "kernel", "--target", "rome-linux", *key, "-o", "ndjson")
    yield ("task", "run", "--command", "exit 3", "--where", "site = 'oslo'", *key, "-o", "ndjson")
    yield ("run", "list", "-o", "json")
    yield ("membership", "update", "--complete", "-o", "json")
    yield ("site", "list", "-o", "csv", "--fields", "name,time_zone")
    yield ("audit", "verify")


def play(run: Run, lab: Lab, folder: Path) -> list[tuple[tuple[str, ...], Result]]:
    """Run the whole scenario; answer each command with its result."""
    return [(words, run(*words)) for words in steps(lab, folder)]


def plain(result: Result) -> Any:
    """Return what a command printed, without what differs from one database to the next; lines in a stable order."""
    text = result.out
    try:
        return _strip(json.loads(text))
    except json.JSONDecodeError:
        lines = text.splitlines()
    try:
        return sorted((_strip(json.loads(line)) for line in lines), key=str)
    except json.JSONDecodeError:
        return lines


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _strip(v) for k, v in value.items() if k not in VARYING}
    return [_strip(v) for v in value] if isinstance(value, list) else value

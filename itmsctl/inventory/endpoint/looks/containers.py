"""Containers, images and virtual machines of this host, as their tools list them."""

from __future__ import annotations

from itmsctl.inventory.captured import lines
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError
from itmsctl.inventory.parsers import docker, libvirt

ENGINES = ("docker", "podman")
"""Tools that list containers in one form."""

DAEMON = "/var/run/docker.sock"
"""Where the daemon of `docker` answers; without it the tool would only complain, and it is slow to do so."""

_AT_ONCE = 100
_MOST = 2000


def _inspected(probe: Probe, engine: str, *words: str) -> list[str]:
    """Return what an engine tells of all that it lists, a hundred at a time."""
    ids = sorted(
        {word for word in probe.run(engine, *words, "--quiet", "--no-trunc").split() if word.replace(":", "").isalnum()}
    )[:_MOST]
    kind = "image" if words[0] == "images" else "container"
    return [
        probe.run(engine, kind, "inspect", *ids[place : place + _AT_ONCE]) for place in range(0, len(ids), _AT_ONCE)
    ]


def _of_engines(probe: Probe, *words: str) -> list[tuple[str, str]]:
    found = []
    absent = 0
    for engine in ENGINES:
        try:
            if engine == "docker" and probe.tool(engine) and not probe.has(DAEMON):
                raise UnreadError(f"its daemon does not run: no such file: {DAEMON}")
            found += [(engine, text) for text in _inspected(probe, engine, *words)]
        except AbsentError:
            absent += 1
    if absent == len(ENGINES):
        raise AbsentError(f"no such command: {', '.join(ENGINES)}")
    return found


def containers(probe: Probe) -> Rows:
    """Return containers; variables of their environment are not told."""
    return [
        {**row, "engine": engine}
        for engine, text in _of_engines(probe, "ps", "--all")
        for row in docker.containers(text)
    ]


def container_images(probe: Probe) -> Rows:
    """Return images."""
    return [
        {**row, "engine": engine}
        for engine, text in _of_engines(probe, "images")
        for row in docker.container_images(text)
    ]


def virtual_machines(probe: Probe) -> Rows:
    """Return machines of libvirt."""
    rows: Rows = []
    for name in lines(probe.run("virsh", "--readonly", "list", "--all", "--name")):
        if name.strip() and not name.startswith("-"):
            rows += libvirt.virtual_machines(probe.run("virsh", "--readonly", "dumpxml", "--domain", name.strip()))
    return rows

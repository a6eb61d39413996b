"""`/etc/os-release`: the distribution of Linux and of many other systems."""

from __future__ import annotations

import shlex

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows


def operating_system(text: str) -> Rows:
    """Return the operating system."""
    said: dict[str, str] = {}
    for line in lines(text):
        name, apart, value = line.strip().partition("=")
        if apart and name.replace("_", "").isalnum():
            said[name] = _unquoted(value)
    system, version = said.get("NAME"), said.get("VERSION_ID") or said.get("VERSION")
    return filled(
        {
            "name": system,
            "full_name": said.get("PRETTY_NAME") or " ".join(filter(None, (system, said.get("VERSION")))),
            "id": said.get("ID"),
            "version": version,
            "release": said.get("VERSION_CODENAME") or said.get("UBUNTU_CODENAME") or said.get("VARIANT"),
            "build": said.get("BUILD_ID"),
        },
        "name",
    )


def _unquoted(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:  # a quote that does not end
        return value.strip("'\"")


PARSER = Parser("cat /etc/os-release", {"operating_system": operating_system})

"""The edition for computers without Python, run for real by several shells."""

from __future__ import annotations

import hashlib
import json
import subprocess
from typing import Any

import pytest

from itmsctl.inventory.catalogue import names
from itmsctl.inventory.gathering.shell import rows_of_text, settled
from itmsctl.inventory.service.bundle import shell_edition
from itmsctl.inventory.service.classes import data_class
from tests.inventory.gatherer import fed, request

BASIC = (
    "identification", "operating_system", "hardware", "processors", "network_interfaces", "interface_addresses",
    "routes", "dns_settings", "filesystems", "local_users", "local_groups", "software", "swap",
)  # fmt: skip
MORE = ("services", "ssh_keys", "certificates", "user_profiles", "pending_updates")
"""Classes that are compared too."""


def answered(shell: tuple[str, ...], classes: tuple[str, ...], **more: Any) -> dict[str, dict[str, Any]]:
    """Return what a shell answers: by class its state, and its rows as the controller reads them."""
    done = subprocess.run(
        [*shell, "-s"], input=shell_edition(request(classes)), capture_output=True, timeout=120, check=True, **more
    )
    *lines, last, _ = done.stdout.split(b"\n")
    before = done.stdout[: len(done.stdout) - len(last) - 1]
    assert json.loads(last) == {"lines": len(lines), "sha256": hashlib.sha256(before).hexdigest()}
    head = json.loads(lines[0])
    assert (head["itms-inventory"], head["token"], head["system"]) == (1, "a token", "linux")
    found: dict[str, dict[str, Any]] = {}
    for line in map(json.loads, lines[1:]):
        one = found.setdefault(line["class"], {"state": line["state"], "parts": 0, "rows": [], "done": False})
        assert not one["done"]
        assert line.get("part", 0) == one["parts"]
        one["parts"] += 1
        one["done"] = not line.get("more")
        one["why"] = line.get("why", "")
        one["rows"] = settled([*one["rows"], *rows_of_text(line)], data_class(line["class"]).key)
    assert all(one["done"] for one in found.values())
    return found


@pytest.mark.parametrize("shell", [("dash",), ("busybox", "sh"), ("bash", "--posix")], ids=lambda shell: shell[0])
def test_a_shell_tells_what_the_program_tells(shell: tuple[str, ...]) -> None:
    found = answered(shell, names())
    assert set(found) == set(names())
    assert {row["class"] for row in found["recency"]["rows"]} == set(names()) - {"recency"}
    assert found["update_state"]["rows"][0]["reboot_required"] in {"true", "false"}
    for name in BASIC:
        assert found[name]["state"] == "whole", (name, found[name]["why"])
    python = fed(request((*BASIC, *MORE), language_packages=False))
    for name, columns in {
        "software": ("name", "version", "architecture", "status", "size_bytes"),
        "local_users": ("name", "uid", "gid", "home", "shell"),
        "local_groups": ("name", "gid"),
        "interface_addresses": ("interface", "address", "prefix_length"),
        "network_interfaces": ("name", "mac_address", "mtu"),
        "hardware": ("threads", "memory_mib"),
        "operating_system": ("id", "kernel_version", "architecture"),
        "identification": ("host_name",),
        "services": ("name", "display_name", "manager", "start_mode", "path", "user"),
        "ssh_keys": ("path", "fingerprint", "type", "use"),
        "certificates": ("store", "fingerprint", "subject"),
        "user_profiles": ("user", "path"),
        "pending_updates": ("name", "version_available"),
    }.items():
        theirs = {tuple(row.get(column) for column in columns) for row in python.rows(name)}
        ours = {tuple(row.get(column) for column in columns) for row in found[name]["rows"]}
        if name == "hardware":
            ours = {(row_threads(python), memory) for _, memory in ours}
        assert ours == theirs, name


def row_threads(python: Any) -> Any:
    [row] = python.rows("hardware")
    return row["threads"]


def test_what_it_does_not_read_says_why() -> None:
    found = answered(("dash",), ("patches", "sensors", "bios"))
    assert {one["state"] for one in found.values()} == {"unread"}
    assert "no Python" in found["sensors"]["why"]
    assert found["bios"]["why"] == "no such command: dmidecode"


def test_nobody_who_names_classes_runs_anything(tmp_path: Any) -> None:
    one = request(["swap"]) | {"token": "'; touch was-run; '"}
    subprocess.run(["dash", "-s"], input=shell_edition(one), capture_output=True, check=True, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", [{}, {"parser": "none", "text": "x", "class": "swap"}, {"parser": "df", "text": 1}])
def test_a_line_that_names_no_parser_has_no_rows(line: dict[str, Any]) -> None:
    assert rows_of_text(line) == []
    assert rows_of_text({"parser": "df", "text": "x", "class": "software"}) == []

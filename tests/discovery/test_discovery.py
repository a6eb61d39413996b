"""Discovery as a user meets it: real snmpd and captured devices, on both databases."""

from __future__ import annotations

from typing import Any

from tests.conftest import Run
from tests.discovery.conftest import Lab
from tests.discovery.switches import SWITCH, switch
from tests.servers.snmp import COMMUNITY, captured_walk

FAST = ("--timeout", "0.4s", "--retries", "1", "--method", "ping", "--method", "snmp")


def by_address(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    *found, summary = lines
    assert summary["type"] == "summary"
    return {one["address"].rpartition(".")[2]: one for one in found}


def looked_at(ok: Run, lab: Lab, *more: str, code: int = 0) -> dict[str, dict[str, Any]]:
    command = ("discovery", "run", "--subnet", f"{lab.net}.0/28", "--snmp-port", str(lab.port), *FAST, *more)
    return by_address(ok(*command, code=code).lines)


def test_real_agents_and_captured_devices_are_found_told_apart_and_kept_once(
    run: Run, lab: Lab, keys: tuple[str, ...]
) -> None:
    lab.daemon(
        1, f"rocommunity {COMMUNITY}", "sysName lx1", "sysLocation rack 4", "sysObjectID 1.3.6.1.4.1.8072.3.2.10"
    )
    # All daemons run on this machine: one that told its interfaces would be the same computer at another address.
    lab.daemon(
        2, 'createUser ops SHA-256 "authpass12" AES "privpass12"', "rouser ops priv -V who",
        "view who included .1.3.6.1.2.1.1", "sysName lx2",
    )  # fmt: skip
    lab.daemon(3, "rocommunity another", 'createUser ops SHA-256 "authpass99" AES "privpass12"', "rouser ops priv")
    lab.device(4, captured_walk("sample2.walk"))
    lab.device(5, captured_walk("sample3.walk"))
    lab.device(6, captured_walk("sample5.walk"))
    lab.device(7, captured_walk("sample6.walk"))
    lab.device(8, switch())
    lab.device(9, switch(), community="another")

    command = ("discovery", "run", "--subnet", f"{lab.net}.0/28", "--snmp-port", str(lab.port), *FAST, *keys)
    dry = run(*command, "--dry-run")
    assert dry.code == 7
    assert run("network-device", "list").lines == [] == run("printer", "list").lines
    first = run(*command)
    found = by_address(first.lines)
    assert first.code == 7
    expected = {
        "1": ("found", "computer", "lx1"),
        "2": ("found", "computer", "lx2"),
        "3": ("wrong-credentials", None, None),
        "4": ("found", "printer", "Aficio MP 171"),
        "5": ("found", "printer", "AL-CX11-CF9D9F"),
        "6": ("found", "switch", f"switch-{lab.address(6)}"),
        "7": ("found", "other", f"device-{lab.address(7)}"),
        "8": ("found", "switch", "core-1"),
        "9": ("found", None, None),
        **{str(last): ("found", None, None) for last in range(10, 15)},
    }
    for lines in (by_address(dry.lines), found):
        assert {last: (one["state"], one["type"], one["name"]) for last, one in lines.items()} == expected
    assert found["1"]["seen_by"] == ["ping", "snmp v2c"]
    assert found["2"]["seen_by"] == ["ping", "snmp v3"]
    assert "authentication passphrase" in found["3"]["why"]
    assert COMMUNITY not in first.out + first.err
    assert "pass12" not in first.out + first.err

    again = by_address(run(*command).lines)
    assert [again[str(last)]["state"] for last in range(1, 9)] == [
        "known", "known", "wrong-credentials", *["known"] * 5
    ]  # fmt: skip
    assert not any(one["is_new"] for one in again.values())
    devices = {one["name"]: one for one in run("network-device", "list", "-o", "ndjson").lines}
    assert devices["core-1"]["device_type"] == "switch"
    assert devices["core-1"]["serial"] == SWITCH.serial
    assert devices["core-1"]["vendor"] == "HP"
    assert devices["core-1"]["last_seen"] is not None
    assert len(devices) == 3
    assert len(run("printer", "list", "-o", "ndjson").lines) == 2
    assert {one["name"] for one in run("computer", "list", "-o", "ndjson").lines} == {"lx1", "lx2"}
    shown = run("computer", "show", "lx1", "--class", "snmp_system", "-o", "json").json
    assert shown["rows"][0]["location"] == "rack 4"

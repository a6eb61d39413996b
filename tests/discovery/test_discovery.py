"""Discovery as a user meets it: real snmpd and captured devices, on both databases."""

from __future__ import annotations

import socket
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.discovery import objects
from itmsctl.discovery.area import area_of
from itmsctl.discovery.service.probing import SnmpKey
from itmsctl.discovery.service.running import Discovery
from itmsctl.discovery.way import Way
from itmsctl.resources.service.devices import NETWORK_DEVICES
from tests.conftest import Run
from tests.discovery.conftest import USER_LINES, Lab
from tests.discovery.switches import SWITCH, SwitchFacts, switch
from tests.servers.snmp import COMMUNITY, captured_walk

FAST = ("--timeout", "0.4s", "--retries", "1", "--method", "ping", "--method", "snmp")


def by_address(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    *found, summary = lines
    assert summary["type"] == "summary"
    return {one["address"].rpartition(".")[2]: one for one in found}


def looked_at(ok: Run, lab: Lab, *more: str) -> dict[str, dict[str, Any]]:
    command = ("discovery", "run", "--subnet", f"{lab.net}.0/28", "--snmp-port", str(lab.port), *FAST, *more)
    return by_address(ok(*command).lines)


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


def test_a_device_with_another_serial_number_at_an_address_is_another_one(
    run: Run, ok: Run, lab: Lab, keys: tuple[str, ...]
) -> None:
    here = ("discovery", "run", "--host", lab.address(8), "--snmp-port", str(lab.port), *FAST, *keys)
    first = lab.device(8, switch())
    assert ok(*here).lines[0]["is_new"]
    first.stop()
    lab.device(8, switch(SwitchFacts("OTHER-1", "core-1", bytes.fromhex("001871ffe000"))))
    replaced = ok(*here).lines[0]
    assert (replaced["state"], replaced["name"]) == ("found", "core-1@OTHER-1")
    assert len(ok("network-device", "list", "-o", "ndjson").lines) == 2


def test_known_computers_are_marked_as_seen_and_never_made_twice(ok: Run, lab: Lab, keys: tuple[str, ...]) -> None:
    ok("computer", "add", "known", "--address", lab.address(4))
    ok("computer", "add", "by-mac", "--mac", "00:18:71:c1:e0:01")
    lab.device(4, {objects.SYS_DESCR: b"Linux x", objects.SYS_NAME: b"another-name"})
    lab.device(5, switch())
    found = looked_at(ok, lab, *keys, "--exclude", lab.address(9))
    assert (found["4"]["state"], found["4"]["name"]) == ("known", "known")
    assert (found["5"]["state"], found["5"]["name"]) == ("known", "by-mac")
    assert "9" not in found
    assert {one["name"] for one in ok("computer", "list", "-o", "ndjson").lines} == {"known", "by-mac"}
    assert ok("network-device", "list", "-o", "ndjson").lines == []
    assert ok("computer", "show", "known", "-o", "json").json["last_seen"] is not None


def test_a_name_alone_makes_nobody_a_known_computer(ok: Run, lab: Lab, keys: tuple[str, ...]) -> None:
    ok("computer", "add", "db1", "--address", "10.9.9.9")
    lab.device(4, {objects.SYS_DESCR: b"Linux x", objects.SYS_NAME: b"db1"})
    for state in ("found", "known"):
        found = looked_at(ok, lab, *keys)["4"]
        assert (found["state"], found["name"]) == (state, f"db1@{lab.address(4)}")
    assert ok("computer", "show", "db1", "-o", "json").json["last_seen"] is None


def test_a_computer_in_a_blockout_is_not_contacted(ok: Run, run: Run, lab: Lab, keys: tuple[str, ...]) -> None:
    ok("computer", "add", "quiet", "--address", lab.address(4))
    ok("window", "add", "never", "--type", "blockout", "--daily", "00:00", "--duration", "24h", "--target", "all")
    quiet, other = lab.device(4, switch()), lab.device(5, {objects.SYS_DESCR: b"x"})
    assert "4" not in looked_at(ok, lab, *keys)
    assert other.asked
    assert (quiet.asked, quiet.strange) == ([], [])
    assert run("discovery", "run", "--host", lab.address(4)).code == 9


def test_what_a_device_holds_is_shown_and_what_a_person_wrote_stays(ok: Run, lab: Lab, keys: tuple[str, ...]) -> None:
    lab.device(5, switch())
    looked_at(ok, lab, *keys)
    ok("network-device", "set", "core-1", "--location", "cellar", "--contact", "jane")
    again = looked_at(ok, lab, *keys)
    assert again["5"]["state"] == "known"
    shown = ok("network-device", "show", "core-1", "-o", "json").json
    assert (shown["location"], shown["contact"], shown["firmware"]) == ("cellar", "jane", "K.15.28")
    classes = {one["class"]: one["rows"] for one in ok("discovery", "show", "core-1", "-o", "ndjson").lines}
    assert classes["snmp_interfaces"] == 4
    rows = ok("discovery", "show", "core-1", "--class", "snmp_interfaces", "-o", "json").json["rows"]
    assert [row["name"] for row in rows] == ["A1", "A2", "A3", "A4"]
    asked = "SELECT computer, name FROM v_inv_snmp_interfaces WHERE number = 2"
    assert ok("report", "run", "--sql", asked, "-o", "ndjson").lines == [{"computer": "core-1", "name": "A2"}]
    ok("network-device", "remove", "core-1", "--yes")
    assert ok("report", "run", "--sql", asked, "-o", "ndjson").lines == []


def test_only_what_was_named_is_contacted(ok: Run, lab: Lab, keys: tuple[str, ...]) -> None:
    outside, excluded, inside = (lab.device(last, switch()) for last in (9, 5, 4))
    ok("discovery", "run", "--subnet", f"{lab.net}.0/29", "--exclude", lab.address(5), "--snmp-port", str(lab.port),
       *FAST, *keys)  # fmt: skip
    assert inside.asked
    for other in (outside, excluded):
        assert (other.asked, other.strange) == ([], []), "not even a question without a credential"


def test_a_credential_goes_only_where_its_scope_says(ok: Run, lab: Lab, keys: tuple[str, ...]) -> None:
    ok("subnet", "add", f"{lab.net}.4/32")
    ok("credential", "set", "lab", "--subnet", f"{lab.net}.4/32")
    inside, outside = lab.device(4, switch()), lab.device(5, switch())
    found = looked_at(ok, lab, "--credential", "lab")
    assert inside.asked
    assert not outside.asked
    assert "may not go there" in found["5"]["why"]


def test_a_profile_says_how_and_what_is_typed_counts_more(ok: Run, lab: Lab, keys: tuple[str, ...]) -> None:
    lab.device(4, switch())
    ok("discovery-profile", "add", "office", "--method", "snmp", "--snmp-port", str(lab.port), "--credential", "lab",
       "--timeout", "0.3s", "--retries", "0")  # fmt: skip
    found = by_address(ok("discovery", "run", "--host", lab.address(4), "--profile", "office").lines)
    assert found["4"]["seen_by"] == ["snmp v2c"]
    found = by_address(
        ok("discovery", "run", "--host", lab.address(4), "--profile", "office", "--method", "ping").lines
    )
    assert found["4"]["seen_by"] == ["ping"]


def test_hosts_that_answer_nothing_are_seen_by_the_router_before_them(ok: Run, lab: Lab, keys: tuple[str, ...]) -> None:
    values = dict(switch())
    mine = tuple(map(int, lab.address(10).split(".")))
    values[*objects.IP_TO_MAC, 2, 1, *mine] = bytes.fromhex("00505612ab35")
    values[*objects.IP_TO_MAC, 4, 1, *mine] = 3
    lab.device(5, dict(sorted(values.items())))
    only = ("--method", "snmp", "--method", "arp", "--credential", "lab", "--timeout", "0.3s", "--retries", "0")
    command = ("discovery", "run", "--host", lab.address(5), "--host", lab.address(10), "--snmp-port", str(lab.port))
    # On loopback a closed port answers: this address is as silent as one behind a firewall.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((lab.address(10), lab.port))
        found = by_address(ok(*command, *only).lines)
    assert found["10"]["seen_by"] == [f"arp of {lab.address(5)}"]
    assert found["10"]["mac"] == "00:50:56:12:ab:35"


NONSENSE: list[tuple[tuple[str, ...], int, str]] = [
    ((), 2, "where is to be looked"),
    (("--subnet", "10.0.0.0/8"), 9, "name smaller subnets"),
    (("--subnet", "10.0.0.0/16"), 9, "--max 65534"),
    (("--subnet", "2001:db8::/64"), 9, "name smaller subnets"),
    (("--subnet", "office"), 3, "not a subnet"),
    (("--host", "127.0.0.1", "--method", "smoke"), 3, "not a method"),
    (("--host", "127.0.0.1", "--method", "dns"), 3, "nothing is left to look with"),
    (("--host", "127.0.0.1", "--port", "ssh"), 3, "not a port"),
    (("--host", "127.0.0.1", "--rate", "0"), 3, "rate 0"),
    (("--host", "127.0.0.1", "--parallel", "5000"), 3, "parallel"),
    (("--host", "127.0.0.1", "--add", "much"), 2, "--add identified"),
    (("--host", "127.0.0.1", "--credential", "none"), 5, "none"),
    (("--host", "127.0.0.1", "--profile", "none"), 5, "none"),
    (("--host", "no.such.host.invalid"), 5, "has no address"),
    (("--site", "nowhere"), 5, "nowhere"),
    (("--host", "127.0.0.1", "--exclude", "127.0.0.0/8"), 3, "no address is left"),
]


def test_what_makes_no_sense_is_said_before_anything_is_sent(run: Run) -> None:
    for argv, code, said in NONSENSE:
        result = run("discovery", "run", *argv)
        assert (argv, result.code, said in result.err, result.out) == (argv, code, True, ""), result.err


BAD_SECRETS = [
    ("auth sha256 short\n", "at least 8"),
    ("auth rot13 long-enough\n", "no way that is known"),
    ("priv aes long-enough\n", "proves who it is"),
    ("long-enough\n", "is not one of SNMP v3"),
]


def test_a_secret_of_version_3_is_checked_and_never_shown(ok: Run, run: Run, keys: tuple[str, ...]) -> None:
    for secret, said in BAD_SECRETS:
        refused = run("credential", "add", "x", "--kind", "snmp-v3", "--user", "u", "--secret-stdin", stdin=secret)
        assert (refused.code, said in refused.err, "long-enough" in refused.err) == (3, True, False), refused.err
    assert run("credential", "add", "x", "--kind", "snmp-v3", "--secret-stdin", stdin=USER_LINES).code == 3
    ok("credential", "add", "pw", "--kind", "password", "--secret-stdin", stdin="secret\n")
    assert run("discovery", "run", "--host", "127.0.0.1", "--credential", "pw").code == 2


def test_an_interrupt_keeps_what_was_found(store: Store, lab: Lab) -> None:
    lab.device(1, switch())
    way = Way(methods=("snmp",), snmp_port=lab.port, timeout_s=0.3, retries=0, rate=20, at_once=1)
    key = SnmpKey("lab", COMMUNITY.encode())
    discovery = Discovery(store, area_of([f"{lab.net}.0/24"]), way, [key], add="identified", dry_run=False)
    shown = []
    for one in discovery.scanning:
        discovery._take(one)
        if discovery.done == 5:
            break  # as where Ctrl-C comes
    shown += list(discovery.rest())
    assert 5 <= len(shown) < 50
    assert (shown[0].resource, shown[0].is_new) == ("core-1", True)
    with store.read() as reader:
        assert [doc.name for doc in NETWORK_DEVICES.list(reader)] == ["core-1"]

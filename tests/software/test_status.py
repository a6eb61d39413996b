"""`software status`: judged by inventory, only where something changed; what is not known is unknown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.software.service import states
from tests.conftest import START, FrozenClock, Run
from tests.inventory.telling import forget, tell


def package(name: str, version: str, source: str = "dpkg", **more: object) -> dict[str, object]:
    return {"name": name, "version": version, "source": source, "architecture": "amd64", **more}


def with_hello(ok: Run, store: Store, clock: FrozenClock, names: list[str]) -> None:
    """Add computers on which hello is installed, and that software, which nobody has judged yet."""
    for name in names:
        ok("computer", "add", name)
    clock.forward(days=1)
    tell(store, START, {name: {"software": [package("hello", "2.10-3")]} for name in names})
    ok("software", "add", "hello", "--detect", "package hello >= 2.10")


HOST = {
    "new": [package("hello", "2.10-3"), package("curl", "8.5")],
    "old": [package("hello", "2.9-1")],
    "none": [package("curl", "7.1")],
    "half": [package("hello", "2.10-3", status="half-installed")],
    "pc": [package("Hello World \x1b[31m", "3.1", "msi", product_id="{90160000-008C-0000-1000-0000000FF1CE}")],
}
ALL = (*HOST, "silent")


@pytest.fixture
def fleet(ok: Run, store: Store, clock: FrozenClock) -> Store:
    for name in ALL:
        ok("computer", "add", name, "--os-family", "windows" if name == "pc" else "linux")
    clock.forward(days=2)
    tell(store, START, {name: {"software": rows} for name, rows in HOST.items()})
    ok("software", "add", "hello", "--detect", "package hello >= 2.10", "--applies", "inventory os_family = 'linux'")
    return store


def counts(ok: Run, name: str = "hello") -> tuple[int, int, int, int]:
    shown = ok("software", "status", name, "-o", "json").json
    return (shown["compliant"], shown["not_compliant"], shown["not_applicable"], shown["unknown"])


def judged(ok: Run, *options: str) -> str:
    return ok("software", "judge", *options).err.strip()


def test_states_come_with_their_reason(ok: Run, fleet: Store) -> None:
    shown = ok("software", "status", "hello", "-o", "json").json
    assert {row["computer"]: (row["state"], row["reason"]) for row in shown["computers"]} == {
        "new": ("compliant", "hello 2.10-3 is installed (dpkg)"),
        "old": ("not_compliant", "hello 2.9-1 is installed (dpkg)"),
        "none": ("not_compliant", "hello is not installed"),
        "half": ("not_compliant", "hello is not installed"),
        "pc": ("not_applicable", "does not hold: os_family = 'linux'"),
        "silent": ("unknown", "software was never collected: package hello >= 2.10"),
    }
    assert counts(ok) == (1, 3, 1, 1)
    only = ok("software", "status", "hello", "--state", "compliant", "-o", "json").json
    assert [row["computer"] for row in only["computers"]] == ["new"]
    assert "hello 2.9-1 is installed" in ok("software", "status", "hello", "-o", "table").out
    assert ok("computer", "show", "old", "-o", "json").json["compliance"][0]["state"] == "not_compliant"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("product {90160000-008c-0000-1000-0000000FF1CE} >= 3", {"pc"}),
        ("package 'hello world*' by msi", {"pc"}),
        ("package hello and not package curl", {"old"}),
        ("inventory software(name = 'curl' and version >= '8')", {"new"}),
        ("package 'h%'", set()),
        ("package '*l*' < 8", {"new", "old", "none", "pc"}),
    ],
)
def test_rules_are_judged_by_inventory(ok: Run, fleet: Store, rule: str, expected: set[str]) -> None:
    ok("software", "add", "other", "--detect", rule)
    found = ok("software", "status", "other", "--state", "compliant", "-o", "json").json["computers"]
    assert {row["computer"] for row in found} == expected
    tried = ok("software", "test", rule, *ALL, "-o", "json").json
    assert {row["computer"] for row in tried if row["holds"] == "true"} == expected
    assert "\x1b[31m" not in ok("software", "test", rule, *ALL, "-o", "table").out


def test_only_what_changed_is_judged_again(ok: Run, fleet: Store, clock: FrozenClock) -> None:
    ok("software", "add", "elsewhere", "--detect", "service sshd")
    assert judged(ok) == "12 states judged, 12 changed"
    assert judged(ok) == "0 states judged, 0 changed"
    tell(fleet, clock() - timedelta(hours=1), {"old": {"software": [package("hello", "2.12-1")]}})
    assert judged(ok) == "1 state judged, 1 changed"
    assert counts(ok)[0] == 2
    tell(fleet, clock(), {"none": {"services": [{"name": "sshd", "state": "running"}]}})
    assert judged(ok) == "1 state judged, 1 changed"
    assert counts(ok, "elsewhere") == (1, 0, 0, 5)
    ok("computer", "set", "pc", "--os-family", "linux")
    assert judged(ok) == "1 state judged, 1 changed"
    ok("computer", "add", "newest", "--os-family", "linux")
    assert judged(ok) == "2 states judged, 2 changed"
    ok("software", "set", "hello", "--detect", "package hello >= 2.12")
    assert judged(ok) == "7 states judged, 1 changed"
    forget(fleet, "old", "software")
    judged(ok)
    ok("computer", "remove", "half", "--yes")
    before = ok("software", "status", "hello", "-o", "json").json
    assert judged(ok, "--again").endswith("0 changed")
    assert ok("software", "status", "hello", "-o", "json").json["computers"] == before["computers"]


def test_a_rule_of_the_package_counts_where_there_is_none(ok: Run, fleet: Store) -> None:
    ok("package", "add", "curl", "--detect", "package curl >= 8")
    ok("software", "add", "curl", "--package", "curl")
    assert counts(ok, "curl") == (1, 4, 0, 1)
    ok("package", "set", "curl", "--detect", "package curl")
    assert counts(ok, "curl") == (2, 3, 0, 1)


def test_who_looked_last_is_believed(ok: Run, fleet: Store, clock: FrozenClock) -> None:
    counts(ok)

    def told(state: str, source: str, **ago: float) -> int:
        def work(unit: object) -> int:
            rows = unit.connection.exec_driver_sql("SELECT r.id, r.name FROM resource r")  # type: ignore[attr-defined]
            id_ = next(row[0] for row in rows if row[1] == "none")
            software = unit.connection.exec_driver_sql("SELECT id FROM software").scalar()  # type: ignore[attr-defined]
            at = clock() - timedelta(**ago)
            gone = states.ToldState(software + 9999, id_, state, "x", source, at)
            strange = states.ToldState(software, 10**8, state, "x", source, at)
            one = states.ToldState(software, id_, state, "the installer \0 said", source, at)
            return states.tell(unit, [gone, strange, one])  # type: ignore[arg-type]

        return fleet.write(work)

    assert told("compliant", "delivery", hours=1) == 1
    assert told("not_compliant", "delivery", days=30) == 0
    assert told("unknown", "probe", hours=0) == 0
    assert judged(ok, "--again").endswith("1 changed")  # all are judged anew, by other rules perhaps
    assert told("compliant", "delivery", hours=1) == 1
    tell(fleet, clock() - timedelta(hours=5), {"none": {"software": [package("curl", "7.2")]}})
    judged(ok)
    assert counts(ok) == (2, 2, 1, 1)
    tell(fleet, clock(), {"none": {"software": [package("curl", "7.3")]}})
    judged(ok)
    assert counts(ok) == (1, 3, 1, 1)


def test_filters_ask_for_it(ok: Run, fleet: Store) -> None:
    counts(ok)
    ok("filter", "add", "missing", "--where", "compliance(name = 'hello' and state = 'not_compliant')")
    assert len(ok("filter", "members", "missing", "-o", "json").json) == 3
    tell(fleet, START + timedelta(days=1), {"old": {"software": [package("hello", "2.12-1")]}})
    counts(ok)
    ok("membership", "update", "--delta")
    assert len(ok("filter", "members", "missing", "-o", "json").json) == 2


def test_an_export_of_a_registry_is_evidence_too(ok: Run, fleet: Store, tmp_path: Path) -> None:
    export = tmp_path / "a.reg"
    export.write_text(
        'Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\X]\r\n"Version"="2.1"\r\n'
    )
    for rule, holds in (
        ("registry HKLM\\Software\\X value version >= 2", "true"),
        ("registry HKLM\\Software\\X\\Y", "false"),
        ("registry HKLM\\Software\\Y", "unknown"),
    ):
        assert ok("software", "test", rule, "pc", "--registry", str(export), "-o", "json").json[0]["holds"] == holds


def test_what_is_typed_wrong_is_told(run: Run, ok: Run, fleet: Store) -> None:
    assert run("software", "status", "helo").code == 5
    assert run("software", "status", "hello", "--state", "complaint").code == 2
    assert run("software", "set", "hello", "--detect", "pakage x").code == 3
    circular = run("software", "set", "hello", "--applies", "inventory compliance(name = 'hello')")
    assert (circular.code, "follows from it" in circular.err) == (3, True)
    assert run("software", "test", "registry HKLM\\X", "pc", "--registry", "/none/such").code == 3

"""Exports of inventory for other tools, read by those tools: DuckDB, pandas, and the parsers of Prometheus."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from itmsctl.cmdb.store import Store
from itmsctl.inventory.exports.prometheus import MetricFamily, counted_family, exposition
from tests.conftest import START, Run
from tests.inventory.telling import tell

FORMULA, LINES = "=HYPERLINK(1)", 'two\nlines, and "quotes"'
HOSTILE = 'b"a\\c\nk\u202e'
GIB = 1 << 30
TOLD = {
    "operating_system": [{"name": "Debian GNU/Linux", "version": "12", "uptime_s": 90.5}],
    "software": [
        {"name": "openssl", "version": "3.0.15", "size_bytes": 1234567, "installed_at": START, "is_manual": True},
        {"name": FORMULA, "version": "1", "summary": LINES, "is_manual": False},
    ],
    "filesystems": [
        {"mount_point": "/", "type": "ext4", "size_bytes": 100 * GIB, "free_bytes": 4 * GIB, "options": ["rw", "acl"]},
        {"mount_point": "/snap/x", "type": "squashfs", "size_bytes": GIB, "free_bytes": 0},
        {"mount_point": "/net", "type": "nfs", "size_bytes": GIB, "free_bytes": 0, "is_remote": True},
    ],
    "update_state": [{"pending": 5, "pending_security": 2, "reboot_required": True}],
    "certificates": [
        {"store": "/etc/a", "fingerprint": "aa", "not_after": START + timedelta(days=5), "is_ca": False},
        {"store": "/etc/ca", "fingerprint": "bb", "not_after": START + timedelta(days=5), "is_ca": True},
    ],
}


@pytest.fixture
def fleet(ok: Run, store: Store) -> Store:
    ok("site", "add", "Rome")
    ok("subnet", "add", "10.1.0.0/16", "--site", "Rome")
    ok("computer", "add", "ada", "--os-family", "linux", "--address", "10.1.0.1")
    for name in ("bob", "cyd"):
        ok("computer", "add", name)
    listed = {"pending_updates": [{"name": "x", "is_security": True}, {"name": "y"}, {"name": "z"}]}
    system = {"operating_system": [{"name": HOSTILE, "version": "12"}]}
    tell(store, START, {"ada": TOLD, "bob": TOLD | listed | system})
    return store


def test_duckdb_and_pandas_read_the_types(ok: Run, fleet: Store, tmp_path: Path) -> None:
    import duckdb
    import pandas as pd

    with duckdb.connect() as connection:

        def opened(name: str) -> dict[str, str]:
            out, schema = tmp_path / f"{name}.csv", tmp_path / f"{name}.sql"
            ok("inventory", "export", "--format", "csv", "--class", name, "--out", str(out), "--schema", str(schema))
            connection.execute(schema.read_text(encoding="utf-8"))
            return {row[0]: row[1] for row in connection.execute(f"DESCRIBE {name}").fetchall()}

        types = opened("software")
        assert {of: types[of] for of in ("name", "size_bytes", "installed_at", "is_manual", "since")} == {
            "name": "VARCHAR",
            "size_bytes": "BIGINT",
            "installed_at": "TIMESTAMP WITH TIME ZONE",
            "is_manual": "BOOLEAN",
            "since": "TIMESTAMP WITH TIME ZONE",
        }
        assert opened("operating_system")["uptime_s"] == "DOUBLE"
        asked = (
            "SELECT name, size_bytes, is_manual, epoch_ms(installed_at), summary FROM software WHERE computer = 'ada'"
        )
        assert sorted(connection.execute(asked).fetchall()) == [
            (f"'{FORMULA}", None, False, None, LINES),
            ("openssl", 1234567, True, int(START.timestamp() * 1000), None),
        ]
        opened("filesystems")
        options = "SELECT options::JSON ->> 0 FROM filesystems WHERE mount_point = '/' AND computer = 'bob'"
        assert connection.execute(options).fetchall() == [("acl",)]
    told = tmp_path / "software.csv"
    frame = pd.read_csv(
        told, parse_dates=["since", "installed_at"], dtype={"size_bytes": "Int64", "is_manual": "boolean"}
    )
    assert (str(frame["since"].dtype).startswith("datetime64"), frame["since"].dt.tz is not None) == (True, True)
    assert [int(frame["size_bytes"].sum()), int(frame["is_manual"].sum()), len(frame)] == [2 * 1234567, 2, 4]
    assert "float" in str(pd.read_csv(tmp_path / "operating_system.csv")["uptime_s"].dtype)


def test_csv_guards_spreadsheets_unless_asked_not_to(ok: Run, run: Run, fleet: Store, tmp_path: Path) -> None:
    def names(*more: str) -> set[str]:
        text = ok("inventory", "export", "--format", "csv", "--class", "software", *more).out
        return {row["name"] for row in csv.DictReader(io.StringIO(text))}

    assert names() == {"openssl", f"'{FORMULA}"}
    assert names("--raw", "ada") == {"openssl", FORMULA}
    assert names("cyd") == set()
    assert names("--site", "Rome", "--raw") == {"openssl", FORMULA}
    schema = tmp_path / "types.json"
    ok("inventory", "export", "--format", "csv", "--class", "bios", "--schema", str(schema))
    assert json.loads(schema.read_text(encoding="utf-8"))["columns"]["rom_kib"] == "BIGINT"
    for bad, code in (
        (("--format", "csv"), 2),
        (("--format", "parquet"), 2),
        (("--format", "glpi", "--class", "bios"), 2),
        (("--format", "csv", "--class", "bois"), 5),
        (("--format", "glpi", "nobody"), 5),
    ):
        assert run("inventory", "export", *bad).code == code, bad


def figures(text: str) -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type == "gauge"
        for sample in family.samples:
            key = (sample.name, *sample.labels.values())
            assert key not in found
            found[key] = sample.value
    return found


def test_prometheus_reads_the_figures(ok: Run, fleet: Store, tmp_path: Path) -> None:
    text = ok("inventory", "export", "--format", "prometheus", "--software", "OpenSSL").out
    found = figures(text)
    expected: dict[tuple[str, ...], float] = {
        ("itmsctl_computers", "linux", ""): 1,
        ("itmsctl_computers", "", ""): 2,
        ("itmsctl_computers_inventoried",): 2,
        ("itmsctl_computers_by_system", "Debian GNU/Linux", "12"): 1,
        ("itmsctl_computers_by_system", HOSTILE, "12"): 1,
        ("itmsctl_computers_by_site", "Rome"): 1,
        ("itmsctl_inventory_class_computers", "software", "ever"): 2,
        ("itmsctl_inventory_class_oldest_timestamp_seconds", "software"): START.timestamp(),
        ("itmsctl_pending_updates", "true"): 1 + 2,
        ("itmsctl_pending_updates", "false"): 2 + 3,
        ("itmsctl_pending_updates_computers", "true"): 2,
        ("itmsctl_reboot_required_computers",): 2,
        ("itmsctl_filesystem_free_bytes",): 8 * GIB,
        ("itmsctl_filesystem_low_computers", "5"): 2,
        ("itmsctl_certificates_ending", "0d"): 0,
        ("itmsctl_certificates_ending", "7d"): 2,
        ("itmsctl_software_computers", "openssl", "3.0.15"): 2,
    }
    assert {key: found.get(key) for key in expected} == expected
    if promtool := shutil.which("promtool"):
        checked = subprocess.run(
            [promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )
        assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    narrowed = figures(ok("inventory", "export", "--format", "prometheus", "--site", "Rome").out)
    assert narrowed["itmsctl_computers_inventoried",] == 1
    assert ("itmsctl_computers", "", "") not in narrowed


def test_a_file_of_figures_is_replaced_again_and_again_and_any_other_is_not(
    ok: Run, run: Run, fleet: Store, tmp_path: Path
) -> None:
    file = tmp_path / "itmsctl.prom"
    write = ("inventory", "export", "--format", "prometheus", "--out", str(file))
    for _ in range(2):
        ok(*write)
    assert file.stat().st_mode & 0o777 == 0o644
    assert figures(file.read_text(encoding="utf-8"))["itmsctl_computers_inventoried",] == 2
    file.write_text("mine")
    assert (run(*write).code, file.read_text()) == (6, "mine")
    ok(*write, "--force")
    folder = tmp_path / "glpi"
    ok("inventory", "export", "--format", "glpi", "--out", f"{folder}/")
    assert len(list(folder.iterdir())) == 2
    assert run("inventory", "export", "--format", "glpi", "--out", str(folder)).code == 6
    ok("inventory", "export", "--format", "glpi", "--out", str(folder), "--force")


def test_labels_are_bounded_and_what_they_cannot_tell_apart_is_counted_together() -> None:
    counts: list[tuple[dict[str, Any], float]] = [({"name": f"n{n}"}, n + 1.0) for n in range(5)]
    assert counted_family("x", "y", counts, 2).values == {
        (("name", "n4"),): 5,
        (("name", "n3"),): 4,
        (("name", "other"),): 6,
    }
    family = MetricFamily("x", "back\\slash\nline")
    for end in "ab":
        family.add(1, of="l" * 200 + end)
    lines = list(exposition([family, MetricFamily("silent", "has none")]))
    assert lines[1:] == ["# HELP x back\\\\slash\\nline\n", "# TYPE x gauge\n", f'x{{of="{"l" * 128}"}} 2\n']

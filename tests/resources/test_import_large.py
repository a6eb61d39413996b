"""A large file with bad rows: all are named in one pass, memory stays flat, lists of any length stream (F42, IM5)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.measure import cost_of


def _write(path: Path, rows: int, every: int) -> int:
    bad = 0
    with path.open("w") as file:
        file.write("name,address,port,user,os_family,serial,mac,tags\n")
        for n in range(rows):
            wrong = n % every == every - 1
            bad += wrong
            last = n % 250 + 1 if not wrong else 999
            mac = f"00:1b:21:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"
            file.write(
                f"pc{n:06},10.{n // 62500}.{n // 250 % 250}.{last},22,root,linux,SN{n},{mac},env=prod;tier=t{n % 7}\n"
            )
    return bad


@pytest.mark.parametrize("rows", [10_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_every_bad_row_of_a_large_file_is_named_and_the_rest_imported(
    db: str, tmp_path: Path, environment: dict[str, str], rows: int
) -> None:
    path, rejects = tmp_path / "large.csv", tmp_path / "bad.csv"
    bad = _write(path, rows, 100)
    itmsctl = (sys.executable, "-m", "itmsctl", "--db", db)
    env = environment | {"PYTHONPATH": str(Path(__file__).parents[2])}
    argv = (*itmsctl, "computer", "import", str(path), "--rejects", str(rejects))
    refused = cost_of(argv, env=env)
    assert refused.code == 3
    assert len(rejects.read_text().splitlines()) == bad + 1
    rejects.unlink()

    out = tmp_path / "out.json"
    skipped = cost_of((*argv, "--on-error", "skip", "-q", "--json"), env=env, out=out)
    assert skipped.code == 7
    summary = json.loads(out.read_text())
    assert (summary["created"], summary["rejected"]) == (rows - bad, bad)
    assert max(refused.peak_mib, skipped.peak_mib) < 300

    listed = tmp_path / "list.ndjson"
    cost = cost_of((*itmsctl, "computer", "list", "-o", "ndjson"), env=env, out=listed)
    with listed.open() as lines:
        assert sum(1 for _ in lines) == rows - bad
    assert cost.peak_mib < 150


def test_a_reader_that_goes_away_ends_the_list_quietly(db: str, tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "some.csv"
    _write(path, 5000, 10_000)
    env = environment | {"PYTHONPATH": str(Path(__file__).parents[2])}
    program = f"{sys.executable} -m itmsctl --db '{db}' computer"
    subprocess.run(["sh", "-c", f"{program} import {path} -q"], env=env, check=True)
    done = subprocess.run(
        ["bash", "-c", f"{program} list -o ndjson | head -1; echo ${{PIPESTATUS[0]}}"],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    first, status = done.stdout.splitlines()
    assert json.loads(first)["name"] == "pc000000"
    assert (status, done.stderr) == ("141", "")

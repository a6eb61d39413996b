"""Examples load and run, on both databases; so do the README's lines."""

from __future__ import annotations

import csv
import json
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, runs_commands
from tests.cli.programs import environment_of
from tests.house import ROOT
from tests.house.test_documents import sh_blocks

EXAMPLES = ROOT / "examples"


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """An environment in which `itmsctl` and `python` are those of this test run, with state of its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "itmsctl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m itmsctl "$@"\n')
    (folder / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for path in folder.iterdir():
        path.chmod(0o755)
    environment = environment_of(tmp_path)
    return environment | {"PATH": f"{folder}:{environment['PATH']}"}


@pytest.fixture
def lab(tmp_path: Path, programs: dict[str, str]) -> Iterator[Path]:
    """Four SSH computers on loopback, as the quick start starts them; gives the folder of key and list."""
    folder = tmp_path / "lab"
    command = [sys.executable, str(EXAMPLES / "lab/ssh_endpoints.py"), "--count", "4", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=programs, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("ready")
    yield folder
    process.send_signal(signal.SIGTERM)
    process.stdout.close()
    assert process.wait(30) == 0


def sh(line: str, environment: Mapping[str, str], *argv: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        ["sh", "-euc", line, "sh", *argv], env=environment, cwd=cwd, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_the_estate_loads_and_loading_it_again_changes_nothing(db: str, programs: dict[str, str]) -> None:
    environment = programs | {"ITMSCTL_DB": db}
    sh("sh examples/estate/load.sh", environment)
    before = sh("itmsctl audit list -o name | wc -l", environment).stdout
    again = sh("sh examples/estate/load.sh", environment).stderr
    assert re.findall(r": (created|updated)$|([1-9]\d*) (?:created|updated|changed)", again, re.MULTILINE) == []
    assert sh("itmsctl audit list -o name | wc -l", environment).stdout == before

    def names(line: str) -> list[str]:
        return [row["name"] for row in json.loads(sh(f"{line} -o json", environment).stdout)]

    assert len(names("itmsctl computer list")) == 26
    assert names("itmsctl computer list --where \"site = 'porto' and tags.role = 'server'\"") == [
        "porto-srv-1",
        "porto-srv-2",
    ]
    assert names("itmsctl server for 10.1.10.21 --service package") == ["rome-srv-1", "rome-srv-2"]
    assert names("itmsctl server for 10.1.99.7 --service task") == ["oslo-srv-1"], "the longest prefix wins"
    assert names("itmsctl server for 2001:db8:2::5 --service boot") == ["oslo-srv-1"]
    assert len(names("itmsctl target members linux-desktops")) == 12
    assert sh("itmsctl audit verify", environment).returncode == 0


def test_the_weekly_report_writes_files_and_says_who_is_silent(
    db: str, programs: dict[str, str], tmp_path: Path
) -> None:
    environment = programs | {"ITMSCTL_DB": db}
    sh("sh examples/estate/load.sh", environment)
    done = sh('sh examples/weekly-report.sh "$1"', environment, str(tmp_path / "weekly"))
    assert done.stdout == ""
    assert done.stderr.startswith("26 computers did not answer for two weeks")
    files = {path.name: path.read_text().splitlines() for path in (tmp_path / "weekly").iterdir()}
    assert files.keys() == {"os-by-site.csv", "runs.csv", "failing-computers.csv", "changes.csv"}
    assert files["os-by-site.csv"][0] == "site,os_family,computers"
    assert sum(int(line.rsplit(",", 1)[1]) for line in files["os-by-site.csv"][1:]) >= 26
    assert len(files["runs.csv"]) == 1, "nothing ran"


def test_the_plan_is_applied_and_then_there_is_nothing_to_do(db: str, programs: dict[str, str]) -> None:
    environment = programs | {"ITMSCTL_DB": db}
    assert sh("itmsctl apply -f examples/plan", environment).stderr.startswith("15 created")
    assert sh("itmsctl diff -f examples/plan --exit-code", environment).stdout == ""
    assert "15 unchanged" in sh("itmsctl export | itmsctl apply -f -", environment).stderr


def test_the_schedules_of_the_crontab_run(db: str, programs: dict[str, str]) -> None:
    lines = [line for line in (EXAMPLES / "membership.crontab").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) == 3
    for line in lines:
        done = sh(line.split(maxsplit=5)[5], programs | {"ITMSCTL_DB": db})
        assert (done.stdout, done.stderr) == ("", ""), "cron mails whatever is written"


def test_names_pass_through_a_pipe_into_a_run(lab: Path, db: str, programs: dict[str, str]) -> None:
    environment = programs | {"ITMSCTL_DB": db}
    sh(f"itmsctl computer import {lab}/endpoints.csv", environment)
    done = sh('sh examples/pipeline.sh "$1"', environment, str(lab / "id_ed25519"))
    first = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [row["state"] for row in first[:-1]] == ["succeeded"] * 4
    assert {row["stdout"].strip() for row in first[:-1]} == {subprocess.getoutput("uname -sr")}
    assert first[-1]["type"] == "summary"
    if shutil.which("jq"):
        assert len([line for line in done.stdout.splitlines() if "\tsucceeded\t" in line]) == 4


def test_updates_and_what_they_changed(lab: Path, db: str, programs: dict[str, str]) -> None:
    environment = programs | {"ITMSCTL_DB": db}
    sh(f"itmsctl computer import {lab}/endpoints.csv", environment)
    sh("sh examples/inventory/load.sh", environment)
    again = sh("sh examples/inventory/load.sh", environment).stderr
    assert again.count("unchanged") == 4
    line = 'itmsctl job run updated --where "name = \'lab-001\'" --key "$1" --accept-new -o ndjson'
    done = json.loads(sh(line, environment, str(lab / "id_ed25519")).stdout.splitlines()[0])
    assert {step["step"]: step["state"] for step in done["steps"]}["software"] == "succeeded"
    shown = json.loads(sh("itmsctl computer show lab-001 --class software -o json", environment).stdout)
    assert shown["rows"]


def test_a_class_of_ones_own(lab: Path, db: str, programs: dict[str, str]) -> None:
    environment = programs | {"ITMSCTL_DB": db}
    sh(f"itmsctl computer import {lab}/endpoints.csv", environment)
    done = sh('sh examples/inventory/custom.sh "$1"', environment, str(lab / "id_ed25519"))
    assert done.stdout.count('"1 whole"') == 4
    owners = {line for line in done.stdout.splitlines() if line.startswith("lab-001,/")}
    assert owners == {
        f"lab-001,{path},{Path(path).owner()},{stat.filemode(Path(path).stat().st_mode)}"
        for path in ("/srv", "/opt", "/var/www")
        if Path(path).is_dir()
    }


def test_patching_at_night_by_itself(lab: Path, db: str, programs: dict[str, str]) -> None:
    """The window is open now, so the tick that finds the policy's run goes through the five steps."""
    environment = programs | {"ITMSCTL_DB": db, "TZ": "UTC", "LENGTH": "2h"}
    environment["WINDOW"] = f"{datetime.now(UTC) - timedelta(minutes=5):%H:%M}"
    sh(f"itmsctl computer import {lab}/endpoints.csv", environment)
    login = ("all", "--key", str(lab / "id_ed25519"), "--accept-new")
    sh('sh examples/nightly-patch/load.sh "$@"', environment, *login)
    sh('sh examples/nightly-patch/load.sh "$@"', environment, *login)  # loading it again changes nothing
    done = sh("itmsctl policy run nightly && itmsctl schedule tick -o ndjson", environment)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [(row["state"], row["ok"]) for row in rows if row.get("type") == "run"] == [("ended", 4)]
    shown = json.loads(sh("itmsctl run show R-1 -o json", environment).stdout)
    for result in shown["results"]:
        steps = {step["step"]: step["state"] for step in result["steps"]}
        assert (steps["space"], steps["patch"], steps["logs"], steps["report"]) == (
            "succeeded", "succeeded", "skipped", "succeeded",
        )  # fmt: skip


def test_a_rolling_restart_by_rings(lab: Path, db: str, programs: dict[str, str]) -> None:
    environment = programs | {"ITMSCTL_DB": db, "SOAK": "1s"}
    # Rings follow from GUIDs: of four drawn by chance all may be in one ring.
    with (lab / "endpoints.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    documents = [
        f"kind: computer\nname: {name}\nguid: 00000000-0000-4000-8000-{number:012d}\n"
        for number, name in enumerate(names, 1)
    ]
    (lab / "guids.yaml").write_text("---\n".join(documents))
    sh(f"itmsctl apply -f {lab}/guids.yaml", environment)
    sh(f"itmsctl computer import {lab}/endpoints.csv", environment)
    sh('sh examples/rolling-restart.sh "$@"', environment, "tags.lab = 'loopback'", str(lab / "id_ed25519"))
    shown = json.loads(sh("itmsctl run show R-1 -o json", environment).stdout)
    assert (shown["state"], shown["ok"]) == ("ended", 4)
    assert {wave["state"] for wave in shown["waves"]} == {"passed"}
    assert len(shown["waves"]) > 1


def test_software_rolls_out_by_rings_to_three_sites(lab: Path, programs: dict[str, str], tmp_path: Path) -> None:
    """The computers are this machine, so what the package would install is unpacked into a folder of the test."""
    environment = programs | {"SOAK": "1s", "WEB": ""}
    example, files, there = EXAMPLES / "software-rollout", tmp_path / "files", tmp_path / "there"
    fourth = "---\nkind: computer\nname: pc\nspec: {address: [10.9.9.9], os_family: linux}\n"
    estate = (example / "estate.yaml").read_text() + fourth
    with (lab / "endpoints.csv").open(encoding="utf-8", newline="") as file:
        hosts = list(csv.DictReader(file))
    for planned, host in zip(("10.1.0.10", "10.2.0.10", "10.3.0.10", "10.9.9.9"), hosts, strict=True):
        estate = estate.replace(f"[{planned}]", f"[{host['address']}], port: {host['port']}")
    for site in ("rome", "oslo", "porto"):
        estate = estate.replace("/srv/itms/packages", f"{tmp_path}/{site}", 1)
    (tmp_path / "estate.yaml").write_text(estate)
    sh(f"sh {example}/build.sh {files}; itmsctl apply -f {tmp_path}/estate.yaml", environment)
    sh(f"sh {example}/packages.sh {files}", environment)
    unpack = f"mkdir -p {there}/$ITMS_PACKAGE && dpkg-deb -x notes_1.0_all.deb {there}/$ITMS_PACKAGE"
    sh(f"itmsctl package program notes-deb install --linux '{unpack}'", environment)
    sh(f"itmsctl package set notes-deb --detect 'file {there}/notes-deb/usr/bin/itms-notes'", environment)
    login = f"--key {lab}/id_ed25519 --user {hosts[0]['user']} --accept-new"
    done = sh(f"sh {example}/servers.sh {login}", environment)
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("files-")][-3:] == ["ready"] * 3
    sh(f"sh {example}/rollout.sh staff {login}", environment)
    sh(f"itmsctl delivery set notes --cache {tmp_path}/cache && itmsctl schedule tick", environment)
    shown = json.loads(sh("itmsctl software status -o json", environment).stdout)
    assert {one["software"]: (one["wanted"], one["compliant"], one["not_applicable"]) for one in shown} == {
        "notes-deb": (4, 4, 0),
        "notes-rpm": (4, 0, 4),
        "notes-windows": (4, 0, 4),
    }


def test_one_line_of_cron(db: str, programs: dict[str, str]) -> None:
    environment = programs | {"ITMSCTL_DB": db, "PGPASSWORD": ""}
    done = sh("sh examples/cron.sh --print", environment)
    assert len([line for line in done.stdout.splitlines() if line.startswith("* * * * *")]) == 1
    assert "keep-membership" in done.stdout


@pytest.mark.parametrize("engine", ["auto", "in-process"])
def test_the_quick_start_ends_with_real_output(tmp_path: Path, engine: str) -> None:
    """README's first command, as typed. It sets up `.venv` where that does not stand yet."""
    command = sh_blocks(ROOT / "README.md")[0]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "ITMSCTL_", "COV"))}
    done = sh(command, environment | {"ITMSCTL_QUICKSTART_ENGINE": engine, "TMPDIR": str(tmp_path)})
    runs = re.findall(r"^lab-00(\d) +succeeded +0 .*at 127\.44\.1\.(\d)", done.stdout, re.MULTILINE)
    assert runs == [("1", "1"), ("3", "2"), ("5", "3")]
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_the_tour_of_the_readme_runs(programs: dict[str, str]) -> None:
    tour = "".join(sh_blocks(ROOT / "README.md")[2:])
    assert "itmsctl task run" in tour
    done = sh("set -e\n" + tour, programs)
    assert "succeeded" in done.stdout


@pytest.mark.parametrize(
    ("shell", "runs"),
    [("/bin/sh", True), ("", True), ("/usr/sbin/nologin", False), ("/bin/false", False), ("/no/such/shell", False)],
)
def test_a_user_whose_login_shell_runs_nothing_gets_the_small_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str, runs: bool
) -> None:
    account = pwd.getpwuid(os.geteuid())
    entry = pwd.struct_passwd((*account[:6], shell))
    monkeypatch.setattr("examples.lab.ssh_endpoints.pwd.getpwuid", lambda _: entry)
    monkeypatch.setattr("examples.lab.ssh_endpoints.find_sshd", lambda: "/usr/sbin/sshd")
    assert runs_commands(shell) is runs
    if runs:
        return
    lab = Lab(1, tmp_path / "lab")
    lab.stop()
    assert (lab.engine, f"the login shell {shell} runs no commands" in lab.note) == ("in-process", True)
    with pytest.raises(RuntimeError, match="--engine in-process does without it"):
        Lab(1, tmp_path / "other", engine="openssh")


def test_a_list_of_hardware_loads_and_loading_it_again_changes_nothing(db: str, programs: dict[str, str]) -> None:
    environment = programs | {"ITMSCTL_DB": db}
    assert "2 created" in sh("sh examples/imports/load.sh", environment).stderr
    assert "0 changed: 0 created, 0 updated; 2 unchanged" in sh("sh examples/imports/load.sh", environment).stderr


def test_a_parent_with_two_children(programs: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "three"
    done = sh('sh examples/hierarchy/three.sh "$1"', programs, str(folder))
    assert done.stderr.count("[REPL-LOCKED]") == 1
    assert "oslo-pc\nrome-pc\n" in done.stdout, "computers came up"
    assert re.findall(r"^kernels +(\w+)$", done.stdout, re.MULTILINE) == ["late", "night"], "the field that is open"
    assert len(re.findall(r"^(?:rome|oslo) +(?:sends|takes) +\S+ +ok ", done.stdout, re.MULTILINE)) == 4
    own = sh('itmsctl --db "$1" filter list -o name', programs, str(folder / "rome.sqlite")).stdout.split()
    assert own == ["linux", "only-rome"], "what a child added stays, and a sibling's does not come"


def test_a_child_that_no_network_reaches(programs: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "carried"
    done = sh('sh examples/hierarchy/by-file.sh "$1"', programs, str(folder))
    assert "tool\tfetched\t" in done.stdout
    assert re.search(r"^tool +published$", done.stdout, re.MULTILINE)
    assert "2 batches" not in done.stderr, "what came back says what was taken: it does not go again"
    assert done.stdout.count(" ok ") == 4

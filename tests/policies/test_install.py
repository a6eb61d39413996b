"""The line that drives everything: as text, in the real cron daemon, and as units that systemd takes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl.errors import InputError
from itmsctl.policies.entry import InstalledEntry, cron_line, systemd_setting, systemd_words
from itmsctl.policies.service import installing
from tests.conftest import Run
from tests.servers import missing

AS_ROOT = os.geteuid() == 0


def test_the_line_of_cron() -> None:
    entry = InstalledEntry(
        "/opt/it ms/python", db="/data/50%.sqlite", user="ops", environment={"XDG_STATE_HOME": "/var/s"}
    )
    assert cron_line(entry, with_user=True) == (
        "* * * * * ops PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin XDG_STATE_HOME=/var/s "
        "'/opt/it ms/python' -I -m itmsctl --db /data/50\\%.sqlite schedule tick --max-runtime 55s -q "
        ">/dev/null # itmsctl: tick"
    )
    assert cron_line(InstalledEntry("/p"), with_user=False).startswith("* * * * * PATH=")


@pytest.mark.parametrize("wrong", [
    {"name": "a.b"}, {"name": "../x"}, {"name": ""}, {"user": "a b"}, {"user": "root; rm"}, {"db": "/a\n* * * * * x"},
    {"program": "/a\0b"},
])  # fmt: skip
def test_what_does_not_fit_into_one_line(wrong: dict[str, str]) -> None:
    with pytest.raises(InputError):
        InstalledEntry(**{"program": "/p", **wrong})


def test_words_as_systemd_reads_them() -> None:
    assert systemd_words(["/p", "-m", "a b", "50%", "$x", 'q"']) == '/p -m "a b" "50%%" "$$x" "q\\""'
    assert systemd_setting("A", 'b "c" %d') == '"A=b \\"c\\" %%d"'


@pytest.fixture
def cron() -> None:
    if not AS_ROOT or shutil.which("cron") is None or shutil.which("crontab") is None:
        missing("cron", "a real cron daemon is started by root alone, and has to be installed")


@pytest.fixture
def daemon(cron: None) -> Iterator[None]:
    """Return a cron daemon: the machine's own, or one of ours."""
    running = [p for p in Path("/proc").glob("[0-9]*/comm") if _is_cron(p)]
    if running:
        yield
        return
    process = subprocess.Popen(["cron", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _is_cron(comm: Path) -> bool:
    try:
        return comm.read_text().strip() == "cron"
    except OSError:
        return False


@pytest.fixture
def name() -> Iterator[str]:
    """Return the name of an entry of this test alone; whatever happens, it is taken away."""
    made = f"itmsctl-test-{os.getpid()}"
    yield made
    for path in (installing.CRON_FOLDER / made, *installing.UNIT_FOLDER.glob(f"{made}-*")):
        path.unlink(missing_ok=True)


def test_the_task_has_run_two_minutes_after_it_was_installed(
    daemon: None, name: str, bare_run: Run, sqlite_db: str, tmp_path: Path
) -> None:
    def ok(*argv: str) -> str:
        result = bare_run("--db", sqlite_db, *argv)
        assert result.code == 0, result.err
        return result.out

    ok("computer", "add", "here")
    ok("task", "add", "t", "--command", f"echo ran >> {tmp_path}/effects")
    ok("schedule", "add", "s", "--asap")
    ok("policy", "add", "p", "--task", "t", "--target", "all", "--schedule", "s", "--transport", "local")
    for said in ("created", "unchanged"):
        result = bare_run("--db", sqlite_db, "schedule", "install", "--cron", "--name", name)
        assert result.err.strip() == f"{name}: {said} (cron)"
    file = installing.CRON_FOLDER / name
    assert (file.stat().st_mode & 0o7777, file.stat().st_uid, file.read_text().count("\n")) == (0o644, 0, 1)
    assert f"{sys.executable} -I -m itmsctl --db {sqlite_db} schedule tick" in file.read_text()
    deadline = time.monotonic() + 130
    while time.monotonic() < deadline and not (tmp_path / "effects").exists():
        time.sleep(1)
    bare_run("--db", sqlite_db, "schedule", "install", "--cron", "--name", name, "--remove")
    assert not file.exists()
    assert (tmp_path / "effects").read_text() == "ran\n"
    _let_it_end(bare_run, sqlite_db)


def _let_it_end(bare_run: Run, db: str) -> None:
    for _ in range(100):
        if bare_run("--db", db, "run", "show", "R-1").json["state"] == "ended":
            return
        time.sleep(0.2)
    raise AssertionError("the run that cron began has not ended")


def test_a_users_own_crontab_keeps_its_other_lines(cron: None) -> None:
    environment = {"PATH": os.environ["PATH"]}

    def listed() -> str:
        return subprocess.run(["crontab", "-l"], capture_output=True, text=True, env=environment, check=False).stdout

    before = listed()
    other = "# a line of somebody else\n"
    subprocess.run(["crontab", "-"], input=before + other, text=True, env=environment, check=True)
    entry = InstalledEntry("/p", name=f"itmsctl-test-{os.getpid()}")
    try:
        assert installing.install_cron(entry, environment, system=False) == "created"
        assert installing.install_cron(entry, environment, system=False) == "unchanged"
        changed = InstalledEntry("/p", name=entry.name, max_runtime="50s")
        assert installing.install_cron(changed, environment, system=False) == "updated"
        assert listed() == before + other + installing.cron_text(changed, system=False)
        assert installing.remove_cron(entry, environment, system=False) == "removed"
        assert installing.remove_cron(entry, environment, system=False) == "unchanged"
        assert listed() == before + other
    finally:
        again = ["crontab", "-"] if before else ["crontab", "-r"]
        subprocess.run(again, input=before, text=True, env=environment, check=True)


def test_systemd_takes_the_units(bare_run: Run, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        missing("cron", "systemd-analyze is not on this machine")
    secret = tmp_path / "pass phrase"
    secret.write_text("x")
    secret.chmod(0o600)
    texts = installing.unit_texts(
        InstalledEntry(sys.executable, db="/data/a b.sqlite", user="root", environment={"XDG_STATE_HOME": "/var/50%"}),
        installing.passphrase_file(str(secret)),
        system=True,
    )
    for file, text in texts.items():
        (tmp_path / file).write_text(text)
        assert text.endswith("\n")
    verified = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / file) for file in texts)], capture_output=True, text=True
    )
    ours = [line for line in verified.stderr.splitlines() if "itmsctl-tick" in line]
    assert (verified.returncode, ours) == (0, []), verified.stderr
    service = texts["itmsctl-tick.service"]
    assert f"LoadCredential=itmsctl-passphrase:{secret}" in service
    assert "NoNewPrivileges=yes" in service
    assert "Persistent=true" in texts["itmsctl-tick.timer"]
    user = installing.unit_texts(InstalledEntry("/p", user="root"), None, system=False)["itmsctl-tick.service"]
    assert "User=" not in user
    assert "ProtectSystem" not in user


def test_units_are_written_and_taken_away(tmp_path: Path) -> None:
    folder, entry = tmp_path / "units", InstalledEntry("/p")
    assert installing.install_units(entry, None, folder, system=True) == "created"
    assert installing.install_units(entry, None, folder, system=True) == "unchanged"
    assert installing.install_units(InstalledEntry("/q"), None, folder, system=True) == "updated"
    assert {p.name: p.stat().st_mode & 0o777 for p in folder.iterdir()} == {
        "itmsctl-tick.service": 0o644, "itmsctl-tick.timer": 0o644,
    }  # fmt: skip
    assert installing.remove_units(entry, folder) == "removed"
    assert installing.remove_units(entry, folder) == "unchanged"


@pytest.mark.parametrize(("argv", "code", "said"), [
    (("--cron", "--db", "postgresql://me:secret@localhost/x"), 2, "PGPASSFILE"),
    ((), 2, "by cron or by systemd"),
    (("--cron", "--systemd"), 2, "by cron or by systemd"),
    (("--cron", "--passphrase-file", "/nowhere/f"), 5, "no passphrase file"),
    (("--cron", "--name", "a.b"), 3, "no name for an entry"),
    (("--cron", "--max-runtime", "soon"), 3, "not a duration"),
])  # fmt: skip
def test_what_is_not_installed(bare_run: Run, argv: tuple[str, ...], code: int, said: str) -> None:
    found = bare_run("schedule", "install", *argv, "--print")
    assert (found.code, said in found.err, "secret" in found.out + found.err) == (code, True, False), found.err


def test_it_is_shown_without_being_written(bare_run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "f"
    secret.write_text("x")
    secret.chmod(0o640)
    assert (
        "could be read by other users"
        in bare_run("schedule", "install", "--cron", "--print", "--passphrase-file", str(secret)).err
    )
    secret.chmod(0o600)
    shown = bare_run("schedule", "install", "--cron", "--print", "--passphrase-file", str(secret), "--db", "x.sqlite")
    assert shown.code == 0, shown.err
    assert f"ITMSCTL_PASSPHRASE_FILE={secret}" in shown.out
    assert f"--db {Path('x.sqlite').absolute()}" in shown.out
    units = bare_run("schedule", "install", "--systemd", "--print").out
    assert "# itmsctl-tick.service" in units
    assert "--db" not in units


def test_the_program_starts_without_what_surrounds_it(tmp_path: Path) -> None:
    """`python -I`: no folder, variable or package of the user's own takes part."""
    (tmp_path / "itmsctl.py").write_text("raise SystemExit('not this one')")
    done = subprocess.run(
        [sys.executable, "-I", "-m", "itmsctl", "--version"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (done.returncode, done.stdout.startswith("itmsctl ")) == (0, True), done.stderr

"""Runs over real SSH: host keys, machine ids, the dead among the living, many computers that are one."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.security import service as security
from itmsctl.tasks.service import dispatch
from itmsctl.transports.endpoint import Settings
from tests.conftest import Result, Run
from tests.invariants import assert_invariants
from tests.servers.ssh import Lab


@pytest.fixture
def go(run: Run, lab: Lab) -> Run:
    """Run something on the lab with its key."""

    def task_run(*argv: str, **options: object) -> Result:
        return run("task", "run", *argv, "--key", str(lab.key_file), **options)

    return task_run


def test_an_unknown_host_key_is_12_and_accept_new_pins(go: Run, ok: Run, lab: Lab, store: Store) -> None:
    refused = go("--command", "true", "--all")
    assert refused.code == 12
    assert {line["reason"] for line in refused.lines[:-1]} == {"HOST-KEY-UNKNOWN"}
    assert ok("host-key", "show", "lab-001", "-o", "json").json == []
    first = go("--command", "uname", "--all", "--accept-new")
    assert (first.code, {line["stdout"] for line in first.lines[:-1]}) == (0, {"Linux\n"})
    pinned = ok("host-key", "show", "lab-001", "-o", "json").json
    assert ok("host-key", "list", "lab-001", "-o", "json").json == pinned
    assert pinned[0] in ok("host-key", "list", "-o", "json").json
    assert [(key["state"], key["source"]) for key in pinned] == [("pinned", "accept-new")]
    assert go("--command", "uname", "--all").code == 0
    assert_invariants(store)


def test_a_changed_host_key_is_12_and_nothing_is_sent(go: Run, ok: Run, lab: Lab, tmp_path: Path) -> None:
    go("--command", "true", "--all", "--accept-new")
    port = ["--address", lab.hosts[1]]
    ok("computer", "set", "lab-001", *port)  # another computer stands at the address now
    result = go("--command", f"touch {tmp_path}/sent", "--where", "name = 'lab-001'")
    assert (result.code, result.lines[0]["state"], result.lines[0]["reason"]) == (12, "unreachable", "HOST-KEY-CHANGED")
    assert not (tmp_path / "sent").exists()
    mixed = go("--command", "true", "--all", "--accept-new")
    assert (mixed.code, mixed.lines[-1]["ok"], mixed.lines[-1]["unreachable"]) == (12, 2, 1)


def test_another_machine_id_at_the_address_is_12(go: Run, ok: Run, lab: Lab, tmp_path: Path) -> None:
    """MM6: the host key fits (a clone), but it is not the machine that was met before."""
    ok("computer", "set", "lab-001", "--machine-id", "0123456789abcdef0123456789abcdef")
    result = go("--command", f"touch {tmp_path}/sent", "--where", "name = 'lab-001'", "--accept-new")
    assert (result.code, result.lines[0]["reason"]) == (12, "WRONG-HOST")
    assert not (tmp_path / "sent").exists()
    assert ok("computer", "show", "lab-001").json["last_seen"] is None


def test_scan_accept_revoke(go: Run, run: Run, ok: Run, lab: Lab) -> None:
    scanned = ok("host-key", "scan", "--all", "-o", "json").json
    assert [row["known"] for row in scanned] == ["new"] * len(lab.hosts)
    assert ok("host-key", "show", "lab-001", "-o", "json").json == []
    seen = scanned[0]["fingerprint"]
    wrong = run("host-key", "accept", "lab-001", "--fingerprint", scanned[1]["fingerprint"])
    assert (wrong.code, ok("host-key", "show", "lab-001", "-o", "json").json) == (12, [])
    assert run("host-key", "accept", "lab-001").code == 2
    assert "updated" in ok("host-key", "accept", "lab-001", "--fingerprint", seen).err
    assert "unchanged" in ok("host-key", "accept", "lab-001", "--yes").err
    assert go("--command", "true", "--where", "name = 'lab-001'").code == 0
    assert "updated" in ok("host-key", "revoke", "lab-001", seen).err
    result = go("--command", "true", "--where", "name = 'lab-001'", "--accept-new")
    assert (result.code, result.lines[0]["reason"]) == (12, "HOST-KEY-REVOKED")
    assert run("host-key", "accept", "lab-001", "--yes").code == 12
    assert ok("host-key", "scan", "--all", "--accept").err == f"{len(lab.hosts) - 1} host keys pinned\n"


def test_by_the_ssh_program(run: Run, ok: Run, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transport of a profile: pins at the first contact like any other, and takes no password."""
    (tmp_path / "config").write_text(f"IdentityFile {lab.key_file}\n")
    monkeypatch.setattr(dispatch, "Settings", partial(Settings, ssh_config=tmp_path / "config"))
    ok("profile", "add", "branch", "--transport", "openssh")
    go = partial(run, "task", "run", "--command", "uname", "--all", "--profile", "branch")
    refused = go()
    assert (refused.code, {line["reason"] for line in refused.lines[:-1]}) == (12, {"HOST-KEY-UNKNOWN"})
    assert go("--accept-new").code == 0
    pinned = ok("host-key", "show", "lab-001", "-o", "json").json
    assert [(key["state"], key["source"]) for key in pinned] == [("pinned", "accept-new")]
    assert {line["stdout"] for line in go().lines[:-1]} == {"Linux\n"}
    assert run("task", "run", "--command", "uname", "--all", "--key", str(lab.key_file)).code == 0
    refused = run(
        "task", "run", "--command", "id", "--all", "--transport", "openssh", env={"ITMSCTL_SSH_PASSWORD": "x"}
    )
    assert (refused.code, "takes no login password" in refused.err) == (2, True)


def test_nothing_to_log_in_with_is_2_a_wrong_key_is_8(run: Run, go: Run, lab: Lab, tmp_path: Path) -> None:
    assert run("task", "run", "--command", "true", "--all").code == 2
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    result = run("task", "run", "--command", "true", "--all", "--accept-new", "--key", str(key))
    assert (result.code, {line["reason"] for line in result.lines[:-1]}) == (8, {"AUTH-FAILED"})
    key.chmod(0o644)
    assert run("task", "run", "--command", "true", "--all", "--key", str(key)).code == 3


@pytest.mark.parametrize("engine", ["ssh", "openssh"])
def test_a_key_file_that_cannot_be_used_is_3_before_anybody_is_dialled(
    run: Run, ok: Run, lab: Lab, tmp_path: Path, engine: str
) -> None:
    key, encrypted = tmp_path / "key", tmp_path / "encrypted"
    for path, phrase in ((key, ""), (encrypted, "pass phrase")):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", path], check=True)
    putty = tmp_path / "key.ppk"
    putty.write_text("PuTTY-User-Key-File-3: ssh-ed25519\n")
    putty.chmod(0o600)
    for path, said in ((encrypted, "ssh-add"), (tmp_path / "key.pub", "public key"), (putty, "puttygen")):
        argv = ("task", "run", "--command", "true", "--all", "--accept-new", "--transport", engine)
        refused = run(*argv, "--key", str(path))
        assert (refused.code, "PRIVATE-KEY" in refused.err, said in refused.err) == (3, True, True), refused.err
    assert ok("run", "list", "-o", "json").json == []
    assert ok("host-key", "show", "lab-001", "-o", "json").json == []


def test_a_wrong_password_takes_nothing_out_of_our_own_sentences(run: Run, ok: Run, lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("refused\n")
    (tmp_path / "word").chmod(0o600)
    result = run(
        "task", "run", "--command", "true", "--all", "--accept-new", "--password-file", str(tmp_path / "word"),
    )  # fmt: skip
    assert "refused the login of" in result.lines[0]["message"]


@pytest.fixture
def silent() -> Iterator[int]:
    """Return the port of a listener that never speaks."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_the_dead_do_not_hurt_the_living(go: Run, ok: Run, run: Run, lab: Lab, silent: int, store: Store) -> None:
    ok("computer", "add", "refused", "--address", "127.0.0.1", "--port", "9")
    ok("computer", "add", "unresolvable", "--address", "no-such-host.invalid")
    ok("computer", "add", "silent", "--address", "127.0.0.1", "--port", str(silent))
    result = go("--command", "echo alive", "--all", "--accept-new", "--connect-timeout", "2s")
    found = {line["computer"]: (line["state"], line["reason"]) for line in result.lines[:-1]}
    assert result.code == 7
    assert found == {
        "lab-001": ("succeeded", ""), "lab-002": ("succeeded", ""), "lab-003": ("succeeded", ""),
        "refused": ("unreachable", "REFUSED"), "unresolvable": ("unreachable", "UNRESOLVABLE"),
        "silent": ("unreachable", "SILENT"),
    }  # fmt: skip
    assert result.lines[-1]["unreachable"] == 3
    again = run("run", "retry", "R-1", "--unreachable", "--connect-timeout", "1s")
    assert (again.code, {line["attempt"] for line in again.lines[:-1]}) == (7, {2})
    assert again.lines[-1]["ok"] == 3
    assert_invariants(store)


def test_many_computers_that_are_one_stay_many(ok: Run, run: Run, lab: Lab, store: Store, tmp_path: Path) -> None:
    """Must-show 12: one machine id, one host key, one disk; each of the 50 runs once, and doctor says so."""
    rows = "".join(f'{{"name": "twin-{n:02}", "address": "{lab.hosts[0]}", "port": {lab.port}}}\n' for n in range(50))
    ok("computer", "import", "-", stdin=rows)
    argv = ("--command", f"echo x >> {tmp_path}/count", "--where", "name like 'twin-%'")
    result = run("task", "run", *argv, "--user", lab.user, "--key", str(lab.key_file), "--accept-new")
    assert (result.code, result.lines[-1]["ok"]) == (0, 50)
    assert (tmp_path / "count").read_text() == "x\n" * 50
    again = run("task", "run", *argv, "--user", lab.user, "--key", str(lab.key_file))
    assert (again.code, again.lines[-1]["ok"]) == (0, 50)
    with store.read() as reader:
        (finding,) = security.shared_host_keys(reader)
    assert (finding.id, len(finding.details["computers"])) == ("SHARED-HOST-KEY", 50)
    assert_invariants(store)


def test_a_profile_says_how(run: Run, ok: Run, lab: Lab) -> None:
    ok("profile", "add", "lab", "--key", str(lab.key_file), "--user", "nobody-at-all", "--connect-timeout", "5")
    result = run("task", "run", "--command", "true", "--all", "--profile", "lab", "--accept-new")
    assert (result.code, result.lines[-1]["ok"]) == (0, 3)  # the computers' own user wins over the profile's
    assert run("task", "run", "--command", "true", "--all", "--profile", "lap").code == 5

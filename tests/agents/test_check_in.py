"""From an agent that asks to be taken on to its inventory in the CMDB; what is not believed, on either side."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from itmsctl.agents.endpoint.home import AgentHome, BusyAgentError
from itmsctl.agents.endpoint.machine import machine
from itmsctl.agents.endpoint.policy import RefusedPolicyError, believed
from itmsctl.agents.form import FIRST, joined, read_head, split, written
from tests.agents.endpoint import Endpoint, Site
from tests.conftest import FrozenClock, Run


def test_from_asking_to_inventory(site: Site, ok: Run) -> None:
    pc1 = site.endpoint()
    assert pc1.check_in() == 0
    assert [(one["kind"], one["state"]) for one in site.collect()] == [("registration", "taken")]
    assert site.agent(pc1)["state"] == "pending"
    assert ok("agent", "publish", "-o", "json").json["written"] == 0
    waiting = ok("agent", "list", "--state", "pending", "-o", "ndjson").out
    ok("agent", "approve", "-", "--computer", "pc1", stdin=waiting)
    assert site.agent(pc1)["stage"] == "no policy was published for it yet"
    ok("agent", "publish")
    assert "not taken yet" in site.agent(pc1)["stage"]
    assert pc1.check_in() == 0
    assert [(one["kind"], one["state"]) for one in site.collect()] == [("inventory", "taken"), ("status", "taken")]
    assert site.agent(pc1)["stage"] == "policy 1 is taken"
    said = ok("agent", "status", "-o", "json").json
    assert {name: said[name] for name in ("agents", "approved", "current", "behind", "silent", "versions")} == {
        "agents": 1, "approved": 1, "current": 1, "behind": 0, "silent": 0, "versions": {pc1.build["version"]: 1},
    }  # fmt: skip
    assert ok("computer", "show", "pc1", "--class", "identification", "-o", "json").json["rows"]
    assert list(site.inbox.iterdir()) == []
    pc1.check_in()
    assert (pc1.said, site.collect()) == ([], [])
    ok("audit", "verify")


def test_a_check_in_is_small_where_nothing_is_to_be_done(site: Site, clock: FrozenClock) -> None:
    pc1 = site.trusted()
    clock.forward(hours=2)
    assert pc1.check_in() == 0
    [file] = site.inbox.iterdir()
    assert file.stat().st_size < 1024
    assert site.policy_of(pc1).stat().st_size < 1024


def test_policy_is_written_again_where_it_says_something_else_or_is_half_over(
    site: Site, ok: Run, clock: FrozenClock
) -> None:
    def published() -> tuple[int, int]:
        said = ok("agent", "publish", "-o", "json").json
        return said["written"], said["kept"]

    pc1 = site.trusted()
    assert published() == (0, 1)
    ok("agent-settings", "set", "usual", "--interval", "2h")
    assert published() == (1, 0)
    clock.forward(days=16)
    assert (published(), site.head_of(pc1)["number"]) == ((1, 0), 3)
    site.policy_of(pc1).unlink()
    assert published() == (1, 0)
    ok("agent", "revoke", pc1.home.id)
    assert (published(), site.head_of(pc1)["stop"]) == ((1, 0), "revoked")
    assert published() == (0, 1)


def test_policy_that_is_not_believed_is_refused_and_reported_once(site: Site, ok: Run, clock: FrozenClock) -> None:
    pc1 = site.trusted()
    good = site.policy_of(pc1).read_bytes()
    site.policy_of(pc1).write_bytes(good.replace(b'"interval_s":3600', b'"interval_s":3601'))
    for reports in (1, 0):
        assert (pc1.check_in(), pc1.home.state["policy"]) == (1, 1)
        assert [one["kind"] for one in site.collect()].count("refused") == reports
        assert "tampered" in site.agent(pc1)["why"]
    ok("agent-settings", "set", "usual", "--inventory", "2d")
    ok("agent", "publish")
    for path in (site.policy / "parts").iterdir():
        path.write_bytes(path.read_bytes() + b" ")
    assert (pc1.check_in(), pc1.home.state["policy"]) == (1, 1)
    shutil.rmtree(site.policy / "parts")
    ok("agent", "publish")
    assert (pc1.check_in(), pc1.home.state["policy"]) == (0, 2)
    site.policy_of(pc1).write_bytes(good)
    assert (pc1.check_in(), pc1.home.state["policy"]) == (1, 2)
    clock.forward(days=31)
    pc1.check_in()
    site.collect()
    assert "older" in site.agent(pc1)["why"]


@pytest.mark.parametrize("state", ["rejected", "revoked"])
def test_who_is_not_trusted_gets_nothing_and_is_not_believed(
    site: Site, ok: Run, clock: FrozenClock, state: str
) -> None:
    pc1 = site.endpoint() if state == "rejected" else site.trusted()
    pc1.check_in()
    site.collect()
    ok("agent", state.removesuffix("ed").replace("revok", "revoke"), pc1.home.id, "--why", "stolen")
    clock.forward(hours=2)
    home = AgentHome(str(pc1.folder))
    home.hold()
    home.tell("status", pc1.now, policy=1)
    home.release()
    pc1.check_in()
    came = site.collect()
    assert {(one["state"], state in one["why"]) for one in came} == {("refused", True)}
    assert len(list((site.inbox / "quarantine").glob("*.event"))) == len(came)


def test_a_copied_agent_is_noticed_and_suspended(site: Site, ok: Run, clock: FrozenClock) -> None:
    pc1 = site.trusted()
    shutil.copytree(pc1.folder, site.folder / "copy")
    copy = site.endpoint("copy")
    clock.forward(hours=2)
    pc1.check_in()
    site.collect()
    assert site.agent(pc1)["state"] == "approved"
    copy.check_in()
    [one] = site.collect()
    assert (one["state"], "two computers" in one["why"]) == ("refused", True)
    assert site.agent(pc1)["state"] == "suspended"
    ok("agent", "publish")
    for which in (pc1, copy):
        clock.forward(hours=2)
        which.check_in()
        assert (which.home.state["policy"], site.collect()) == (2, [])  # from now on both do nothing, and tell nothing
    clock.forward(days=90)
    pc1.check_in()
    assert "suspended" in pc1.said[0]
    ok("agent", "approve", pc1.home.id)
    ok("agent", "publish")
    assert pc1.check_in() == 0
    assert site.agent(pc1)["state"] == "approved"


def test_a_copy_on_another_machine_is_a_new_agent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    pc1 = site.trusted()
    was = pc1.home.id
    there = {**machine(), "id": "another"}
    monkeypatch.setattr("itmsctl.agents.endpoint.home.machine", lambda: there)
    pc1.check_in()
    assert pc1.home.id != was
    [one] = site.collect()
    assert (one["kind"], was[:12] in one["why"]) == ("registration", True)


def test_a_computer_that_gets_another_name_stays_its_agent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    pc1 = site.trusted()
    was = pc1.home.id
    there = {**machine(), "host": "renamed"}
    monkeypatch.setattr("itmsctl.agents.endpoint.home.machine", lambda: there)
    home = AgentHome(str(pc1.folder))
    home.hold()
    home.tell("status", pc1.now, policy=1)
    home.release()
    assert (pc1.check_in(), pc1.home.id) == (0, was)
    assert [(one["kind"], one["state"]) for one in site.collect()] == [("status", "taken")]


def _forged(site: Site, pc1: Endpoint, name: str) -> bytes:
    home = pc1.home
    home.tell("status", pc1.now, policy=1)
    [file] = home.waiting()
    data = (pc1.folder / "outbox" / file).read_bytes()
    line, signature, body = split(data)
    head = read_head(line)
    changes: dict[str, tuple[dict[str, Any], bytes]]
    changes = {"body": ({}, b"more"), "head": ({"policy": 9}, b""), "agent": ({"agent": "0" * 32}, b"")}
    changed, more = changes[name]
    return joined(written({**head, **changed}), signature, body + more)


@pytest.mark.parametrize("what", ["body", "head", "agent"])
def test_an_event_that_was_changed_is_put_aside(site: Site, what: str) -> None:
    pc1 = site.trusted()
    (site.inbox / f"{pc1.home.id}-00000009.event").write_bytes(_forged(site, pc1, what))
    [one] = site.collect()
    assert one["state"] == "refused"
    assert site.agent(pc1)["state"] == "approved"


def test_events_arrive_in_their_order_and_a_lost_one_is_waited_for(site: Site, clock: FrozenClock) -> None:
    pc1 = site.trusted()
    home = AgentHome(str(pc1.folder))
    home.hold()
    names = [home.tell("status", pc1.now, policy=1) for _ in range(3)]
    files = [(pc1.folder / "outbox" / name).read_bytes() for name in names]
    (site.inbox / names[1]).write_bytes(files[1])
    os.utime(site.inbox / names[1], (pc1.now, pc1.now))
    assert [one["state"] for one in site.collect()] == ["waiting"]
    (site.inbox / names[0]).write_bytes(files[0])
    assert [one["state"] for one in site.collect()] == ["taken", "taken"]
    (site.inbox / names[0]).write_bytes(files[0])
    assert [one["state"] for one in site.collect()] == ["duplicate"]
    home.tell("status", pc1.now, policy=1)
    late = home.tell("status", pc1.now, policy=1)
    (site.inbox / late).write_bytes((pc1.folder / "outbox" / late).read_bytes())
    os.utime(site.inbox / late, (pc1.now, pc1.now))
    clock.forward(hours=1)
    [one] = site.collect()
    assert (one["state"], "lost" in one["why"]) == ("taken", True)


def test_what_ended_a_check_in_does_not_end_the_agent(site: Site, clock: FrozenClock) -> None:
    pc1 = site.trusted()
    home = AgentHome(str(pc1.folder))
    home.hold()
    with pytest.raises(BusyAgentError):
        AgentHome(str(pc1.folder)).hold()
    before = (pc1.folder / "state.json").read_bytes()
    home.tell("status", pc1.now, policy=1)
    home.release()
    (pc1.folder / "state.json").write_bytes(before)  # killed between the event and the state
    (pc1.folder / "outbox" / f".{'x' * 8}.part").write_bytes(b"half")
    clock.forward(hours=2)
    assert pc1.check_in() == 0
    assert [one["state"] for one in site.collect()] == ["taken", "taken"]
    (pc1.folder / "state.json").write_bytes(b"{")
    (pc1.folder / "policy").write_bytes(b"")
    clock.forward(hours=2)
    assert pc1.check_in() == 0


def test_an_inbox_that_is_away_keeps_events_waiting(site: Site, clock: FrozenClock) -> None:
    pc1 = site.trusted()
    site.inbox.rename(site.folder / "away")
    for _ in range(3):
        clock.forward(hours=2)
        assert pc1.check_in() == 1
    assert len(pc1.home.waiting()) == 3
    (site.folder / "away").rename(site.inbox)
    clock.forward(hours=2)
    assert pc1.check_in() == 0
    assert [one["state"] for one in site.collect()] == ["taken"] * 4


def test_openssh_reads_the_signatures(site: Site, tmp_path: Path) -> None:
    pc1 = site.trusted()
    line, signature, _ = split(site.policy_of(pc1).read_bytes())
    assert believed(site.policy_of(pc1).read_bytes(), pc1.home.id, pc1.build["keys"], 0, pc1.now)["number"] == 1
    with pytest.raises(RefusedPolicyError):
        believed(site.policy_of(pc1).read_bytes(), pc1.home.id, ["00" * 32], 0, pc1.now)
    (tmp_path / "sig").write_text(signature)
    argv = ["ssh-keygen", "-Y", "check-novalidate", "-n", "itms-policy", "-s", str(tmp_path / "sig")]
    assert subprocess.run(argv, input=line, capture_output=True, check=False).returncode == 0
    assert subprocess.run(argv, input=line + b" ", capture_output=True, check=False).returncode != 0
    assert FIRST == "0" * 64


ORDINARY = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that an ordinary user reaches."""
    with tempfile.TemporaryDirectory(prefix="itms-agent-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize(("shell", "user"), [("dash", "root"), ("busybox", "root"), ("dash", "ordinary")])
def test_the_file_by_itself(ok: Run, open_folder: Path, shell: str, user: str) -> None:
    """It is run as cron does it: by a shell, with nothing of this project beside it."""
    if user == "ordinary" and os.geteuid() != 0:
        pytest.skip("needs root to become an ordinary user")
    for name in ("policy/agents", "inbox", "home"):
        (open_folder / name).mkdir(parents=True)
        (open_folder / name).chmod(0o777)
    file = open_folder / "itms-agent"
    places = ("--from", str(open_folder / "policy"), "--inbox", str(open_folder / "inbox"))
    ok("agent", "build", "--out", str(file), *places)
    file.chmod(0o755)
    assert file.stat().st_size < 300_000
    before = [] if user == "root" else ORDINARY
    argv = [*before, *{"dash": ["dash"], "busybox": ["busybox", "sh"]}[shell], str(file)]
    state = open_folder / "home" / "state"

    def said(*words: str) -> str:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(open_folder / "home")}
        where = ["--state", state.name]  # below the folder in which it is called
        done = subprocess.run(
            [*argv, *words, *where], capture_output=True, text=True, env=environment, cwd=state.parent, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "registration is asked for" in said("check-in")
    assert json.loads(said("status"))["waiting"] == 0
    assert len(list((open_folder / "inbox").iterdir())) == 1
    said("install", "--timer", "none")
    assert "gone" in said("uninstall")
    assert not state.exists()

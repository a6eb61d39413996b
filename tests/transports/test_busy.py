"""Servers that say "not now" before a login: MaxStartups, penalties, limits of connections; both engines."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.errors import BusyServerError
from itmsctl.transports import attempts
from itmsctl.transports.base import Endpoint, RemoteState, Settings, Transport
from itmsctl.transports.logins import Turns
from itmsctl.transports.openssh import OpensshTransport
from itmsctl.transports.refusals import says_busy
from itmsctl.transports.ssh import SshTransport
from itmsctl.transports.ssh_scan import scan
from tests.servers.doorman import CLOSE, RESET, SAYINGS, Doorman
from tests.servers.hostile_ssh import BannerServer
from tests.servers.ssh import lab_credentials, lab_endpoint
from tests.transports.contract import eventually, script

WAYS = (CLOSE, RESET, *SAYINGS)
Reach = Callable[..., Transport]


def at(lab: Lab, host: str, port: int) -> Endpoint:
    return replace(lab_endpoint(lab), addresses=(host,), port=port)


@pytest.fixture(params=[SshTransport, OpensshTransport])
def reach(request: pytest.FixtureRequest, ssh_lab: Lab, run_dir: str) -> Iterator[Reach]:
    """Return a transport to an endpoint, by each engine: `reach(endpoint, connect_s=2)`."""
    with ExitStack() as stack:

        def make(endpoint: Endpoint, ssh_config: Path = Path("/dev/null"), **options: float) -> Transport:
            settings = Settings(run_dir=run_dir, ssh_config=ssh_config, **options)  # type: ignore[arg-type]
            way: Transport = request.param(endpoint, lab_credentials(ssh_lab), settings)
            return stack.enter_context(way)

        yield make


@pytest.mark.parametrize("words", WAYS)
def test_who_is_turned_away_comes_again(reach: Reach, ssh_lab: Lab, words: bytes) -> None:
    with Doorman((ssh_lab.hosts[0], ssh_lab.port), 3, words) as door:
        assert (
            reach(at(ssh_lab, door.host, door.port), connect_s=60.0).run(script("true")).state is RemoteState.SUCCEEDED
        )
        assert door.visits == 4


@pytest.mark.parametrize("words", WAYS)
def test_one_that_stays_busy_is_called_so(reach: Reach, ssh_lab: Lab, words: bytes) -> None:
    with Doorman((ssh_lab.hosts[0], ssh_lab.port), 1_000_000, words) as door:
        outcome = reach(at(ssh_lab, door.host, door.port), connect_s=2.5).run(script("true"))
        visits = door.visits
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNREACHABLE, "BUSY-SERVER", 8)
    assert f"tried {visits} times in " in outcome.message
    assert 2 <= visits <= 8
    assert "--concurrency" in outcome.hint
    assert "MaxStartups" in outcome.hint
    if words.startswith(b"Exceeded"):
        assert "it said: Exceeded MaxStartups" in outcome.message


def test_another_address_is_tried_before_the_busy_one_again(reach: Reach, ssh_lab: Lab) -> None:
    good = lab_endpoint(ssh_lab)
    with Doorman((ssh_lab.hosts[0], ssh_lab.port), 1_000_000) as door, socket.create_server(("127.0.0.1", 0)):
        # One port for all addresses of a computer: the busy one stands at another loopback address.
        endpoint = replace(good, addresses=("127.0.0.1", "127.0.0.2"), port=door.port)
        outcome = reach(endpoint, connect_s=2.0).run(script("true"))
        assert outcome.reason == "BUSY-SERVER", "what is busy is told rather than what refuses"
        assert door.visits > 1


def test_one_that_was_busy_and_is_silent_at_the_end_is_called_busy(reach: Reach, ssh_lab: Lab) -> None:
    with BannerServer(b"") as silent, Doorman((silent.host, silent.port), 1) as door:
        outcome = reach(at(ssh_lab, door.host, door.port), connect_s=3.0).run(script("true"))
    assert (outcome.reason, "tried 2 times in " in outcome.message) == ("BUSY-SERVER", True), outcome.message


def test_the_host_key_of_a_busy_server_is_read(ssh_lab: Lab) -> None:
    pin = lab_endpoint(ssh_lab).pins[0]
    with Doorman((ssh_lab.hosts[0], ssh_lab.port), 2, b"Exceeded MaxStartups\r\n") as door:
        assert scan(at(ssh_lab, door.host, door.port), 60.0).fingerprint == pin.fingerprint
    with BannerServer(b"", hold=False) as closing, pytest.raises(BusyServerError):
        scan(Endpoint("g", "pc1", (closing.host,), closing.port), 1.0)


def jump(folder: Path, host: str, port: int, lab: Lab) -> Path:
    config = folder / "config"
    config.write_text(
        f"Host bastion\n HostName {host}\n Port {port}\n User {lab.user}\n IdentityFile {lab.key_file}\n"
        f" StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\nHost lab-*\n ProxyJump bastion\n"
    )
    return config


@pytest.mark.parametrize("words", [CLOSE, RESET, SAYINGS[0]])
def test_a_busy_jump_host_is_asked_again(ssh_lab: Lab, run_dir: str, tmp_path: Path, words: bytes) -> None:
    with Doorman((ssh_lab.hosts[1], ssh_lab.port), 2, words) as door:
        settings = Settings(run_dir=run_dir, ssh_config=jump(tmp_path, door.host, door.port, ssh_lab), connect_s=60.0)
        with OpensshTransport(lab_endpoint(ssh_lab), lab_credentials(ssh_lab), settings) as way:
            assert way.run(script("true")).state is RemoteState.SUCCEEDED
        assert door.visits == 3
        door.refusals = 1_000_000
        with OpensshTransport(lab_endpoint(ssh_lab), lab_credentials(ssh_lab), replace(settings, connect_s=3)) as way:
            outcome = way.run(script("true"))
    assert (outcome.reason, outcome.leads_to) == ("BUSY-SERVER", 8)
    assert "bastion, or lab-001 behind it," in outcome.message


def test_a_busy_computer_behind_a_jump_host_is_asked_again(ssh_lab: Lab, run_dir: str, tmp_path: Path) -> None:
    config = jump(tmp_path, ssh_lab.hosts[1], ssh_lab.port, ssh_lab)
    with Doorman((ssh_lab.hosts[0], ssh_lab.port), 2, SAYINGS[0]) as door:
        settings = Settings(run_dir=run_dir, ssh_config=config, connect_s=60.0)
        endpoint = at(ssh_lab, door.host, door.port)
        with OpensshTransport(endpoint, lab_credentials(ssh_lab), settings) as way:
            assert way.run(script("true")).state is RemoteState.SUCCEEDED
        assert door.visits == 3


@pytest.mark.parametrize(
    ("bastion", "reason"),
    [("127.0.0.1:9", "UNREACHABLE"), ("no-such-host.invalid:22", "UNREACHABLE"), ("behind", "UNREACHABLE")],
)
def test_a_way_that_is_broken_is_not_busy(
    ssh_lab: Lab, run_dir: str, tmp_path: Path, bastion: str, reason: str
) -> None:
    """A jump host that is down, unknown, or that reaches the computer at no port: told at once, not tried again."""
    endpoint = lab_endpoint(ssh_lab)
    if bastion == "behind":
        config, endpoint = jump(tmp_path, ssh_lab.hosts[1], ssh_lab.port, ssh_lab), replace(endpoint, port=9)
    else:
        host, _, port = bastion.partition(":")
        config = jump(tmp_path, host, int(port), ssh_lab)
    settings = Settings(run_dir=run_dir, ssh_config=config, connect_s=60.0)
    with OpensshTransport(endpoint, lab_credentials(ssh_lab), settings) as way:
        assert way.run(script("true")).reason == reason


@pytest.mark.parametrize(
    ("heard", "busy"),
    [
        ("Exceeded MaxStartups", True),
        ("sshd[12]: Too many connections from 10.0.0.1", True),
        ("Maximum number of sessions reached", True),
        ("System busy, please try again later", True),
        ("Connection rate limit exceeded", True),
        ("Welcome\r\nNot allowed at this time", True),
        ("421 Too many connections", False),
        ("HTTP/1.1 503 server busy, try again later", False),
        ("220 mail.example ESMTP", False),
        ("", False),
    ],
)
def test_words_that_mean_not_now(heard: str, busy: bool) -> None:
    assert says_busy(heard) is busy


# --- turns at one server ----------------------------------------------------------------------------------------------


def test_few_log_in_at_once_at_one_server_and_all_come_in() -> None:
    turns, lock = Turns(at_once=3, hold_s=60.0), threading.Lock()
    inside: dict[str, int] = {"a": 0, "b": 0}
    most: dict[str, int] = {"a": 0, "b": 0}

    def visit(server: str) -> None:
        with turns.turn([server, "jump-" + server]):
            with lock:
                inside[server] += 1
                most[server] = max(most[server], inside[server])
            time.sleep(0.005)
            with lock:
                inside[server] -= 1

    threads = [threading.Thread(target=visit, args=("ab"[n % 2],)) for n in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == {"a": 3, "b": 3}
    assert turns._queues == {}


def test_who_waits_for_a_dead_computer_holds_nobody_up() -> None:
    turns = Turns(at_once=1, hold_s=0.05)
    with turns.turn(["jump"]), turns.turn(["jump"]) as waited:
        assert waited > 0
    assert turns._queues == {}


def test_waiting_for_a_turn_takes_nothing_from_the_limit(
    ssh_lab: Lab, run_dir: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(at_once=1, hold_s=3600.0)
    monkeypatch.setattr(attempts, "TURNS", turns)
    endpoint, outcomes = lab_endpoint(ssh_lab), []
    with SshTransport(endpoint, lab_credentials(ssh_lab), Settings(run_dir=run_dir, connect_s=2.0)) as way:
        with turns.turn([f"{endpoint.addresses[0]}:{endpoint.port}"]):
            waiting = threading.Thread(target=lambda: outcomes.append(way.run(script("true"))))
            waiting.start()
            eventually(lambda: any(queue.waiting for queue in turns._queues.values()))
            time.sleep(2.5)
        waiting.join(60)
    assert outcomes[0].state is RemoteState.SUCCEEDED

"""Power, services, messages and waiting, on a real sshd with stand-ins for what would touch this machine."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from itmsctl.tasks.service.executing import execute
from itmsctl.tasks.step import Step
from itmsctl.transports.base import CommandOutcome, RemoteState
from tests.servers.machine import Machine, machine
from tests.servers.ssh import ssh_lab
from tests.tasks.lab import Do, Ways, do, step, ways
from tests.transports.contract import marker

__all__ = ["do", "machine", "ssh_lab", "ways"]


def act(machine: Machine, one: Step) -> CommandOutcome:
    with machine.way() as way:
        return execute(one, way, marker())


# --- power ------------------------------------------------------------------------------------------------------------


def test_a_reboot_is_waited_for_and_the_same_transport_goes_on(machine: Machine) -> None:
    machine.start(can_reboot=True)
    with machine.way() as way:
        before = way.look().host.boot_id
        outcome = execute(step("power", action="reboot", delay="0.3s"), way, marker())
        assert (outcome.state, outcome.exit_status) == (RemoteState.SUCCEEDED, 0), outcome.message
        assert "back after" in outcome.message
        assert outcome.stdout.joined() == b"shutdown -r now in 0.3 s\n"
        assert (machine.said("shutdown"), machine.boots) == (["-r now"], 2)
        after = way.look().host.boot_id
        assert after not in (None, before)
        assert outcome.host.boot_id == after
        assert execute(step("command", body="echo on"), way, marker()).stdout.joined() == b"on\n"


def test_a_computer_that_is_not_booted_anew_is_told(machine: Machine) -> None:
    machine.start(can_reboot=True)
    machine.fake("shutdown", 'echo "$*" >>"$LOG/shutdown"')
    outcome = act(machine, step("power", action="reboot", delay="0s", options={"time_limit_s": 3.0}))
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.TIMED_OUT, "NOT-BACK", 8)
    assert "not rebooted" in outcome.message
    assert machine.boots == 1


def test_a_reboot_that_somebody_else_causes_can_be_waited_for(machine: Machine) -> None:
    machine.start(can_reboot=True)
    timer = threading.Timer(1.5, lambda: os.kill(int(machine.pid_file.read_text()), 15))
    timer.start()
    outcome = act(machine, step("wait-for", event="reboot"))
    timer.join()
    assert (outcome.state, machine.boots) == (RemoteState.SUCCEEDED, 2), outcome.message


def test_a_shutdown_tells_users_first_and_is_not_waited_for(machine: Machine) -> None:
    machine.fake("shutdown", 'echo "$*" >>"$LOG/shutdown"')
    machine.fake("wall", 'cat >>"$LOG/wall"')
    machine.fake("id", "echo 0")
    machine.start()
    outcome = act(machine, step("power", action="shutdown", delay="0s", message="lights off; $(id)"))
    assert outcome.state is RemoteState.SUCCEEDED
    end = time.monotonic() + 10
    while not machine.said("shutdown"):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert (machine.said("shutdown"), machine.said("wall")) == (["-h now"], ["lights off; $(id)"])


def test_only_root_may_turn_a_computer_off(machine: Machine) -> None:
    machine.fake("shutdown", 'echo "$*" >>"$LOG/shutdown"')
    machine.fake("id", "echo 1000")
    machine.start()
    outcome = act(machine, step("power", action="shutdown"))
    assert (outcome.state, outcome.exit_status, machine.said("shutdown")) == (RemoteState.FAILED, 77, [])
    assert b"--run-as root" in outcome.stderr.joined()


# --- services ---------------------------------------------------------------------------------------------------------

ACTIONS = ("start", "stop", "restart", "reload", "status", "enable", "disable")


def test_systemd_is_asked_first(machine: Machine) -> None:
    machine.fake("systemctl", '[ "$1" = show ] || echo "$*" >>"$LOG/systemctl"; [ "$3" != stop ] || exit 5')
    machine.start()
    with machine.way() as way:
        ended = [execute(step("service", name="cron.service", action=a), way, marker()).exit_status for a in ACTIONS]
    assert ended == [0, 5, 0, 0, 0, 0, 0]
    assert machine.said("systemctl") == [f"--no-pager --no-ask-password {a} -- cron.service" for a in ACTIONS]


def test_openrc_is_next(machine: Machine) -> None:
    machine.fake("systemctl", "exit 1")
    machine.fake("rc-service", 'echo "$*" >>"$LOG/rc"')
    machine.fake("rc-update", 'if [ "$1" = show ]; then echo "  crond | default"; else echo "$*" >>"$LOG/rc"; fi')
    machine.start()
    with machine.way() as way:
        for action in ("restart", "enable", "disable"):
            assert execute(step("service", name="crond", action=action), way, marker()).exit_status == 0
        assert execute(step("service", name="absent", action="disable"), way, marker()).exit_status == 0
    assert machine.said("rc") == ["crond restart", "add crond default", "del crond"]


def test_init_scripts_are_last(machine: Machine) -> None:
    machine.fake("systemctl", "exit 1")
    machine.fake("service", 'echo "$*" >>"$LOG/init"; exit 3')
    machine.fake("update-rc.d", 'echo "$*" >>"$LOG/init"')
    machine.start()
    with machine.way() as way:
        assert execute(step("service", name="cron", action="status"), way, marker()).exit_status == 3
        assert execute(step("service", name="cron", action="enable"), way, marker()).exit_status == 0
    assert machine.said("init") == ["cron status", "cron enable"]


@pytest.mark.parametrize("name", ["-o", "--force", "a b", "$(id)", "a;id", "../x", "a\nb", ""])
def test_what_is_no_name_of_a_service_is_not_sent(do: Do, name: str) -> None:
    """HE16."""
    outcome = do(step("service", name=name, action="start"))
    assert (outcome.state, outcome.leads_to) == (RemoteState.NEVER_STARTED, 3)


# --- messages ---------------------------------------------------------------------------------------------------------


def test_users_are_told_by_wall_or_one_by_write(machine: Machine) -> None:
    machine.fake("wall", 'cat >>"$LOG/wall"')
    machine.fake("who", 'echo "anna pts/0 x"; echo "ben pts/1 x"')
    machine.fake("write", 'printf "to %s: %s\\n" "$*" "$(cat)" >>"$LOG/write"')
    machine.start()
    text = "it's time; `id` %s \\n"
    with machine.way() as way:
        assert execute(step("message", text=text), way, marker()).state is RemoteState.SUCCEEDED
        told = execute(step("message", text=text, user="ben"), way, marker())
    assert (machine.said("wall"), machine.said("write")) == ([text], [f"to ben pts/1: {text}"])
    assert told.stdout.joined() == b"told ben on pts/1\n"


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_a_file_is_waited_for(do: Do, tmp_path: Path) -> None:
    path = tmp_path / "the $(id) file"
    threading.Timer(1.5, path.touch).start()
    assert do(step("wait-for", event="file", path=path)).state is RemoteState.SUCCEEDED
    late = do(step("wait-for", event="file", path=tmp_path / "never", options={"time_limit_s": 1.5}))
    assert (late.state, late.reason) == (RemoteState.TIMED_OUT, "TIME-LIMIT")


def test_a_port_is_waited_for(ways: Ways, do: Do) -> None:
    host = ways.lab.hosts[0]
    assert do(step("wait-for", event="port")).state is RemoteState.SUCCEEDED
    with socket.socket() as listener:
        listener.bind((host, 0))
        port = listener.getsockname()[1]
        threading.Timer(1.0, listener.listen).start()
        outcome = do(step("wait-for", event="port", port=port))
        assert (outcome.state, f"port {port} answers" in outcome.message) == (RemoteState.SUCCEEDED, True)
    closed = do(step("wait-for", event="port", port=port, options={"time_limit_s": 1.2}))
    assert (closed.state, closed.reason, closed.leads_to) == (RemoteState.TIMED_OUT, "REFUSED", 8)


# --- exit codes -------------------------------------------------------------------------------------------------------


def test_exit_codes_mean_what_the_task_says(do: Do) -> None:
    known = {"success_codes": "0,4", "reboot_codes": "30", "retry_codes": "75"}
    found = {code: do(step("command", body=f"exit {code}", options=known)) for code in (0, 4, 30, 75, 7)}
    assert {code: (o.state, o.reason, o.exit_status) for code, o in found.items()} == {
        0: (RemoteState.SUCCEEDED, "", 0),
        4: (RemoteState.SUCCEEDED, "", 4),
        30: (RemoteState.SUCCEEDED, "REBOOT-NEEDED", 30),
        75: (RemoteState.FAILED, "RETRY-CODE", 75),
        7: (RemoteState.FAILED, "", 7),
    }

"""A program whose end is known while the rest of its output is on its way: what is cut is never called whole."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
import pytest

from examples.lab.ssh_endpoints import write_key
from itmsctl.transports import reader
from itmsctl.transports.base import Credentials, Endpoint, RemoteState
from itmsctl.transports.reader import End, KeptBytes, drain
from itmsctl.transports.ssh import SshTransport
from tests.servers.chaos import ChaosProxy, Fault
from tests.servers.hostile_ssh import RogueServer
from tests.transports.contract import script
from tests.transports.test_hostile import PATIENT, _token

BODY = b"0123456789" * 100


@dataclass
class Withheld:
    """A program that ended, of whose output a part comes only behind an answer, or never."""

    answer: bool
    rest: bytes
    now: list[bytes] = field(default_factory=lambda: [b"first"])
    asked: int = 0

    def read(self, timeout_s: float) -> tuple[bytes, bytes]:
        if not self.now:
            time.sleep(timeout_s)
        return (self.now.pop(0) if self.now else b""), b""

    def at_end(self) -> bool:
        return False

    def exit_status(self) -> int | None:
        return 0

    def wait_exit(self, timeout_s: float) -> None:
        """Do nothing."""

    def is_alive(self) -> bool:
        return True

    def answers(self, timeout_s: float) -> bool:
        self.asked += 1
        if self.rest:
            self.now.append(self.rest)
            self.rest = b""
        return self.answer


@pytest.mark.parametrize(
    ("answer", "rest", "end", "came", "asked"),
    [
        (True, b"", End.EXITED, b"first", 1),  # a child holds the stream
        (True, b" last", End.EXITED, b"first last", 2),  # it came behind the answer, and so may more
        (False, b"", End.LINK_LOST, b"first", 1),
    ],
)
def test_who_ended_and_is_silent_is_asked_before_all_is_there(
    monkeypatch: pytest.MonkeyPatch, answer: bool, rest: bytes, end: End, came: bytes, asked: int
) -> None:
    monkeypatch.setattr(reader, "AFTER_EXIT_S", 0.02)
    monkeypatch.setattr(reader, "AFTER_ANSWER_S", 0.02)
    stream, out = Withheld(answer, rest), KeptBytes(100)
    assert drain(stream, out, KeptBytes(0), time.monotonic() + 30) is end
    assert (bytes(out.data), stream.asked) == (came, asked)


def test_a_link_at_a_standstill_behind_the_exit_status(tmp_path: Path) -> None:
    """Half of the output and the exit status come through, the rest does not: the run is unknown, not a success."""
    sent, stalled = threading.Event(), threading.Event()

    def handler(channel: paramiko.Channel, command: bytes) -> None:
        token = _token(command)
        head = f"ITMS1 {token} READY 0 - - - - - \nITMS1 {token} DONE 0 - - - - - \n"
        channel.sendall_stderr(f"ITMS1 {token}\n".encode())
        channel.sendall(head.encode() + BODY)
        channel.send_exit_status(0)
        time.sleep(0.3)  # all of that is through
        sent.set()
        stalled.wait(10)
        channel.sendall(BODY)
        channel.close()

    write_key(tmp_path / "key")
    with RogueServer(on_exec=handler) as server, ChaosProxy((server.host, server.port)) as proxy:
        endpoint = Endpoint("g", "pc1", (proxy.host,), proxy.port, "root")

        def stall() -> None:
            sent.wait(60)
            proxy.fault = Fault("stall", direction="down")
            stalled.set()

        threading.Thread(target=stall, daemon=True).start()
        with SshTransport(endpoint, Credentials(key_files=(tmp_path / "key",)), PATIENT) as transport:
            outcome = transport.run(script("true", time_limit_s=2.0))
    assert sent.is_set()
    assert (outcome.state, outcome.reason) == (RemoteState.UNKNOWN, "LINK-LOST")

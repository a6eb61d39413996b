"""Commands on Windows over SMB, by services: real Samba, an emulated service control manager. **Never a Windows**."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import NoCommandsError, TransferError
from itmsctl.transports.base import Command, RemoteState, Settings
from itmsctl.transports.conversing import Dialogue
from itmsctl.transports.powershell import POWERSHELL, windows_loader
from itmsctl.transports.smb import SmbTransport
from itmsctl.transports.smb_pipe import Pipe
from itmsctl.transports.smb_programs import service_command
from itmsctl.transports.smb_share import SmbShare
from itmsctl.transports.streaming import Inquiry
from itmsctl.transports.svcctl import PipeAnswerError, ServiceManager, ServiceRefusedError
from tests.servers.samba import Samba
from tests.servers.service_control import PROFILE, EmulatedWindows, ScmCall, Service, smb_windows
from tests.transports import contract
from tests.transports.contract import CommandContract, Open, eventually, marker

__all__ = ["smb_windows"]


def script(text: str | bytes, **options: Any) -> Command:
    return contract.script(text, interpreter="powershell", **options)


class TestSmbCommands(CommandContract):
    ended_by_kill = 128 + signal.SIGKILL  # as over SSH: test_windows.py
    before_kill = "sleep 0.5;"
    only_small = True  # all of it: pytest -m "slow or not slow" (CONTRIBUTING.md)

    @pytest.fixture(autouse=True)
    def _in_powershell(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(contract, "DEFAULT_INTERPRETER", "powershell")

    @pytest.fixture(autouse=True)
    def _nothing_stays(self, smb_windows: EmulatedWindows) -> Iterator[None]:
        """Check that each service was our own, and that none is left."""
        yield
        assert not smb_windows.scm.services
        assert all(name.startswith("itms-") for name in smb_windows.scm.made)

    @pytest.fixture
    def open_to(self, smb_windows: EmulatedWindows) -> Iterator[Open]:
        with ExitStack() as stack:

            def make(machine_id: str | None = None, sudo_password: str | None = None, **options: Any) -> SmbTransport:
                credentials = smb_windows.samba.credentials(sudo_password=sudo_password)
                way = SmbTransport(smb_windows.endpoint(machine_id), credentials, Settings(**options))
                return stack.enter_context(way)

            yield make

    def test_its_folder_is_gone_when_it_has_ended(self, open_to: Open, smb_windows: EmulatedWindows) -> None:
        transport = open_to()
        before = set(smb_windows.calls)
        assert transport.run(script("echo $V", environment={"V": "a b"})).stdout.joined() == b"a b\n"
        assert set(smb_windows.calls) <= before
        assert not any("a b" in command for command in smb_windows.scm.commands)

    @pytest.mark.parametrize(
        ("call", "before", "state", "ran"),
        [
            (ScmCall.CREATE, True, RemoteState.NEVER_STARTED, False),
            (ScmCall.CREATE, False, RemoteState.NEVER_STARTED, False),
            (ScmCall.START, True, RemoteState.UNKNOWN, False),
            (ScmCall.START, False, RemoteState.UNKNOWN, True),
            (ScmCall.DELETE, True, RemoteState.UNKNOWN, True),
        ],
    )
    def test_a_pipe_that_breaks_leaves_no_doubt_that_cannot_be_settled(
        self, open_to: Open, smb_windows: EmulatedWindows, tmp_path: Path, call: int, before: bool,
        state: RemoteState, ran: bool,
    ) -> None:  # fmt: skip
        name, effect = marker(), tmp_path / "effect"
        smb_windows.scm.cuts[call] = before
        outcome = open_to().run(script(f"echo x >>{effect}", marker=name))
        assert outcome.state is state, outcome
        transport = open_to()
        eventually(lambda: transport.ask(name).state is not RemoteState.RUNNING)
        asked = transport.ask(name)
        assert asked.state is (RemoteState.SUCCEEDED if ran else RemoteState.NEVER_STARTED)
        assert effect.exists() is ran
        _grow_old(smb_windows)
        open_to().ask(name)
        assert (smb_windows.scm.services, smb_windows.calls) == ({}, [])
        assert not ran or effect.read_text() == "x\n"

    def test_what_a_killed_client_left_is_removed_and_nothing_of_others(
        self, open_to: Open, smb_windows: EmulatedWindows
    ) -> None:
        scm, calls = smb_windows.scm, smb_windows.root / PROFILE / "calls"
        for name in ("itms-left", "itms-young", "itms-busy", "PSEXESVC", "itms-of-nobody"):
            scm.services[name] = Service(name, "x")
        for name in ("itms-left", "itms-busy", "notes"):
            (calls / name).mkdir(parents=True)
            (calls / name / "in").write_text("secret")
        (calls / "itms-busy" / "out").touch()
        _grow_old(smb_windows)
        (calls / "itms-young").mkdir()
        try:
            assert open_to().run(script("exit 3")).exit_status == 3
            assert sorted(scm.services) == ["PSEXESVC", "itms-busy", "itms-of-nobody", "itms-young"]
            assert smb_windows.calls == ["itms-busy", "itms-young", "notes"]
        finally:
            scm.services.clear()
            for name in smb_windows.calls:
                shutil.rmtree(calls / name)

    @pytest.mark.parametrize("call", [ScmCall.CREATE, ScmCall.START])
    def test_who_has_no_right_starts_nothing_and_is_told(
        self, open_to: Open, smb_windows: EmulatedWindows, call: int
    ) -> None:
        smb_windows.scm.refuses[call] = 5
        outcome = open_to().run(script("exit 0"))
        assert (outcome.state, outcome.reason) == (RemoteState.NEVER_STARTED, "NO-COMMANDS")
        assert "administrator" in outcome.message + outcome.hint
        assert smb_windows.calls == []

    def test_a_user_to_become_is_refused_and_nothing_is_sent(self, open_to: Open, smb_windows: EmulatedWindows) -> None:
        made = len(smb_windows.scm.made)
        outcome = open_to().run(script("exit 0", run_as="root"))
        assert (outcome.state, outcome.reason) == (RemoteState.NEVER_STARTED, "INPUT")
        assert len(smb_windows.scm.made) == made

    def test_a_program_that_reads_is_handed_on(self, open_to: Open, smb_windows: EmulatedWindows) -> None:
        with pytest.raises(TransferError, match="POSIX shell"):
            open_to().converse(Dialogue("say X -\n"))
        made = len(smb_windows.scm.made)
        with (
            pytest.raises(NoCommandsError, match="not known for one"),
            SmbTransport(replace(smb_windows.endpoint(), windows=False), smb_windows.samba.credentials()) as way,
        ):
            way.read_out(Inquiry(b"x", (POWERSHELL,)), contract.Heard())
        assert len(smb_windows.scm.made) == made


def _grow_old(windows: EmulatedWindows) -> None:
    """Let all that calls left be an hour old."""
    then = time.time() - 3600
    for path in (windows.root / PROFILE / "calls").rglob("*"):
        os.utime(path, (then, then))


# --- bytes ------------------------------------------------------------------------------------------------------------


class _Recorded:
    """Keeps what is sent, and answers each call with the next of `answers`."""

    def __init__(self, *answers: bytes) -> None:
        self.sent: list[bytes] = []
        self._answers = iter(answers)

    def __call__(self, packets: list[bytes]) -> Iterator[bytes]:
        self.sent += packets
        yield from self._answers


def _told(serial: int, body: bytes, kind: int = 2) -> bytes:
    return struct.pack("<BBBB4sHHI", 5, 0, kind, 3, b"\x10\0\0\0", 16 + len(body), 0, serial) + body


def _bound() -> bytes:
    return _told(1, struct.pack("<HHIHxx", 4280, 4280, 1, 0) + struct.pack("<B3xHH", 1, 0, 0) + bytes(20), kind=12)


# What impacket 0.13.1 sends for the same calls: names and a handle of one byte each.
RECORDED = {
    "create": "1111111111111111111111111111111111111111090000000000000009000000690074006d0073002d0061006200630000000000"
    "0100000008000000000000000800"
    "0000690074006d007300630074006c000000100001001000000003000000000000000900000000000000"
    "0900000063006d00640020002f006300200078000000000000000000000000000000000000000000000000000000000000000000",
    "find": "1111111111111111111111111111111111111111090000000000000009000000690074006d0073002d006100620063000000000000"
    "000100",
    "start": "22" * 20 + "0000000000000000",
    "delete": "22" * 20,
    "close": "22" * 20,
}


def test_calls_are_sent_as_others_send_them() -> None:
    manager, service = b"\x11" * 20, b"\x22" * 20
    ok = [bytes(8) + answer for answer in (manager + bytes(4), bytes(4) + service + bytes(4), service + bytes(4))]
    ends = [bytes(12), bytes(12), bytes(8) + bytes(24)]
    wire = _Recorded(_bound(), *(_told(2 + at, body) for at, body in enumerate([*ok, *ends])))
    scm = ServiceManager(wire)
    scm.open()
    assert scm.create("itms-abc", "itmsctl", "cmd /c x") == service
    assert scm.find("itms-abc") == service
    scm.start(service)
    scm.delete(service)
    scm.close(service)
    stubs = [packet[24:].hex() for packet in wire.sent[2:]]
    assert stubs == list(RECORDED.values())
    assert [struct.unpack_from("<H", packet, 22)[0] for packet in wire.sent[1:]] == [15, 12, 16, 19, 2, 0]


def test_a_long_call_goes_in_packets_that_windows_takes() -> None:
    wire = _Recorded(_bound(), _told(2, bytes(8) + bytes(24)), _told(3, bytes(8) + bytes(28)))
    scm = ServiceManager(wire)
    scm.open()
    scm.create("itms-abc", "x", "y" * 5000)
    parts = wire.sent[2:]
    assert all(len(part) <= 4280 for part in parts)
    assert [part[3] for part in parts] == [1, 0, 2]
    assert b"".join(part[24:] for part in parts).count(b"y\0") == 5000


@settings(max_examples=200, deadline=None, derandomize=True)
@given(noise=st.binary(max_size=80), at=st.integers(0, 40), serial=st.sampled_from([1, 2, 3]))
def test_nonsense_of_a_pipe_is_an_error_of_its_own(noise: bytes, at: int, serial: int) -> None:
    sane = _bound() if serial == 1 else _told(serial, bytes(8) + bytes(24))
    torn = sane[:at] + noise + sane[at + len(noise) :]
    before = {1: [], 2: [_bound()], 3: [_bound(), _told(2, bytes(8) + bytes(24))]}[serial]
    scm = ServiceManager(_Recorded(*before, torn))
    with suppress(PipeAnswerError, ServiceRefusedError, StopIteration):
        scm.open()
        scm.find("x")


def test_samba_itself_understands_the_calls(samba: Samba) -> None:
    """The service control manager of Samba, which nobody here wrote: it makes no services."""
    with SmbTransport(samba.endpoint(), samba.credentials()) as way:
        way.connect()
        link = way._link
        assert link is not None
        link.deadline = time.monotonic() + 30
        share = SmbShare(link, way._session, link.server_name, "IPC$")
        with Pipe(share, "svcctl") as pipe:
            manager = ServiceManager(pipe.exchange)
            manager.open()
            assert manager.find("itms-none") is None
            with pytest.raises((PipeAnswerError, ServiceRefusedError)):
                manager.create("itms-none", "x", "y")


def test_the_command_line_of_a_service_has_no_word_of_a_person_and_fits() -> None:
    line = service_command("a" * 32, windows_loader("b" * 32))
    assert len(line) < 8191
    assert line.count('"') == 4
    assert line.startswith('%COMSPEC% /Q /D /C start "itms" /B %COMSPEC% /Q /D /C "powershell.exe -NoProfile ')
    place = rf"%SystemRoot%\System32\config\systemprofile\AppData\Local\itms\calls\itms-{'a' * 32}"
    assert line.endswith(rf'<{place}\in >{place}\out 2>{place}\err && echo 0 >{place}\end || echo 1 >{place}\end"')
    with pytest.raises(ValueError, match="means something"):
        service_command("a" * 32, ["powershell.exe", "-Command", "a&calc"])

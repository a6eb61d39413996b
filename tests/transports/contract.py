"""The contract that every transport passes. A driver's test class inherits it and gives the fixture `open_to`."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itmsctl.errors import InputError, InterpreterMissingError, TransferError, WrongHostError
from itmsctl.transports.base import Command, CommandOutcome, HostFacts, RemoteState, Transport
from itmsctl.transports.conversing import Dialogue
from itmsctl.transports.reader import End
from itmsctl.transports.streaming import Inquiry
from itmsctl.transports.trees import digest, read_tree

Open = Callable[..., Transport]
MIB = 1024 * 1024
# What a machine that has much else to do may add to any wait; the alternatives are twenty seconds and for ever.
SLACK_S = 8.0
HOSTILE_WORDS = ["$(id)", "`id`", "'", '"', "\\", "a b", "*", "-n", "--", "\n", "!x", "%s", "~", "{a,b}", "", ";id"]
# What is tried in CI on each kind of small computer; the rest is tried there by a command (CONTRIBUTING.md).
small = pytest.mark.small
_serial = iter(range(1, 1_000_000))


def marker() -> str:
    """Return a marker that no other test uses."""
    return f"run{next(_serial)}.00000000-0000-4000-8000-000000000001.1"


DEFAULT_INTERPRETER: Any = "sh"


def script(text: str | bytes, **options: Any) -> Command:
    raw = text.encode() if isinstance(text, str) else text
    usual = {"time_limit_s": 60.0, "interpreter": DEFAULT_INTERPRETER}
    return Command(options.pop("marker", None) or marker(), raw, **(usual | options))


def eventually(true: Callable[[], bool], limit_s: float = 30.0) -> None:
    end = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


class Heard:
    """Keeps what a program that reads printed."""

    def __init__(self) -> None:
        self.data = bytearray()

    def feed(self, data: bytes) -> None:
        self.data += data


class FileContract:
    """Every promise of `Transport` for files, where `tmp_path` is the same folder on the computer and here."""

    keeps_modes = True
    keeps_links = True
    tells_host = True

    def give(self, folder: Path) -> None:
        """Let a folder with all that is in it belong to the login user, where that is somebody else."""

    @pytest.fixture
    def transport(self, open_to: Open) -> Transport:
        return open_to()

    @pytest.mark.parametrize("size", [0, 1, 32_704, pytest.param(3 * MIB + 1, marks=small)])
    def test_files_go_there_and_come_back(self, transport: Transport, tmp_path: Path, size: int) -> None:
        data, place = os.urandom(size), tmp_path / "it's a file"
        assert transport.put(data, str(place), mode=0o640) == size
        assert place.read_bytes() == data
        if self.keeps_modes:
            assert place.stat().st_mode & 0o7777 == 0o640
        assert transport.get(str(place), limit_bytes=size) == data
        assert [path.name for path in tmp_path.iterdir() if ".itms-" in path.name] == []

    def test_a_file_is_sent_from_disk_and_replaces(self, transport: Transport, tmp_path: Path) -> None:
        source, place = tmp_path / "source", tmp_path / "place"
        source.write_bytes(b"new" * 50_000)
        place.write_bytes(b"old")
        transport.put(source, str(place))
        assert place.read_bytes() == source.read_bytes()

    def test_files_that_cannot_be(self, transport: Transport, tmp_path: Path) -> None:
        with pytest.raises(TransferError):
            transport.get(str(tmp_path / "none"), limit_bytes=10)
        with pytest.raises(TransferError):
            transport.put(b"x", str(tmp_path / "no" / "folder"))
        with pytest.raises(TransferError):
            transport.put(b"x", str(tmp_path))
        (tmp_path / "long").write_bytes(b"x" * 11)
        with pytest.raises(TransferError, match="longer than 10"):
            transport.get(str(tmp_path / "long"), limit_bytes=10)
        with pytest.raises(InputError):
            transport.get("relative", limit_bytes=10)

    @small
    def test_a_tree_goes_there_and_replaces_the_old_one(self, transport: Transport, tmp_path: Path) -> None:
        source, place = tmp_path / "source", tmp_path / "it's a place"
        (source / "a b").mkdir(parents=True)
        (source / "a b" / "file").write_bytes(os.urandom(100_000))
        (source / "a b" / "file").chmod(0o640)
        if self.keeps_links:
            (source / "link").symlink_to("a b/file")
        (place / "old").mkdir(parents=True)
        self.give(place)
        tree = read_tree(source)
        own = digest(tree, modes=transport.keeps_modes)
        assert transport.look("tree", str(place)).sha256 != own
        assert transport.put_tree(tree, str(place)) >= 100_000
        names = ["a b", "a b/file", "link"][: 3 if self.keeps_links else 2]
        assert sorted(str(p.relative_to(place)) for p in place.rglob("*")) == names
        assert (place / names[-1]).read_bytes() == (source / "a b" / "file").read_bytes()
        if self.keeps_modes:
            assert (place / "a b" / "file").stat().st_mode & 0o7777 == 0o640
        assert transport.look("tree", str(place)).sha256 == own
        assert [path.name for path in tmp_path.iterdir() if ".itms-" in path.name] == []
        with pytest.raises(TransferError):
            transport.put_tree(tree, str(tmp_path / "no" / "parent"))
        with pytest.raises(InputError):
            transport.put_tree(tree, "relative")

    @small
    def test_looking_tells_who_answers_and_what_is_there(
        self, open_to: Open, transport: Transport, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(b"abc")
        (tmp_path / "file").chmod(0o604)
        seen = transport.look("file", str(tmp_path / "file"))
        assert (seen.sha256, seen.mode) == (hashlib.sha256(b"abc").hexdigest(), 0o604 if self.keeps_modes else None)
        for what, name in (("file", "none"), ("file", "."), ("tree", "file"), ("tree", "none")):
            assert transport.look(what, str(tmp_path / name)).sha256 is None
        if not self.tells_host:
            assert transport.look().host == HostFacts()
            return
        assert (seen.host.boot_id, seen.host.machine_id) == (
            Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
            Path("/etc/machine-id").read_text().strip(),
        )
        assert transport.look().host.boot_id == seen.host.boot_id
        with pytest.raises(WrongHostError):
            open_to(machine_id="0" * 32).look()

    def test_only_safe_names_are_listed(self, transport: Transport, tmp_path: Path) -> None:
        folder = tmp_path / "spool"
        folder.mkdir()
        for name in ("ok.nse", "-rf", ".hidden", "a b", "x\ny", "e\x1b[2J", "CON", "con.txt", "ü"):
            (folder / name).write_bytes(b"12345")
        (folder / "sub").mkdir()
        listing = transport.list(str(folder))
        names = {(entry.name, entry.size_bytes if not entry.is_folder else -1) for entry in listing.entries}
        assert names == {("ok.nse", 5), ("sub", -1)}
        assert len(listing.rejected) == 8
        with pytest.raises(TransferError):
            transport.list(str(tmp_path / "none"))

    def test_files_move_again_after_close(self, transport: Transport, tmp_path: Path) -> None:
        transport.close()
        transport.close()
        assert transport.put(b"x", str(tmp_path / "x")) == 1


class CommandContract:
    """Every promise of `Transport` for commands, against a real system."""

    ended_by_kill = 128 + signal.SIGTERM
    before_kill = ""

    has_home = True

    @pytest.fixture
    def transport(self, open_to: Open) -> Transport:
        return open_to()

    # --- ends and bytes -----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("status", [0, 1, 7, 126, 127, 255])
    def test_the_exit_status_is_the_commands_own(self, transport: Transport, status: int) -> None:
        outcome = transport.run(script(f"exit {status}"))
        assert outcome.exit_status == status
        assert outcome.state is (RemoteState.SUCCEEDED if status == 0 else RemoteState.FAILED)
        assert outcome.leads_to == (0 if status == 0 else 8)

    def test_a_command_ended_by_a_signal_has_failed(self, transport: Transport) -> None:
        outcome = transport.run(script("kill -9 $$"))
        assert (outcome.state, outcome.exit_status) == (RemoteState.FAILED, 128 + signal.SIGKILL)

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"no newline",
            b"crlf\r\ncrlf\r\n",
            pytest.param(bytes(range(256)) * 3, marks=small),
            b"\0\0\xff\xfe",
            "\ufeffutf-16 \u00e4".encode("utf-16"),
            b"\rprogress 1%\rprogress 2%",
            b"ITMS1 DONE 0 - - - - - \n",
        ],
    )
    def test_both_streams_are_kept_byte_for_byte(self, transport: Transport, data: bytes) -> None:
        octal = "".join(f"\\{byte:03o}" for byte in data)
        outcome = transport.run(script(f"printf '{octal}'; printf 'e{octal}' >&2"))
        assert outcome.stdout.joined() == data
        assert outcome.stderr.joined() == b"e" + data
        assert (outcome.stdout.total, outcome.stderr.total) == (len(data), len(data) + 1)

    @pytest.mark.parametrize("size", [49_151, 49_152, 49_153, 65_536, 65_537, 70_000])
    def test_sizes_around_what_is_kept(self, transport: Transport, tmp_path: Path, size: int) -> None:
        data = hashlib.shake_128(b"x").digest(size)
        (tmp_path / "data").write_bytes(data)
        stream = transport.run(script(f"cat {tmp_path}/data")).stdout
        assert stream.total == size
        assert stream.head == data[:49_152]
        assert stream.tail == data[max(49_152, size - 16_384) :]
        assert stream.dropped == max(0, size - 65_536)

    def test_ten_megabytes_on_both_streams(self, transport: Transport) -> None:
        begin = time.monotonic()
        text = (
            "{ head -c 10000000 /dev/zero | tr '\\0' o; printf '\\nend'; } &\n"
            "{ head -c 10000000 /dev/zero | tr '\\0' e; printf '\\nend'; } >&2 &\n"
            "wait; exit 5"
        )
        outcome = transport.run(script(text))
        assert outcome.exit_status == 5
        for stream, char in ((outcome.stdout, b"o"), (outcome.stderr, b"e")):
            assert stream.total == 10_000_004
            assert stream.head == char * 49_152
            assert stream.tail.endswith(char + b"\nend")
            assert len(stream.joined()) == 65_536
        assert time.monotonic() - begin < 15 + SLACK_S

    def test_one_line_of_fifty_megabytes(self, transport: Transport) -> None:
        outcome = transport.run(script(f"head -c {50 * MIB} /dev/zero | tr '\\0' x"))
        assert (outcome.state, outcome.stdout.total) == (RemoteState.SUCCEEDED, 50 * MIB)
        assert set(outcome.stdout.joined()) == {ord("x")}

    def test_more_is_kept_where_it_is_asked_for(self, transport: Transport) -> None:
        outcome = transport.run(script(f"head -c {MIB + 5} /dev/zero", head_bytes=MIB))
        assert (len(outcome.stdout.head), len(outcome.stdout.tail)) == (MIB, 5)

    # --- time ---------------------------------------------------------------------------------------------------------

    def test_endless_output_ends_at_the_time_limit_and_memory_stays_flat(self, transport: Transport) -> None:
        transport.run(script("true"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin = time.monotonic()
        outcome = transport.run(script("exec yes", time_limit_s=1.5))
        assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.TIMED_OUT, "TIME-LIMIT", 8)
        assert outcome.stdout.total > MIB
        assert outcome.stdout.head.startswith(b"y\ny\n")
        assert str(outcome.stdout.total) in outcome.message
        assert time.monotonic() - begin < 1.5 + SLACK_S
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024

    def test_a_drip_meets_its_time_limit_and_what_came_is_kept(self, transport: Transport) -> None:
        begin = time.monotonic()
        outcome = transport.run(script("while :; do printf d; sleep 0.5; done", time_limit_s=1.7))
        assert outcome.state is RemoteState.TIMED_OUT
        assert time.monotonic() - begin < 1.7 + SLACK_S
        assert 1 <= outcome.stdout.total <= 6
        assert set(outcome.stdout.joined()) == {ord("d")}

    @small
    def test_a_command_that_ignores_term_is_killed_with_its_children(self, open_to: Open, tmp_path: Path) -> None:
        pids = tmp_path / "pids"
        text = f"trap '' TERM; sleep 60 & echo $! >>{pids}; echo $$ >>{pids}; while :; do sleep 1; done"
        outcome = open_to(kill_grace_s=0.5).run(script(text, time_limit_s=1.0))
        assert (outcome.state, outcome.exit_status) == (RemoteState.TIMED_OUT, 137)
        eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids.read_text().split()))

    def test_a_child_left_behind_does_not_hold_the_run(self, transport: Transport) -> None:
        begin = time.monotonic()
        outcome = transport.run(script("sleep 20 & echo hi"))
        assert (outcome.state, outcome.stdout.joined()) == (RemoteState.SUCCEEDED, b"hi\n")
        assert time.monotonic() - begin < 2 + SLACK_S

    def test_one_can_stop_what_another_runs(self, open_to: Open, tmp_path: Path) -> None:
        first, second, name, started = open_to(), open_to(), marker(), tmp_path / "started"
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(first.run, script(f"touch {started}; sleep 60", marker=name))
            eventually(started.exists)
            stopped = second.kill(name)
            assert (stopped.state, stopped.exit_status) == (RemoteState.TIMED_OUT, self.ended_by_kill)
            assert waiting.result(timeout=10).state is RemoteState.TIMED_OUT

    def test_a_person_kills_what_another_runs(self, open_to: Open, tmp_path: Path) -> None:
        first, second, name, started = open_to(), open_to(), marker(), tmp_path / "started"
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(first.run, script(f"trap '' TERM; touch {started}; sleep 60 | sleep 61", marker=name))
            eventually(started.exists)
            killed = second.kill(name, cause="person")
            assert (killed.state, killed.reason) == (RemoteState.CANCELLED, "KILLED")
            assert waiting.result(timeout=30).state is RemoteState.CANCELLED
        assert second.ask(name).state is RemoteState.CANCELLED
        assert second.kill(name).state is RemoteState.CANCELLED  # the first cause stays

    def test_the_time_limit_outlives_a_killed_client(self, open_to: Open, tmp_path: Path) -> None:
        name, started = marker(), tmp_path / "started"
        child = os.fork()
        if child == 0:
            body = f"trap '' TERM; echo $$ >{started}.part; mv {started}.part {started}; sleep 300 | sleep 301"
            open_to().run(script(body, marker=name, time_limit_s=1.5))
            os._exit(0)
        eventually(started.exists)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        group = int(started.read_text())
        eventually(lambda: not _group_lives(group))
        answer = open_to().ask(name)
        assert (answer.state, answer.reason) == (RemoteState.TIMED_OUT, "TIME-LIMIT")

    # --- what reaches the script --------------------------------------------------------------------------------------

    def test_a_script_of_three_megabytes_arrives_whole(self, transport: Transport) -> None:
        body = "\n".join(f"# {'x' * 90} {n}" for n in range(30_000)) + "\ncksum <$0; wc -c <$0"
        outcome = transport.run(script(body))
        assert outcome.stdout.joined().split()[-1] == str(len(body)).encode()

    @small
    def test_it_runs_at_home_with_nothing_to_read(self, transport: Transport) -> None:
        place = "$HOME" if self.has_home else "/"
        outcome = transport.run(script(f'cat; [ "$PWD" = "{place}" ] && echo home; ls -l /proc/$$/fd | grep -c socket'))
        assert outcome.stdout.joined() == b"home\n0\n"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"marker": "../x"}, {"marker": "a b"}, {"marker": "-x"}, {"marker": "a..b"}, {"arguments": ("a\0b",)},
            {"environment": {"A B": "c"}}, {"environment": {"A": "\0"}}, {"run_as": "x;id"}, {"interpreter": "perl"},
            {"time_limit_s": 0.0},
        ],
    )  # fmt: skip
    def test_what_cannot_be_sent_is_refused_beforehand(self, wrong: dict[str, Any]) -> None:
        with pytest.raises(InputError):
            script("true", **wrong)

    # --- at most once -------------------------------------------------------------------------------------------------

    @small
    def test_a_marker_runs_once_and_tells_the_same_twice(self, transport: Transport, tmp_path: Path) -> None:
        effects, name = tmp_path / "effects", marker()
        text = f"echo once >>{effects}; echo out; echo err >&2; exit 4"
        first = transport.run(script(text, marker=name))
        second = transport.run(script(text, marker=name))
        asked = transport.ask(name)
        assert effects.read_text() == "once\n"
        for outcome in (first, second, asked):
            assert (outcome.state, outcome.exit_status) == (RemoteState.FAILED, 4)
            assert (outcome.stdout.joined(), outcome.stderr.joined()) == (b"out\n", b"err\n")

    def test_eight_at_once_have_one_effect(self, open_to: Open, tmp_path: Path) -> None:
        effects, name = tmp_path / "effects", marker()
        ways = [open_to() for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            ended = list(pool.map(lambda way: way.run(script(f"echo x >>{effects}; sleep 1", marker=name)), ways))
        assert effects.read_text() == "x\n"
        assert sum(outcome.state is RemoteState.SUCCEEDED for outcome in ended) >= 1
        assert {outcome.state for outcome in ended} <= {RemoteState.SUCCEEDED, RemoteState.RUNNING}, ended

    @small
    def test_asking_about_the_unknown_seals_it(self, transport: Transport, tmp_path: Path) -> None:
        effects, name = tmp_path / "effects", marker()
        asked = transport.ask(name)
        assert (asked.state, asked.reason) == (RemoteState.NEVER_STARTED, "MARKER-ABSENT")
        assert asked.host.boot_id
        assert asked.host.uptime_s
        late = transport.run(script(f"echo x >>{effects}", marker=name))
        assert late.state is RemoteState.NEVER_STARTED
        assert not effects.exists()

    @small
    def test_asking_while_it_runs_then_after(self, open_to: Open, tmp_path: Path) -> None:
        first, second, name, started = open_to(), open_to(), marker(), tmp_path / "started"
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(first.run, script(f"touch {started}; sleep 1.5; exit 6", marker=name))
            eventually(started.exists)
            assert second.run(script("true", marker=name)).state is RemoteState.RUNNING
            assert second.ask(name).state is RemoteState.RUNNING
            assert waiting.result(timeout=20).exit_status == 6
        assert second.ask(name).exit_status == 6

    def test_killed_from_outside_has_failed_and_says_so(self, transport: Transport) -> None:
        name = marker()
        outcome = transport.run(script(f"echo partly; {self.before_kill} kill -9 $PPID; kill -9 $$", marker=name))
        assert outcome.state in (RemoteState.FAILED, RemoteState.RUNNING)
        eventually(lambda: transport.ask(name).state is RemoteState.FAILED)
        answer = transport.ask(name)
        assert (answer.state, answer.reason, answer.leads_to) == (RemoteState.FAILED, "PROCESS-GONE", 8)
        assert answer.exit_status is None
        assert answer.stdout.joined() == b"partly\n"

    def test_the_command_outlives_a_killed_client(self, open_to: Open, tmp_path: Path) -> None:
        name, started = marker(), tmp_path / "started"
        child = os.fork()
        if child == 0:
            # Only this thread exists here; the parent's connections are never touched.
            open_to().run(script(f"echo x >>{started}; sleep 1.5; exit 9", marker=name))
            os._exit(0)
        eventually(started.exists)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        transport = open_to()
        eventually(lambda: transport.ask(name).state is not RemoteState.RUNNING)
        asked = transport.ask(name)
        assert (asked.state, asked.exit_status) == (RemoteState.FAILED, 9)
        assert started.read_text() == "x\n"

    @small
    def test_closed_markers_can_be_forgotten_and_running_ones_not(self, open_to: Open, tmp_path: Path) -> None:
        transport, other, started, go = open_to(), open_to(), tmp_path / "started", tmp_path / "go"
        closed, running = marker(), marker()
        transport.run(script("true", marker=closed))
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(
                other.run, script(f"touch {started}; until [ -e {go} ]; do sleep 0.1; done", marker=running)
            )
            eventually(started.exists)
            assert transport.forget([closed, running, marker()]) == 1
            go.touch()
            assert waiting.result().state is RemoteState.SUCCEEDED
        assert transport.ask(closed).reason == "MARKER-ABSENT"

    # --- the right computer, a safe folder ----------------------------------------------------------------------------

    def test_another_machine_id_runs_nothing(self, open_to: Open, tmp_path: Path) -> None:
        effects = tmp_path / "effects"
        outcome = open_to(machine_id="0" * 32).run(script(f"echo x >>{effects}"))
        assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.NEVER_STARTED, "WRONG-HOST", 12)
        assert "0" * 32 in outcome.message
        assert not effects.exists()

    def test_the_right_machine_id_is_reported(self, open_to: Open) -> None:
        mine = Path("/etc/machine-id").read_text().strip()
        outcome = open_to(machine_id=mine).run(script("true"))
        assert (outcome.state, outcome.host.machine_id) == (RemoteState.SUCCEEDED, mine)

    # --- the object ---------------------------------------------------------------------------------------------------

    def test_secrets_are_not_shown(self, open_to: Open) -> None:
        transport = open_to(sudo_password="S3cr3t-canary")
        assert "S3cr3t" not in repr(transport.credentials)
        pad = "x" * (49_152 - 5)
        outcome = transport.run(script(f"echo S3cr3t-canary; printf {pad}S3cr3t-canary >&2"))
        assert b"S3cr3t" not in outcome.stdout.joined()
        assert b"S3cr3t" not in outcome.stderr.joined()
        assert b"[redacted]" in outcome.stdout.joined()

    def test_it_can_be_used_again_after_close(self, transport: Transport) -> None:
        transport.close()
        transport.close()
        assert transport.run(script("true")).state is RemoteState.SUCCEEDED


class TransportContract(CommandContract, FileContract):
    """Every promise of `Transport`, against a real POSIX system."""

    interpreters = frozenset({"sh", "bash", "python3"})  # what the computer has

    def test_a_command_may_end_itself_within_its_grace(self, transport: Transport) -> None:
        text = "trap 'echo bye; exit 3' TERM; while :; do sleep 0.1; done"
        outcome = transport.run(script(text, time_limit_s=0.8))
        assert (outcome.state, outcome.exit_status) == (RemoteState.TIMED_OUT, 3)
        assert outcome.stdout.joined() == b"bye\n"

    @small
    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        # One connection serves all examples on purpose; each driver's class is an executor of its own.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        words=st.lists(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
            | st.sampled_from(HOSTILE_WORDS),
            max_size=20,
        )
    )
    def test_arguments_and_variables_arrive_unchanged(self, transport: Transport, words: list[str]) -> None:
        text = 'for a; do printf "%s\\0" "$a"; done; printf %s "$V" >&2'
        joined = "|".join(words)
        outcome = transport.run(script(text, arguments=tuple(words), environment={"V": joined}))
        assert outcome.state is RemoteState.SUCCEEDED
        assert outcome.stdout.joined() == "".join(f"{word}\0" for word in words).encode()
        assert outcome.stderr.joined() == joined.encode()

    @pytest.mark.parametrize(
        ("interpreter", "text", "said"),
        [
            ("sh", 'echo "$#:$1"', b"1:a b\n"),
            ("bash", 'x=(1 2); echo "${#x[@]}:$1"', b"2:a b\n"),
            ("python3", "import sys; print(len(sys.argv), sys.argv[1])", b"2 a b\n"),
        ],
    )
    def test_interpreters(self, transport: Transport, interpreter: Any, text: str, said: bytes) -> None:
        outcome = transport.run(script(text, interpreter=interpreter, arguments=("a b",)))
        if interpreter in self.interpreters:
            assert outcome.stdout.joined() == said
        else:
            assert (outcome.state, outcome.reason) == (RemoteState.NEVER_STARTED, "INTERPRETER-MISSING")

    @pytest.mark.parametrize("danger", ["world", "group", "link", "owner"])
    def test_an_unsafe_folder_runs_nothing(self, open_to: Open, tmp_path: Path, danger: str) -> None:
        effects, folder, target = tmp_path / "effects", tmp_path / "bad", tmp_path / "target"
        match danger:
            case "world":
                folder.mkdir()
                folder.chmod(0o777)
            case "group":
                folder.mkdir()
                folder.chmod(0o770)
            case "link":
                target.mkdir(mode=0o700)
                folder.symlink_to(target)
            case "owner":
                if os.geteuid() != 0:
                    folder = Path("/proc/1")  # belongs to root
                else:
                    folder.mkdir(mode=0o700)
                    os.chown(folder, 65534, 65534)
        outcome = open_to(run_dir=str(folder)).run(script(f"echo x >>{effects}"))
        assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.NEVER_STARTED, "REMOTE-DIR-UNSAFE", 8)
        assert "owner=" in outcome.message
        assert "mode=" in outcome.message
        assert not effects.exists()
        assert not target.exists() or not list(target.iterdir())

    # --- programs that read -------------------------------------------------------------------------------------------

    @small
    def test_a_program_that_reads_is_handed_on_whole_and_leaves_nothing(self, transport: Transport) -> None:
        text = b"head -c 3000000 /dev/zero | tr '\\0' '\\377'; printf 'a\\0b\\n'; echo mistake >&2; exit 3\n"
        padding = b"# long enough for several packets\n" * 9_000
        seen = Heard()
        ended = transport.read_out(Inquiry(padding + text, ("sh",), ("-s",), nice=5, limit_bytes=4_000_000), seen)
        assert (ended.end, ended.status, ended.total) == (End.EXITED, 3, 3_000_004)
        assert bytes(seen.data) == b"\xff" * 3_000_000 + b"a\0b\n"
        assert ended.stderr.joined() == b"mistake\n"
        assert ended.host.boot_id == transport.look().host.boot_id

    def test_what_a_child_holds_open_is_not_waited_for(self, transport: Transport) -> None:
        seen, begin = Heard(), time.monotonic()
        ended = transport.read_out(Inquiry(b"sleep 20 & echo hi\n", ("sh",), ("-s",)), seen)
        assert (ended.end, ended.status, bytes(seen.data)) == (End.EXITED, 0, b"hi\n")
        assert time.monotonic() - begin < 4 + SLACK_S

    def test_the_first_interpreter_that_is_there_reads(self, transport: Transport) -> None:
        seen = Heard()
        transport.read_out(Inquiry(b"echo $0-$1\n", ("no-such-python", "sh"), ("-s", "own")), seen)
        assert bytes(seen.data) == b"sh-own\n"
        with pytest.raises(InterpreterMissingError):
            transport.read_out(Inquiry(b"true\n", ("no-such-python",)), seen)
        with pytest.raises(InterpreterMissingError):
            transport.read_out(Inquiry(b"exit 97\n", ("sh",), ("-s",)), Heard())

    def test_a_program_that_reads_is_bounded_in_bytes_and_time(self, transport: Transport) -> None:
        seen = Heard()
        ended = transport.read_out(Inquiry(b"yes\n", ("sh",), ("-s",), limit_bytes=300_000), seen)
        assert ended.end is End.FLOOD
        assert len(seen.data) < 2_000_000
        begin = time.monotonic()
        ended = transport.read_out(Inquiry(b"sleep 60\n", ("sh",), ("-s",), limit_s=1.0), Heard())
        assert ended.end in {End.DEADLINE, End.EXITED}
        assert time.monotonic() - begin < 40
        transport.stopped = lambda: True
        assert transport.read_out(Inquiry(b"sleep 60\n", ("sh",), ("-s",)), Heard()).end is End.STOPPED

    def test_another_machine_reads_nothing_out(self, open_to: Open) -> None:
        seen = Heard()
        with pytest.raises(WrongHostError):
            open_to(machine_id="0" * 32).read_out(Inquiry(b"echo sent\n", ("sh",), ("-s",)), seen)
        assert not seen.data

    # --- programs that are handed bytes -------------------------------------------------------------------------------

    @small
    def test_a_dialogue_hands_over_what_is_asked_for(self, transport: Transport) -> None:
        data = hashlib.shake_128(b"y").digest(3 * MIB)
        text = 'say MORE "of it"; cat >"$place"; wc -c <"$place"; rm -f "$place"; echo "GOT all of it"; id -un'
        place = "/tmp/itms-dialogue-$$"
        supplied: list[str] = []

        def supply(said: str) -> Callable[[Any], None]:
            supplied.append(said)
            return lambda out: [out.write(data[n : n + 70_000]) for n in range(0, len(data), 70_000)] and None

        talk = Dialogue(f"place={place}\n{text}\n", names={"own": "a b'c"}, asks={"MORE": supply}, size=len(data))
        said = transport.converse(talk)
        assert (said.word, said.text, supplied) == ("MORE", "of it", ["of it"])
        assert (said.lines[0].strip(), said.lines[1], said.sent) == (str(len(data)), "GOT all of it", len(data))
        assert (said.end, said.status, said.whole, said.last("GOT")) == (End.EXITED, 0, True, None)

    def test_what_a_dialogue_does_not_ask_for_is_not_sent(self, transport: Transport) -> None:
        def supply(_: str) -> Callable[[Any], None]:
            raise AssertionError

        said = transport.converse(Dialogue('say NO "$own"; wc -c\n', names={"own": "a b'c"}, asks={"YES": supply}))
        assert (said.word, said.text, said.lines[0].strip()) == ("NO", "a b'c", "0")

    def test_a_dialogue_that_no_longer_reads_ends_the_sending(self, transport: Transport) -> None:
        def supply(_: str) -> Callable[[Any], None]:
            return lambda out: [out.write(bytes(MIB)) for _ in range(400)] and None

        said = transport.converse(
            Dialogue("say MORE -; head -c 9 >/dev/null; echo FULL; exit 3\n", asks={"MORE": supply})
        )
        assert (said.last("FULL"), said.status) == ("", 3)
        assert said.sent < 300 * MIB

    def test_what_a_dialogue_says_is_bounded(self, transport: Transport) -> None:
        said = transport.converse(Dialogue("say LONG -; yes | head -n 100000; echo END\n", keep_bytes=10_000))
        assert not said.whole
        assert set(said.lines) == {"y"}
        assert len(said.lines) <= 5_000

    def test_a_dialogue_is_stopped_and_told_apart_from_another_host(self, transport: Transport, open_to: Open) -> None:
        transport.stopped = lambda: True
        assert transport.converse(Dialogue("say BEGUN -; sleep 60\n")).end is End.STOPPED
        with pytest.raises(WrongHostError):
            open_to(machine_id="0" * 32).converse(Dialogue("say BEGUN -\n"))


def in_another_process(code: str) -> subprocess.CompletedProcess[bytes]:
    """Run Python code in a fresh process."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)


__all__ = [
    "CommandContract",
    "CommandOutcome",
    "FileContract",
    "Open",
    "TransportContract",
    "eventually",
    "marker",
    "script",
]

"""The wrapper under every shell it may meet, with parts of a system missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from itmsctl.transports.marker import Program, ask_program, run_program
from itmsctl.transports.outcome import Command
from itmsctl.transports.reply import parse_header
from tests.servers import missing
from tests.transports.contract import SLACK_S, eventually, marker, script

SHELLS = ["dash", "bash", "busybox"]
TOKEN = "0123456789abcdef" * 2
TOOLS = ["dd", "ls", "mkdir", "mkfifo", "cat", "head", "tail", "tee", "wc", "mv", "rm", "sleep", "sh", "uname"]


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    path = shutil.which(request.param)
    if path is None:
        missing(request.param, f"{request.param} is not installed")
    return [path, "sh"] if request.param == "busybox" else [path]


class Wrapper:
    """Calls the wrapper as an endpoint would run it."""

    def __init__(self, shell: list[str], folder: str, before: list[str] | None = None, path: str | None = None) -> None:
        self.shell, self.folder, self.before = shell, folder, before or []
        self.environment = {"PATH": path or os.environ["PATH"], "HOME": "/"}

    def run(self, command: Command, body: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        return self._call(cut_to(run_program(command, TOKEN, self.folder, None), body))

    def ask(self, mode: str, name: str) -> subprocess.CompletedProcess[bytes]:
        return self._call(ask_program(mode, TOKEN, self.folder, [name], grace_s=0.3))  # type: ignore[arg-type]

    def argv(self, program: Program) -> list[str]:
        return [*self.before, *self.shell, *program.argv()[1:]]

    def _call(self, program: Program) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self.argv(program), input=program.body, capture_output=True, timeout=30, env=self.environment, check=False
        )


def cut_to(program: Program, content: bytes | None) -> Program:
    """Return the call with other content than it announces."""
    return program if content is None else replace(program, content=content)


def word(done: subprocess.CompletedProcess[bytes]) -> tuple[str, int]:
    lines = [line for line in done.stdout.split(b"\n") if line.startswith(b"ITMS1 ")]
    header = parse_header(lines[-1].split(b" ", 2)[2])
    assert header, done
    return header.word, header.number


@pytest.fixture
def wrapper(shell: list[str], run_dir: str) -> Wrapper:
    return Wrapper(shell, run_dir)


def test_run_twice_ask_and_forget(wrapper: Wrapper, tmp_path: Path) -> None:
    name, effects = marker(), tmp_path / "effects"
    command = script(f"echo x >>{effects}; echo out; echo err >&2; exit 3", marker=name, arguments=("a",))
    for _ in range(2):
        done = wrapper.run(command)
        assert word(done) == ("DONE", 3)
        assert done.stdout.endswith(b"\nout\n")
        assert done.stderr.endswith(b"\nerr\n")
    assert word(wrapper.ask("ask", name)) == ("DONE", 3)
    assert effects.read_text() == "x\n"
    assert word(wrapper.ask("ask", marker())) == ("ABSENT", 0)


@pytest.mark.parametrize("cut", [0, 1, 10, 5000, -1])
@pytest.mark.parametrize("arguments", [(), ("a b",)])
def test_a_torn_upload_never_starts(wrapper: Wrapper, tmp_path: Path, cut: int, arguments: tuple[str, ...]) -> None:
    effects = tmp_path / "effects"
    command = script(f"echo x >>{effects}\n" + "# filler\n" * 2000, arguments=arguments)
    body = run_program(command, TOKEN, None, None).content
    assert word(wrapper.run(command, body[:cut]))[0] == "TORN"
    assert word(wrapper.run(command))[0] == "NEVER"
    assert word(wrapper.ask("ask", command.marker))[0] == "NEVER"
    assert not effects.exists()


def test_an_upload_that_is_too_long_never_starts(wrapper: Wrapper) -> None:
    command = script("echo x")
    assert word(wrapper.run(command, command.script + b"y"))[0] == "TORN"


def test_ten_megabytes(wrapper: Wrapper) -> None:
    done = wrapper.run(script("head -c 10000000 /dev/zero; echo end; exit 5"))
    header = done.stdout.split(b"\n", 2)[1].split()
    assert header[2:5] == [b"DONE", b"5", str(10_000_004 - 49_152).encode()]
    assert done.stdout.endswith(b"\0end\n")


def test_a_child_left_behind(wrapper: Wrapper) -> None:
    begin = time.monotonic()
    assert word(wrapper.run(script("sleep 20 & echo hi"))) == ("DONE", 0)
    assert time.monotonic() - begin < 2 + SLACK_S


def test_kill_stops_the_whole_session(wrapper: Wrapper, tmp_path: Path) -> None:
    name, pids = marker(), tmp_path / "pids"
    program = run_program(
        script(f"trap '' TERM; sleep 60 & echo $! >{pids}; wait; while :; do sleep 1; done", marker=name),
        TOKEN, wrapper.folder, None,
    )  # fmt: skip
    with subprocess.Popen(
        wrapper.argv(program), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=wrapper.environment
    ) as running:
        assert running.stdin
        running.stdin.write(program.body)
        running.stdin.close()
        eventually(lambda: pids.exists() and pids.read_text() != "")
        assert word(wrapper.ask("ask", name)) == ("RUNNING", 0)
        assert word(wrapper.ask("kill", name)) == ("KILLED", 137)
        assert running.wait(10) == 0
    state = Path(f"/proc/{pids.read_text().strip()}/stat")
    eventually(lambda: not state.exists() or ") Z " in state.read_text())


def test_a_reused_process_id_does_not_count_as_running(wrapper: Wrapper) -> None:
    """After a restart the number in `pid` may belong to anybody."""
    command = script("true")
    wrapper.run(command)
    folder = Path(wrapper.folder) / command.marker
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    start = Path(f"/proc/{os.getpid()}/stat").read_text().rsplit(") ", 1)[1].split()[19]
    (folder / "rc").unlink()
    for line, said in (
        (f"{os.getpid()} {start} {boot} {os.getpid()} .\n", "RUNNING"),
        (f"{os.getpid()} 1 {boot} {os.getpid()} .\n", "LOST"),
        (f"{os.getpid()} {start} 00000000-{boot[9:]} {os.getpid()} .\n", "LOST"),
        (f"{os.getpid()} {start} {boot}", "LOST"),
    ):
        (folder / "pid").write_text(line)
        assert word(wrapper.ask("ask", command.marker))[0] == said
    # Whoever has that number now is never signalled.
    assert word(wrapper.ask("kill", command.marker))[0] == "LOST"


def test_a_half_written_exit_status_is_none(wrapper: Wrapper) -> None:
    command = script("true")
    wrapper.run(command)
    (Path(wrapper.folder) / command.marker / "rc").write_text("0")
    assert word(wrapper.ask("ask", command.marker))[0] == "LOST"


def _bin(folder: Path, without: tuple[str, ...]) -> str:
    """Answer a PATH with only some programs."""
    folder.mkdir()
    for tool in [*TOOLS, "setsid", "bash", "python3"]:
        found = shutil.which(tool)
        if found and tool not in without:
            (folder / tool).symlink_to(found)
    return str(folder)


def test_without_setsid_it_runs_and_can_be_stopped(shell: list[str], run_dir: str, tmp_path: Path) -> None:
    wrapper = Wrapper(shell, run_dir, path=_bin(tmp_path / "bin", ("setsid",)))
    assert word(wrapper.run(script("exit 4"))) == ("DONE", 4)


@pytest.mark.parametrize("interpreter", ["bash", "python3"])
def test_a_missing_interpreter_is_said_before_anything_starts(
    shell: list[str], run_dir: str, tmp_path: Path, interpreter: str
) -> None:
    wrapper = Wrapper(shell, run_dir, path=_bin(tmp_path / "bin", ("bash", "python3")))
    command = script("true", interpreter=interpreter)
    assert word(wrapper.run(command))[0] == "NOINTERPRETER"
    assert not (Path(run_dir) / command.marker).exists()


def test_without_proc(shell: list[str], run_dir: str) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        missing("mount namespace", "hiding /proc needs root")
    hide = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    wrapper = Wrapper(shell, run_dir, before=hide)
    command = script("exit 6")
    assert word(wrapper.run(command)) == ("DONE", 6)
    assert word(wrapper.ask("ask", command.marker)) == ("DONE", 6)


def test_a_full_disk_starts_nothing_or_tells_the_true_end(shell: list[str], tmp_path: Path) -> None:
    if os.geteuid() != 0:
        missing("tmpfs", "a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k,mode=700", "none", disk], check=True)
    try:
        wrapper = Wrapper(shell, str(disk / "runs"))
        assert word(wrapper.run(script("# " + "x" * 400_000)))[0] == "TORN"
        subprocess.run(["rm", "-rf", disk / "runs"], check=True)
        (disk / "ballast").write_bytes(b"x" * 250_000)
        done = wrapper.run(script("head -c 100000 /dev/zero; exit 3"))
        assert word(done)[0] in ("DONE", "LOST", "TORN", "NOSTORE")
        if word(done)[0] == "DONE":
            assert word(done)[1] == 3
    finally:
        subprocess.run(["umount", disk], check=True)


def test_the_line_passes_any_login_shell() -> None:
    line = ask_program("ask", TOKEN, "/it's a place!", [marker()]).line()
    assert not set("\n!`") & set(line)
    assert line.count("'") == 2
    assert line.isascii()
    assert len(line) < 600


@pytest.mark.parametrize("cut", [0, 20, 33, 40, 3000, -1])
def test_a_torn_program_runs_nothing(wrapper: Wrapper, cut: int) -> None:
    program = run_program(script("true"), TOKEN, wrapper.folder, None)
    whole = len(program.body) - len(program.content)
    said = subprocess.run(
        wrapper.argv(program), input=program.body[: cut % whole], capture_output=True, timeout=30, check=False
    )
    assert word(said) == ("TORN", 0)
    assert not Path(wrapper.folder).exists()


def test_a_program_that_somebody_read_from_runs_nothing(wrapper: Wrapper) -> None:
    """An rc file of a login shell may read what is meant for the loader."""
    program = run_program(script("true"), TOKEN, wrapper.folder, None)
    said = subprocess.run(wrapper.argv(program), input=program.body[100:], capture_output=True, timeout=30, check=False)
    assert word(said) == ("TORN", 0)
    assert not Path(wrapper.folder).exists()

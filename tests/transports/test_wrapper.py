"""The wrapper under every shell it may meet, with parts of a system missing."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from itmsctl.transports.loader import loader
from itmsctl.transports.marker import MarkerProgram, ask_program, run_program
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
        self.inside: list[str] = []
        self.environment = {"PATH": path or os.environ["PATH"], "HOME": "/"}

    def run(self, command: Command, body: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        return self._call(cut_to(run_program(command, TOKEN, self.folder, None), body))

    def ask(self, mode: str, name: str) -> subprocess.CompletedProcess[bytes]:
        return self._call(ask_program(mode, TOKEN, self.folder, [name], grace_s=0.3))  # type: ignore[arg-type]

    def look(self, line: str) -> str:
        """Run a line as root where the wrapper runs."""
        done = subprocess.run([*self.inside, "sh", "-c", line], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def argv(self, program: MarkerProgram) -> list[str]:
        return [*self.before, *self.shell, *loader(program.token)[1:]]

    def _call(self, program: MarkerProgram) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            self.argv(program), input=program.body, capture_output=True, timeout=30, env=self.environment, check=False
        )


def cut_to(program: MarkerProgram, content: bytes | None) -> MarkerProgram:
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


def test_a_computer_that_is_slow_loses_no_output(shell: list[str], run_dir: str, tmp_path: Path) -> None:
    wrapper = Wrapper(shell, run_dir, path=_bin(tmp_path / "bin", ("dd",)))
    slow = tmp_path / "bin" / "dd"
    slow.write_text(f'#!/bin/sh\nsleep 1.5\nexec {shutil.which("dd")} "$@"\n')
    slow.chmod(0o755)
    done = wrapper.run(script("echo fine; echo bad >&2; exit 3"))
    assert word(done) == ("DONE", 3)
    assert (done.stdout.split(b"\n")[-2], done.stderr.split(b"\n")[-2]) == (b"fine", b"bad")


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


@pytest.mark.parametrize(("slow_s", "mode", "said"), [
    (2, "ask", "RUNNING"), (2, "kill", "KILLED"), (7, "ask", "RUNNING"), (7, "kill", "RUNNING"),
])  # fmt: skip
def test_a_computer_that_is_slow_to_begin_has_lost_nothing(
    shell: list[str], run_dir: str, tmp_path: Path, slow_s: int, mode: str, said: str
) -> None:
    wrapper = Wrapper(shell, run_dir, path=_bin(tmp_path / "bin", ("mkfifo",)))
    slow = tmp_path / "bin" / "mkfifo"
    slow.write_text(f'#!/bin/sh\nsleep {slow_s}\nexec {shutil.which("mkfifo")} "$@"\n')
    slow.chmod(0o755)
    command = script("sleep 3; exit 5", marker=marker())
    with ThreadPoolExecutor() as pool:
        first = pool.submit(wrapper.run, command)
        eventually((Path(run_dir) / command.marker / "started").exists)
        second = pool.submit(wrapper.run, command)
        assert word(wrapper.ask(mode, command.marker))[0] == said
        ended = ("KILLED", 143) if said == "KILLED" else ("DONE", 5)
        assert word(first.result()) == ended
        assert word(second.result()) in {ended, ("RUNNING", 0)}
    assert word(wrapper.ask("ask", command.marker)) == ended


def test_a_keeper_that_was_killed_before_its_command_began_is_gone(
    shell: list[str], run_dir: str, tmp_path: Path
) -> None:
    wrapper = Wrapper(shell, run_dir, path=_bin(tmp_path / "bin", ("mkfifo",)))
    stuck = tmp_path / "bin" / "mkfifo"
    stuck.write_text("#!/bin/sh\nexec sleep 300\n")
    stuck.chmod(0o755)
    command = script("true", marker=marker())
    gate = Path(run_dir) / command.marker / "started"
    with ThreadPoolExecutor() as pool:
        first = pool.submit(wrapper.run, command)
        eventually(lambda: gate.exists() and gate.read_text().endswith(" .\n"))
        os.kill(int(gate.read_text().split()[1]), signal.SIGKILL)
        assert wrapper.ask("ask", command.marker).stdout.split()[-1] == b"gone"
        assert word(first.result())[0] == "LOST"


def test_a_half_written_exit_status_is_none(wrapper: Wrapper) -> None:
    command = script("true")
    wrapper.run(command)
    (Path(wrapper.folder) / command.marker / "rc").write_text("0")
    assert word(wrapper.ask("ask", command.marker))[0] == "LOST"


def test_a_short_command_leaves_nothing_that_sleeps(wrapper: Wrapper) -> None:
    """What keeps the time limit ends with the command, even one that is over before the keeper is ready."""
    seconds = 7000 + os.getpid() % 1000 + len(wrapper.shell) / 10 + 0.3
    for _ in range(15):
        assert word(wrapper.run(script("true", time_limit_s=seconds)))[0] == "DONE"
    eventually(lambda: not _sleeping(f"{seconds:.1f}"))


def _sleeping(argument: str) -> list[Path]:
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if line.read_bytes().split(b"\0")[-2:-1] == [argument.encode()]:
                found.append(line)
    return found


@pytest.mark.parametrize("ignores", ["", "trap '' TERM; "])
def test_the_endpoint_keeps_the_time_limit(wrapper: Wrapper, ignores: str) -> None:
    done = wrapper.run(script(f"{ignores}echo on; sleep 300 | sleep 301", time_limit_s=0.7))
    assert (word(done)[0], b"limit" in done.stdout) == ("KILLED", True)


def test_a_marker_of_another_boot_says_that_the_computer_was_restarted(wrapper: Wrapper) -> None:
    command = script("true")
    wrapper.run(command)
    folder = Path(wrapper.folder) / command.marker
    (folder / "rc").unlink()
    assert wrapper.ask("ask", command.marker).stdout.split()[-1] == b"gone"
    (folder / "started").write_text("00000000-0000-4000-8000-000000000000\n")
    assert wrapper.ask("ask", command.marker).stdout.split()[-1] == b"restarted"


def _bin(folder: Path, without: tuple[str, ...]) -> str:
    """Return a PATH with only some programs."""
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


def test_a_full_disk_starts_nothing_and_tells_the_true_end(shell: list[str], tmp_path: Path) -> None:
    if os.geteuid() != 0:
        missing("tmpfs", "a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k,mode=700", "none", disk], check=True)
    try:
        wrapper = Wrapper(shell, str(disk / "runs"))
        large = script("# " + "x" * 400_000)
        assert word(wrapper.run(large))[0] == "NOSTORE"
        assert word(wrapper.ask("ask", large.marker))[0] == "NEVER"
        # It fills up while the command runs.
        full = script(f"head -c 1000000 /dev/zero >{disk}/ballast; head -c 100000 /dev/zero; exit 3")
        for done in (wrapper.run(full), wrapper.ask("ask", full.marker)):
            assert word(done) == ("DONE", 3)
        done = wrapper.run(script("true"))
        assert word(done)[0] == "NOSTORE"
        assert b"No space left on device" in done.stdout
    finally:
        subprocess.run(["umount", disk], check=True)


def test_the_line_passes_any_login_shell() -> None:
    line = "exec " + shlex.join(loader(TOKEN))
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


@pytest.fixture
def home() -> Iterator[Path]:
    """Return the home of somebody who is not root. Not below pytest's own folder, which nobody else may enter."""
    folder = Path(tempfile.mkdtemp(prefix="itms-homes-"))
    folder.chmod(0o755)
    home = folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, 65534, 65534)
    yield home
    shutil.rmtree(folder)


@pytest.fixture
def homes(shell: list[str], home: Path) -> Iterator[Callable[..., Wrapper]]:
    """Return a way to be somebody who is not root, in a namespace whose folders were changed by these lines."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        missing("mount namespace", "changing folders needs root")
    started: list[subprocess.Popen[bytes]] = []

    def wrapper(*lines: str, home_is: str = str(home), **more: str) -> Wrapper:
        """Return a namespace that lasts as long as the test: what is mounted in it is seen by each call."""
        own = [f"mount -t tmpfs -o mode=1777 none {folder}" for folder in ("/var/tmp", "/dev/shm")]
        text = "\n".join(["mount --make-rprivate /", *own, *lines, "echo .", "cat"])
        pipe = subprocess.PIPE
        holder = subprocess.Popen(["unshare", "-m", "sh", "-ec", text], stdin=pipe, stdout=pipe)
        assert holder.stdout
        assert holder.stdout.readline() == b".\n"
        started.append(holder)
        enter = ["nsenter", "-m", "-t", str(holder.pid)]
        made = Wrapper(shell, "", before=[*enter, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
        made.environment |= {"HOME": home_is, **more}
        made.inside = enter
        return made

    yield wrapper
    for holder in started:
        holder.communicate(timeout=10)


GONE = "/nonexistent"
SHUT = ["mount -t tmpfs -o ro none /var/tmp", "mount -t tmpfs -o ro none /dev/shm"]


def test_without_a_home_another_folder_serves(homes: Callable[..., Wrapper]) -> None:
    wrapper = homes(home_is=GONE)
    command = script("exit 6")
    for done in (wrapper.run(command), wrapper.run(command), wrapper.ask("ask", command.marker)):
        assert word(done) == ("DONE", 6)
    assert wrapper.look("ls /var/tmp/itms-65534") == command.marker
    assert word(wrapper.ask("forget", command.marker)) == ("FORGOT", 1)
    assert wrapper.look("ls /var/tmp/itms-65534") == ""


def test_a_marker_is_found_where_it_was_made(homes: Callable[..., Wrapper], home: Path) -> None:
    """A home that has room again, or has none any more, starts nothing twice."""
    effects = home / "effects"
    wrapper = homes(home_is=GONE)
    first, second = script(f"echo x >>{effects}"), script(f"echo x >>{effects}")
    assert word(wrapper.run(first)) == ("DONE", 0)
    wrapper.environment["HOME"] = str(home)
    assert word(wrapper.run(first)) == ("DONE", 0)
    assert word(wrapper.ask("ask", first.marker)) == ("DONE", 0)
    assert word(wrapper.run(second)) == ("DONE", 0)
    assert [path.name for path in (home / ".local/state/itms/runs").iterdir()] == [second.marker]
    assert effects.read_text() == "x\nx\n"
    wrapper.look(f"mount -t tmpfs -o ro,mode=700,uid=65534 none {home}")
    assert word(wrapper.ask("ask", first.marker)) == ("DONE", 0)


def test_a_folder_that_is_taken_away_again_is_looked_for_elsewhere(homes: Callable[..., Wrapper], home: Path) -> None:
    """Who makes a marker in a home without room takes it away again, and makes it in the next place."""
    wrapper, command = homes(home_is=GONE), script("exit 5")
    assert word(wrapper.run(command)) == ("DONE", 5)
    wrapper.environment["HOME"] = str(home)
    assert word(wrapper.run(script("true"))) == ("DONE", 0)
    folder = home / ".local/state/itms/runs" / command.marker
    wrapper.look(f"install -d -m 700 -o 65534 -g 65534 {folder}")
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(wrapper.ask, "ask", command.marker), pool.submit(wrapper.run, command)]
        time.sleep(0.5)
        folder.rmdir()
        assert [word(one.result()) for one in asked] == [("DONE", 5), ("DONE", 5)]


def test_a_folder_that_somebody_else_made_is_not_used(homes: Callable[..., Wrapper]) -> None:
    wrapper = homes("mkdir -m 777 /var/tmp/itms-65534", "mkdir /var/tmp/itms-65534/planted", home_is=GONE)
    assert word(wrapper.run(script("exit 6"))) == ("DONE", 6)
    assert wrapper.look("ls -A /var/tmp/itms-65534") == "planted"
    assert wrapper.look("stat -c %a:%u /dev/shm/itms-65534") == "700:65534"


def test_a_folder_for_everybody_that_is_not_sticky_is_not_used(homes: Callable[..., Wrapper]) -> None:
    wrapper = homes("chmod 777 /var/tmp /dev/shm", home_is=GONE)
    assert word(wrapper.run(script("true")))[0] == "NOSTORE"


def test_the_users_runtime_folder_serves_too(homes: Callable[..., Wrapper], home: Path) -> None:
    wrapper = homes(*SHUT, home_is=GONE, XDG_RUNTIME_DIR=str(home))
    assert word(wrapper.run(script("exit 5"))) == ("DONE", 5)
    assert (home / "itms").stat().st_mode & 0o777 == 0o700


def test_where_nothing_can_be_kept_the_reason_is_the_first(homes: Callable[..., Wrapper], home: Path) -> None:
    done = homes(*SHUT, f"mount -t tmpfs -o ro,mode=700,uid=65534 none {home}").run(script("true"))
    assert word(done)[0] == "NOSTORE"
    assert b"Read-only file system" in done.stdout
    assert word(homes(*SHUT, home_is="").run(script("true")))[0] == "NOSTORE"


def test_an_unsafe_usual_folder_is_no_reason_to_go_elsewhere(homes: Callable[..., Wrapper], home: Path) -> None:
    (home / ".local" / "state" / "itms").mkdir(parents=True)
    for path in (home / ".local", home / ".local" / "state"):
        os.chown(path, 65534, 65534)
    assert word(homes().run(script("true")))[0] == "UNSAFE"


def test_what_a_logout_may_have_removed_proves_nothing(homes: Callable[..., Wrapper]) -> None:
    shut = [SHUT[0], "mount -t tmpfs none /run", "mkdir -p /run/systemd/users"]
    wrapper = homes(*shut, home_is=GONE)
    assert word(wrapper.ask("ask", marker()))[0] == "WIPED"
    command = script("exit 4")
    assert word(wrapper.run(command)) == ("DONE", 4)
    assert word(wrapper.ask("ask", command.marker)) == ("DONE", 4)

"""Packages pushed to SSH computers: `package push --stage` beside scp, `tar | ssh tar`, Ansible, pyinfra, in one run.

    python -m tests.bench.push [--mib 1024] [--hosts 20] [--files 2000] [--rounds 3] [--rivals FOLDER]
        [--rate 1gbit]

Needs root: each computer is an account of its own on a real sshd of loopback, for each has a cache of its own. The same
random bytes go by each way. A push also has every byte checked on the endpoint (SHA-256), which no other way does: so
`scp` is also shown with `ssh sha256sum` behind it. Starting itmsctl, and finding that nothing is to be done, is shown
as a line of its own and taken off in the last column. Both ends share the processors of this machine, which no two
computers do: with `--rate` all of it runs in a network namespace of its own whose loopback is as slow as a real link.
`--rivals` is a folder of programs with `ansible` and `pyinfra`.
Bars: client CPU of one large file at most 1.8x scp with AES-GCM, wall at most 1.2x; of a tree 1.5x `tar | ssh tar`,
start-up apart, and three times faster than `scp -r`.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from examples.lab.ssh_endpoints import Lab
from tests.bench.measure import Cost, cost_of, median, say

CIPHER = "aes128-gcm@openssh.com"
SMALL = 4096
ANSIBLE_FILES = 20  # of a tree: it takes about a second for each


@contextmanager
def accounts(count: int) -> Iterator[list[str]]:
    """Yield users with homes of their own."""
    names = [f"itmspush{number:02}" for number in range(count)]
    try:
        for name in names:
            words = [
                "useradd",
                "--create-home",
                "--skel",
                "/nonexistent",
                "--shell",
                "/bin/sh",
                "--password",
                "*",
                name,
            ]
            subprocess.run(words, check=True)
        yield names
    finally:
        for name in names:
            subprocess.run(["userdel", "--remove", name], check=False, capture_output=True)


class PushBench:
    """The computers, and each way to put the same bytes on them."""

    def __init__(self, folder: Path, lab: Lab, users: Sequence[str]) -> None:
        self.folder, self.lab, self.users = folder, lab, users
        self.hosts = list(zip(lab.hosts, users, strict=True))
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("ITMSCTL_", "XDG_"))} | {
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        options = ["StrictHostKeyChecking=no", f"UserKnownHostsFile={folder}/known", "LogLevel=ERROR"]
        self.ssh_words = ["-c", CIPHER, "-i", str(lab.key_file)] + [w for o in options for w in ("-o", o)]

    def itmsctl(self, *words: str) -> None:
        """Run a command of ours that is not measured."""
        subprocess.run([*_ITMSCTL, *words], check=True, env=self.env, stdout=subprocess.DEVNULL)

    def prepare(self, contents: dict[str, Path]) -> None:
        """Record the computers, and import what is pushed."""
        path = self.folder / "computers.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["name", "address", "port", "user"])
            rows.writerows([f"pc-{n:02}", h, self.lab.port, u] for n, (h, u) in enumerate(self.hosts))
        self.itmsctl("computer", "import", str(path))
        for name, content in contents.items():
            self.itmsctl("package", "import", str(content), "--name", name)
        self.itmsctl("task", "run", "--command", "true", "--all", "--key", str(self.lab.key_file), "--accept-new")

    def push(self, name: str, hosts: int, *, fresh: bool = True) -> Cost:
        """Push a package to some computers with itmsctl."""
        if fresh:
            self.clean()
        where = "name in (" + ", ".join(f"'pc-{n:02}'" for n in range(hosts)) + ")"
        words = ["package", "push", name, "--stage", "--where", where, "--key", str(self.lab.key_file), "-q"]
        return self._run([*_ITMSCTL, *words])

    def shell(self, line: Callable[[str, str], str], hosts: int) -> Cost:
        """Run a line of shell for each computer, all at once."""
        self.clean()
        lines = [line(host, user) for host, user in self.hosts[:hosts]]
        return self._run(["sh", "-c", " & ".join(lines) + " & wait" if hosts > 1 else lines[0]])

    def ansible(self, binaries: Path, source: Path, hosts: int) -> Cost:
        """Copy with Ansible."""
        self.clean()
        inventory = self.folder / "hosts.ini"
        shared = f"ansible_port={self.lab.port} ansible_python_interpreter=/usr/bin/python3"
        inventory.write_text("".join(f"{h} ansible_user={u} {shared}\n" for h, u in self.hosts[:hosts]))
        own = {"ANSIBLE_PIPELINING": "1", "ANSIBLE_HOST_KEY_CHECKING": "0", "ANSIBLE_HOME": str(self.folder / "a")}
        words = ["all", "-i", str(inventory), "-m", "copy", "-a", f"src={source} dest=put", "-f", "32"]
        return self._run([str(binaries / "ansible"), *words, "--private-key", str(self.lab.key_file)], own)

    def pyinfra(self, binaries: Path, source: Path, hosts: int) -> Cost:
        """Put a file, or a folder in step, with pyinfra."""
        self.clean()
        data = {"ssh_port": self.lab.port, "ssh_key": str(self.lab.key_file), "ssh_strict_host_key_checking": "off"}
        data |= {"ssh_known_hosts_file": str(self.folder / "known_hosts")}
        found = [(host, data | {"ssh_user": user}) for host, user in self.hosts[:hosts]]
        (self.folder / "inventory.py").write_text(f"hosts = {found!r}\n")
        words = ["files.sync" if source.is_dir() else "files.put", f"src={source}", "dest=put"]
        return self._run([str(binaries / "pyinfra"), "-y", "--parallel", "32", "inventory.py", *words])

    def clean(self) -> None:
        """Take what was put out of the way: ext4 makes files slowly where many were removed a moment before."""
        for _, user in self.hosts:
            home = Path("/home", user)
            if old := [path for path in (home / "put", home / ".cache") if path.exists()]:
                subprocess.run(["find", *old, "-type", "f", "-size", "+1M", "-delete"], check=True)
                aside = home / ".aside" / str(next(_NUMBERS))
                aside.mkdir(parents=True)
                for path in old:
                    if path.exists():
                        path.rename(aside / path.name)

    def _run(self, words: Sequence[str], more: dict[str, str] | None = None) -> Cost:
        cost = cost_of(words, env=self.env | (more or {}), out=self.folder / "out.txt", cwd=self.folder)
        if cost.code:
            raise SystemExit(f"{words[0]}: {(self.folder / 'out.txt').read_text(errors='replace')[-1500:]}")
        return cost


_NUMBERS = itertools.count()
_SLOWED = "PUSH_BENCH_RATE"
_ITMSCTL = (sys.executable, "-c", "from itmsctl.__main__ import run; run()")


class Ways:
    """The ways of the shell, as lines for one computer."""

    def __init__(self, bench: PushBench, source: Path) -> None:
        self.words, self.port, self.source = shlex.join(bench.ssh_words), bench.lab.port, source

    def scp(self, host: str, user: str) -> str:
        """Return scp of a file, or of a folder file by file."""
        return f"scp -q -r {self.words} -P {self.port} {self.source} {user}@{host}:put"

    def checked(self, host: str, user: str) -> str:
        """Return scp, and a digest made there."""
        return f"{self.scp(host, user)} && ssh {self.words} -p {self.port} {user}@{host} sha256sum put"

    def tar(self, host: str, user: str) -> str:
        """Return one tar stream."""
        there = f"ssh {self.words} -p {self.port} {user}@{host} 'mkdir put && tar -xpf - -C put'"
        return f"tar -C {self.source} -cf - . | {there}"


def table(title: str, rows: dict[str, Cost], against: str, start: Cost) -> None:
    """Print costs beside one of them; of ours also without its start-up."""
    base = rows[against]
    say(title)
    for name, cost in rows.items():
        line = f"  {name:34} {cost.wall_s:7.2f} s wall {cost.cpu_s:7.2f} s cpu {cost.peak_mib:6.0f} MiB"
        line += f"   wall x{cost.wall_s / base.wall_s:5.2f}  cpu x{cost.cpu_s / base.cpu_s:5.2f}"
        if name.startswith("itmsctl"):
            wall, cpu = cost.wall_s - start.wall_s, cost.cpu_s - start.cpu_s
            line += f"   start-up apart: wall x{wall / base.wall_s:5.2f}  cpu x{cpu / base.cpu_s:5.2f}"
        say(line)


def turns(rounds: int, ways: dict[str, Callable[[], Cost]]) -> dict[str, Cost]:
    """Return the medians of ways that are taken in turns."""
    costs: dict[str, list[Cost]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            costs[name].append(way())
    return {name: median(found) for name, found in costs.items()}


def report(bench: PushBench, contents: dict[str, Path], hosts: int, rounds: int, binaries: Path | None) -> None:
    """Measure in turns, and print the tables."""
    bench.push("empty", 1)
    starts = turns(rounds, {"one": lambda: bench.push("empty", 1), "all": lambda: bench.push("empty", hosts)})
    one = starts["one"]
    say(f"itmsctl, a package of one byte to one computer: {one.wall_s:.2f} s wall, {one.cpu_s:.2f} s cpu")
    for name, count in (("big", 1), ("middle", hosts)):
        source = contents[name]
        ways = Ways(bench, source)
        rows: dict[str, Callable[[], Cost]] = {
            "scp, AES-GCM": lambda w=ways, c=count: bench.shell(w.scp, c),  # type: ignore[misc]  # bound now
            "scp and sha256sum there": lambda w=ways, c=count: bench.shell(w.checked, c),  # type: ignore[misc]
            "itmsctl package push": lambda n=name, c=count: bench.push(n, c),  # type: ignore[misc]
        }
        found = turns(rounds, rows)
        if binaries is not None:
            found["pyinfra files.put"] = bench.pyinfra(binaries, source, count)
            found["ansible copy"] = bench.ansible(binaries, source, count)
        size = source.stat().st_size >> 20
        table(f"one file of {size} MiB to {count}", found, "scp, AES-GCM", starts["one" if count == 1 else "all"])
    tree = Ways(bench, contents["tree"])
    found = turns(
        rounds,
        {
            "tar | ssh tar": lambda: bench.shell(tree.tar, 1),
            "scp -r": lambda: bench.shell(tree.scp, 1),
            "itmsctl package push": lambda: bench.push("tree", 1),
            "itmsctl, it is there already": lambda: bench.push("tree", 1, fresh=False),
        },
    )
    if binaries is not None:
        found["pyinfra files.sync"] = bench.pyinfra(binaries, contents["tree"], 1)
        found[f"ansible copy of {ANSIBLE_FILES} files"] = bench.ansible(binaries, contents["few"], 1)
    table(f"{len(list(contents['tree'].iterdir()))} files of {SMALL} bytes to 1", found, "tar | ssh tar", starts["one"])


def made(folder: Path, mib: int, files: int) -> dict[str, Path]:
    """Write what is pushed: random bytes."""
    folder.mkdir()
    contents = {name: folder / name for name in ("big", "middle", "empty", "tree", "few")}
    for name, size in (("big", mib), ("middle", 20)):
        with contents[name].open("wb") as file:
            for _ in range(size):
                file.write(os.urandom(1 << 20))
    contents["empty"].write_bytes(b"x")
    for name, count in (("tree", files), ("few", ANSIBLE_FILES)):
        contents[name].mkdir()
        for number in range(count):
            (contents[name] / f"file-{number}").write_bytes(os.urandom(SMALL))
    return contents


def slow_down(rate: str) -> None:
    """Go on as a new process in a network namespace of its own whose loopback carries so much; return within it."""
    if os.environ.get(_SLOWED) == rate:
        return
    link = f"ip link set lo up && tc qdisc add dev lo root tbf rate {shlex.quote(rate)} burst 1mb latency 50ms"
    words = shlex.join([sys.executable, "-m", "tests.bench.push", *sys.argv[1:]])
    os.environ[_SLOWED] = rate
    os.execvp("unshare", ["unshare", "--net", "sh", "-c", f"{link} && exec {words}"])


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", help="what the link carries: 1gbit, 100mbit")
    parser.add_argument("--rivals", type=Path, help="folder with the programs ansible and pyinfra")
    options = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit("it needs root: each computer is an account of its own")
    if options.rate is not None:
        slow_down(options.rate)
    subprocess.run([sys.executable, "-m", "compileall", "-q", Path(__file__).parents[2] / "itmsctl"], check=True)
    with tempfile.TemporaryDirectory() as name, accounts(options.hosts) as users:
        folder = Path(name)
        folder.chmod(0o755)
        lab = Lab(options.hosts, folder / "lab")
        try:
            lab.folder.chmod(0o755)
            lab.key_file.with_name("id_ed25519.pub").chmod(0o644)
            bench = PushBench(folder, lab, users)
            contents = made(folder / "content", options.mib, options.files)
            bench.prepare({name: path for name, path in contents.items() if name != "few"})
            report(bench, contents, options.hosts, options.rounds, options.rivals)
        finally:
            lab.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

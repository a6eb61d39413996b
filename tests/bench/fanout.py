"""One command on 300 SSH computers: `task run` against a bare paramiko pool, Ansible and pyinfra, in one run.

    python -m tests.bench.fanout [--computers 300] [--concurrency 32] [--rounds 3] [--rivals] [--transport ssh]

Every computer is a loopback address of a real sshd. As root the login user is a throw-away account with /bin/sh and no
rc files. The floor runs the very same wrapper. `--rivals` installs ansible-core and pyinfra with pip into a folder of
their own. Bars: client CPU at most 2x the floor, wall at most 1.3x, peak memory under 150 MB; ten times less CPU than
Ansible with pipelining, less than pyinfra. A second step adds at most 2 ms of client CPU a computer.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import pwd
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from examples.lab.ssh_endpoints import Lab
from itmsctl.transports.loader import loader
from itmsctl.transports.marker import run_program
from itmsctl.transports.outcome import Command
from itmsctl.transports.powershell import command_line
from tests.bench.measure import Cost, cost_of, median, say

COMMAND = "uname -sr"
JOB = "steps: [{task: uname, name: first}, {task: uname, name: second}]"
ACCOUNT = "itmsbench"


@contextmanager
def login_user(account: str = ACCOUNT) -> Iterator[str]:
    """Yield a user with /bin/sh and no rc files; this user where we are not root."""
    if os.geteuid() != 0:
        yield pwd.getpwuid(os.geteuid()).pw_name
        return
    # "*" is no password, yet not a locked account, which sshd would refuse.
    words = ["useradd", "--create-home", "--skel", "/nonexistent", "--shell", "/bin/sh", "--password", "*", account]
    made = subprocess.run(words, check=False)
    try:
        yield account
    finally:
        if made.returncode == 0:
            subprocess.run(["userdel", "--remove", account], check=False, capture_output=True)


class Bench:
    """The computers, and each engine's way to run one command on all of them."""

    def __init__(self, folder: Path, lab: Lab, user: str, concurrency: int, transport: str = "ssh") -> None:
        self.folder, self.lab, self.user, self.concurrency = folder, lab, user, concurrency
        self.transport = transport
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("ITMSCTL_")} | {
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def prepare(self) -> None:
        """Record the computers and accept their keys, so that every round does the same."""
        path = self.folder / "computers.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["name", "address", "port", "user"])
            rows.writerows([f"pc-{n:04}", host, self.lab.port, self.user] for n, host in enumerate(self.lab.hosts))
        subprocess.run([*self.itmsctl, "computer", "import", path], check=True, env=self.env)
        for words in (["task", "add", "uname", "--command", COMMAND], ["job", "add", "two", "--file", "-"]):
            subprocess.run([*self.itmsctl, *words], check=True, env=self.env, input=JOB.encode())
        first = self.task_run(self.folder / "first.ndjson", "--accept-new")
        if first.code != 0:
            raise SystemExit((self.folder / "first.ndjson").read_text()[-2000:])

    @property
    def itmsctl(self) -> list[str]:
        """Return how the product is started: as its entry point does it."""
        return [sys.executable, "-c", "from itmsctl.__main__ import run; run()"]

    def job_run(self, out: Path) -> Cost:
        """Run the command twice with itmsctl, as a job of two steps."""
        return self._run(out, ["job", "run", "two"])

    def task_run(self, out: Path, *more: str) -> Cost:
        """Run the command with itmsctl."""
        return self._run(out, ["task", "run", "--command", COMMAND, *more])

    def _run(self, out: Path, words: list[str]) -> Cost:
        words += ["--all", "--key", str(self.lab.key_file)]
        words += ["--transport", self.transport]
        return cost_of(
            [*self.itmsctl, *words, "--concurrency", str(self.concurrency), "-o", "ndjson"], env=self.env, out=out
        )

    def floor(self) -> Cost:
        """Run the same wrapper with a bare pool."""
        calls = []
        for host in self.lab.hosts:
            command = Command(f"bench.{uuid.uuid4()}.1", COMMAND.encode())
            program = run_program(command, uuid.uuid4().hex, None, None)
            calls.append([host, self.lab.port, self.user, command_line(loader(program.token)), program.body.decode()])
        path = self.folder / "calls.json"
        path.write_text(json.dumps(calls))
        script = Path(__file__).with_name("pool_floor.py")
        return cost_of([sys.executable, script, path, self.lab.key_file, str(self.concurrency)], env=self.env)

    def ansible(self, binaries: Path) -> Cost:
        """Run the command with Ansible, pipelining on."""
        inventory = self.folder / "hosts.ini"
        shared = f"ansible_port={self.lab.port} ansible_user={self.user} ansible_python_interpreter=/usr/bin/python3"
        inventory.write_text("".join(f"{host} {shared}\n" for host in self.lab.hosts))
        own = {"ANSIBLE_PIPELINING": "1", "ANSIBLE_HOST_KEY_CHECKING": "0", "ANSIBLE_HOME": str(self.folder / "a")}
        env = self.env | own
        words: list[str | Path] = ["all", "-i", inventory, "-m", "command", "-a", COMMAND, "-f", str(self.concurrency)]
        return cost_of(
            [binaries / "ansible", *words, "--private-key", self.lab.key_file], env=env, out=self.folder / "ansible.txt"
        )

    def pyinfra(self, binaries: Path) -> Cost:
        """Run the command with pyinfra."""
        inventory = self.folder / "inventory.py"
        data = {"ssh_port": self.lab.port, "ssh_user": self.user, "ssh_key": str(self.lab.key_file)}
        data |= {"ssh_strict_host_key_checking": "off", "ssh_known_hosts_file": str(self.folder / "known_hosts")}
        inventory.write_text(f"hosts = {[(host, data) for host in self.lab.hosts]!r}\n")
        words: list[str | Path] = ["-y", "--parallel", str(self.concurrency), inventory, "exec", "--", *COMMAND.split()]
        return cost_of([binaries / "pyinfra", *words], env=self.env, out=self.folder / "pyinfra.txt", cwd=self.folder)


def check_stored(bench: Bench, out: Path, count: int) -> None:
    """Refuse a figure that was bought with lost results."""
    lines = [json.loads(line) for line in out.read_text().splitlines() if line.startswith("{")]
    good = [
        line
        for line in lines
        if line.get("type") == "result" and line["exit_status"] == 0 and "Linux" in line["stdout"]
    ]
    shown = subprocess.run(
        [*bench.itmsctl, "run", "show", lines[-1]["run"], "-o", "json"], env=bench.env, capture_output=True, check=True
    )
    stored = json.dumps(json.loads(shown.stdout)).count('"succeeded"')
    if len(good) != count or stored < count:
        raise SystemExit(f"only {len(good)} results printed and {stored} stored of {count}")


def line(name: str, cost: Cost, floor: Cost, count: int) -> str:
    """Return a line of the table."""
    return (
        f"{name:34} {cost.wall_s:7.2f} s {1000 * cost.cpu_s / count:8.2f} ms/computer {cost.peak_mib:7.0f} MiB"
        f"   cpu x{cost.cpu_s / floor.cpu_s:5.2f}   wall x{cost.wall_s / floor.wall_s:5.2f}   exit {cost.code}"
    )


def rivals(folder: Path) -> Path:
    """Install the rivals and return the folder of their programs."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/pip", "install", "-q", "ansible-core", "pyinfra"], check=True)
    return folder / "bin"


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--computers", type=int, default=300)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--transport", default="ssh", help="engine of `task run`: ssh or openssh")
    parser.add_argument("--rivals", action="store_true", help="install and run Ansible and pyinfra beside us")
    options = parser.parse_args()
    subprocess.run([sys.executable, "-m", "compileall", "-q", Path(__file__).parents[2] / "itmsctl"], check=True)
    with tempfile.TemporaryDirectory() as name, login_user() as user:
        folder = Path(name)
        folder.chmod(0o755)
        lab = Lab(options.computers, folder / "lab")
        try:
            lab.folder.chmod(0o755)
            lab.key_file.with_name("id_ed25519.pub").chmod(0o644)
            bench = Bench(folder, lab, user, options.concurrency, options.transport)
            bench.prepare()
            report(bench, options.rounds, rivals(folder / "rivals") if options.rivals else None)
        finally:
            lab.stop()
    return 0


def report(bench: Bench, rounds: int, binaries: Path | None) -> None:
    """Measure in turns, and print the table."""
    floors, ours, twice = [], [], []
    count = len(bench.lab.hosts)
    for number in range(rounds):
        floors.append(bench.floor())
        out = bench.folder / f"ours-{number}.ndjson"
        ours.append(bench.task_run(out))
        check_stored(bench, out, count)
        twice.append(bench.job_run(bench.folder / f"twice-{number}.ndjson"))
        check_stored(bench, bench.folder / f"twice-{number}.ndjson", count)
    floor = median(floors)
    say(f"{count} computers, {bench.concurrency} at once, {rounds} rounds, {bench.lab.engine}")
    say(line("floor: bare paramiko pool", floor, floor, count))
    say(line(f"itmsctl task run, {bench.transport}", median(ours), floor, count))
    say(line(f"itmsctl job run, two steps, {bench.transport}", median(twice), floor, count))
    more = 1000 * (median(twice).cpu_s - median(ours).cpu_s) / count
    say(f"the second step: {more:.2f} ms of CPU a computer (bar: 2)")
    if binaries is not None:
        say(line("pyinfra exec", bench.pyinfra(binaries), floor, count))
        say(line("ansible command, pipelining", bench.ansible(binaries), floor, count))


if __name__ == "__main__":
    sys.exit(main())

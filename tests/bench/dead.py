"""1,000 SSH computers of which 300 are dead in five ways: the living are not held up, and each reason is told apart.

    python -m tests.bench.dead [--living 700] [--dead 300] [--concurrency 32] [--connect-timeout 5]    (as root)

Runs in a network namespace of its own, so that dropping packets there hits nothing else. The dead are refused, dropped,
unresolvable, silent (the port is open and says nothing) and not SSH (an HTTP banner). Bar: the whole run takes at most
(dead / concurrency) x the connect limit, plus the time that the living take alone; exit 7.
"""

from __future__ import annotations

import argparse
import collections
import csv
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from examples.lab.ssh_endpoints import Lab
from tests.bench.measure import Cost, cost_of, say

INSIDE = "ITMSBENCH_INSIDE"
WAYS = ("refused", "dropped", "unresolvable", "silent", "not-ssh")
RULES = """
table ip lab {
  chain out {
    type filter hook output priority 0; policy accept;
    ip daddr 127.66.2.0/24 drop
  }
}
"""


@dataclass(frozen=True)
class Verdict:
    """What a run with dead computers showed."""

    cost: Cost
    alone: Cost
    bound_s: float
    counts: dict[str, int]
    reasons: dict[str, collections.Counter[str]]
    lines: int


def enter_namespace(arguments: Sequence[str]) -> int:
    """Run this module again in a network namespace of its own."""
    words = ["unshare", "--net", sys.executable, "-m", "tests.bench.dead", *arguments]
    return subprocess.run(words, env=os.environ | {INSIDE: "1"}, check=False).returncode


def prepare_network() -> None:
    """Bring the loopback of the private namespace up, with one range that drops."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True)


def dead_address(way: str, number: int) -> str:
    """Return the address of one dead computer. The silent and the not-SSH ones each share one listener."""
    if way == "unresolvable":
        return f"nobody-{number}.invalid"
    host = 1 if way in {"silent", "not-ssh"} else number % 250 + 1
    return f"127.66.{WAYS.index(way) + 1}.{host}"


def listen(way: str, port: int, banner: bytes) -> socket.socket:
    """Listen where the computers of one way are: answer every connection with a banner, or with nothing."""
    server = socket.create_server((dead_address(way, 0), port), backlog=500)
    kept: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            kept.append(client)
            if banner:
                client.sendall(banner)

    threading.Thread(target=serve, daemon=True).start()
    return server


class Estate:
    """The CMDB of the living and the dead."""

    def __init__(self, folder: Path, lab: Lab, dead: int) -> None:
        self.folder, self.lab, self.dead = folder, lab, dead
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("ITMSCTL_")} | {
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
        }

    def itmsctl(self, *words: str | Path, out: Path) -> Cost:
        """Run the product."""
        start = [sys.executable, "-c", "from itmsctl.__main__ import run; run()"]
        return cost_of([*start, *words], env=self.env, out=out)

    def load(self) -> None:
        """Record every computer; the dead stand among the living."""
        path = self.folder / "computers.csv"
        rows = [(f"pc-{n:04}", host, "living=yes") for n, host in enumerate(self.lab.hosts)]
        rows += [(f"dead-{WAYS[n % 5]}-{n:04}", dead_address(WAYS[n % 5], n), "living=no") for n in range(self.dead)]
        rows.sort(key=lambda row: row[0][::-1])
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["name", "address", "port", "user", "tags"])
            writer.writerows([name, host, self.lab.port, self.lab.user, tags] for name, host, tags in rows)
        done = self.itmsctl("computer", "import", path, out=self.folder / "import.txt")
        if done.code != 0:
            raise SystemExit((self.folder / "import.txt").read_text())

    def run(self, where: str, out: Path, concurrency: int, connect_s: float) -> Cost:
        """Run a command on the computers that an expression picks."""
        return self.itmsctl(
            "task", "run", "--command", "uname -sr", "--where", where, "--key", self.lab.key_file, "--accept-new",
            "--concurrency", str(concurrency), "--connect-timeout", str(connect_s), "-o", "ndjson", out=out,
        )  # fmt: skip


def measure(living: int, dead: int, concurrency: int, connect_s: float) -> Verdict:
    """Run on the living alone, then on all, inside the private namespace."""
    prepare_network()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lab = Lab(living, folder / "lab")
        servers = [listen("silent", lab.port, b""), listen("not-ssh", lab.port, b"HTTP/1.1 400 Bad Request\r\n\r\n")]
        try:
            estate = Estate(folder, lab, dead)
            estate.load()
            alone = estate.run("tags.living = 'yes'", folder / "alone.ndjson", concurrency, connect_s)
            out = folder / "all.ndjson"
            cost = estate.run("name is not null", out, concurrency, connect_s)
        finally:
            lab.stop()
            for server in servers:
                server.close()
        return judge(out, cost, alone, dead / concurrency * connect_s + alone.wall_s)


def judge(out: Path, cost: Cost, alone: Cost, bound_s: float) -> Verdict:
    """Read what the run printed."""
    reasons: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    lines = [json.loads(text) for text in out.read_text().splitlines() if text.startswith("{")]
    for line in lines:
        if line["type"] == "result" and line["computer"].startswith("dead-"):
            reasons[line["computer"].split("-")[1]][f"{line['state']} {line['reason']}"] += 1
    counts = {k: v for k, v in lines[-1].items() if isinstance(v, int)}
    return Verdict(cost, alone, bound_s, counts, dict(reasons), len(lines))


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--living", type=int, default=700)
    parser.add_argument("--dead", type=int, default=300)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--connect-timeout", type=float, default=5.0)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if os.environ.get(INSIDE) != "1":
        return enter_namespace(sys.argv[1:])
    found = measure(options.living, options.dead, options.concurrency, options.connect_timeout)
    if options.json:
        facts = {"wall_s": found.cost.wall_s, "bound_s": found.bound_s, "code": found.cost.code, "lines": found.lines}
        say(json.dumps(facts | {"counts": found.counts, "reasons": found.reasons}))
        return 0
    say(f"{options.living} living alone: {found.alone.wall_s:.1f} s, exit {found.alone.code}")
    say(f"with {options.dead} dead: {found.cost.wall_s:.1f} s, bound {found.bound_s:.1f} s, exit {found.cost.code}")
    say(f"peak memory {found.cost.peak_mib:.0f} MiB; counts {found.counts}")
    for way, reasons in sorted(found.reasons.items()):
        say(f"  {way:14} {dict(reasons)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

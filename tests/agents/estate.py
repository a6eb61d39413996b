"""Computers that nobody reaches, kept by their agents: `python -m tests.agents.estate`.

    python -m tests.agents.estate [--computers 30] [--minutes 12]

Needs root, and some minutes of real time. Each computer is a system in the likeness of this machine, with a network, an
sshd, a cron and files of its own; one more is the server of the site: a web folder, and an inbox over SFTP. Agents are
pushed by SSH; then SSH is closed from outside on each. From then on cron alone calls them, and they check in every two
minutes: they gather inventory, run a task at once, and a package in its window, which opens later. Each round prints
how many computers the task and the package are on in truth (their files), and what `computer show` and `policy explain`
say of them.
Exits with 1 where the CMDB ever says what is not true, or does not say in the end what is (Must show 1 of the agent).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.bench.measure import say
from tests.servers.debian import DebianSystem, make_key
from tests.servers.likenesses import like_this

_CLOSE = (
    "nft add table inet estate",
    "nft add chain inet estate in '{ type filter hook input priority 0; policy accept; }'",
    "nft add rule inet estate in 'tcp dport 22 tcp flags & (syn | ack) == syn reject with tcp reset'",
)
_CRON = "ls /etc/cron.d/* | grep -v itms-agent | xargs -r rm -f; sed -i 's/^[^ ]* /* /' /etc/cron.d/itms-agent; cron"
_TASK, _PACKAGE = "estate-task", "estate-package"
_ROUND_S = 15.0


class AgentEstate:
    """The computers, the server of their site, and the CMDB of this run."""

    def __init__(self, folder: Path, systems: Mapping[str, DebianSystem]) -> None:
        self.folder, self.server = folder, systems["site-server"]
        self.computers = {name: one for name, one in systems.items() if name != "site-server"}
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("ITMSCTL_", "XDG_"))} | {
            "XDG_DATA_HOME": str(folder / "data"), "XDG_STATE_HOME": str(folder / "state"),
        }  # fmt: skip
        self.wrong: list[str] = []

    def itmsctl(self, *words: str) -> str:
        """Run a command of ours where the computers are reached from; return what it prints. Raises RuntimeError."""
        argv = [*self.server.inside, sys.executable, "-m", "itmsctl", *words]
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    # --- before -------------------------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Set the server of the site up, and say in the CMDB what is to be done."""
        root = self.server.root
        for name in ("policy", "inbox"):
            (root / "srv" / name).mkdir(parents=True, exist_ok=True)
        make_key(self.folder / "inbox")
        keys = root / "root/.ssh/authorized_keys"
        keys.write_text(keys.read_text() + (self.folder / "inbox.pub").read_text())
        host = (root / "etc/ssh/ssh_host_ed25519_key.pub").read_text().split()
        (self.folder / "hosts").write_text(f"{self.server.address} {host[0]} {host[1]}\n")
        self.server.told("cd /srv/policy && (python3 -m http.server 8080 >/dev/null 2>&1 </dev/null & )")
        for name, one in self.computers.items():
            self.itmsctl("computer", "add", name, "--address", one.address, "--user", "root")
        self.itmsctl(
            "agent-settings", "add", "usual", "--folder", str(root / "srv/policy"), "--interval", "2m",
            "--source", f"http://{self.server.address}:8080", "--inbox", f"sftp://root@{self.server.address}//srv/inbox",
            "--collect-from", str(root / "srv/inbox"),
        )  # fmt: skip

    def ask(self, opens: datetime) -> None:
        """Have a task run and a package delivered: the package in a window that opens later."""
        package = self.folder / "package"
        package.mkdir()
        (package / "in.sh").write_text(f"cp data /opt/{_PACKAGE}\n")
        (package / "data").write_bytes(os.urandom(5 << 20))
        window = ("--at", f"{opens:%Y-%m-%dT%H:%M}", "--duration", "2h", "--timezone", "UTC", "--target", "all")
        self.itmsctl("window", "add", "later", *window)
        self.itmsctl("schedule", "add", "often", "--every", "2m")
        self.itmsctl("task", "add", "mark", "--command", f"hostname > /opt/{_TASK}")
        same = ("--target", "all", "--schedule", "often", "--transport", "agent")
        self.itmsctl("policy", "add", "p1", "--task", "mark", "--ignore-window", *same)
        self.itmsctl("package", "import", str(package), "--name", "app", "--version", "1", "--detect",
                     f"file /opt/{_PACKAGE}")  # fmt: skip
        self.itmsctl("package", "set", "app", "--program", "install=sh in.sh")
        self.itmsctl("package", "publish", "app")
        self.itmsctl("software", "add", "app", "--package", "app")
        self.itmsctl("delivery", "add", "d1", "--software", "app", *same)
        self.itmsctl("agent", "publish")

    def push(self) -> None:
        """Put the agents there by SSH, then close SSH from outside and leave the rest to cron."""
        self.itmsctl("agent", "push", "--all", "--key", str(self.server.key), "--accept-new", "--run-as", "root", "-q",
                     "--timer", "cron", "--inbox-key", str(self.folder / "inbox"),
                     "--inbox-hosts", str(self.folder / "hosts"))  # fmt: skip
        for one in self.computers.values():
            one.told(_CRON, *_CLOSE)
        first = next(iter(self.computers.values()))
        try:
            first.told("true")
        except subprocess.SubprocessError:
            return
        raise RuntimeError(f"{first.name} is still reached by SSH")

    # --- one round ----------------------------------------------------------------------------------------------------

    def look(self, opens: datetime) -> bool:
        """Compare what the CMDB says with what is true, and print it; return whether all is done and said."""
        # What is said was true before: so the CMDB is asked first.
        self.itmsctl("event", "collect")
        self.itmsctl("schedule", "tick")
        shown = {one["name"]: one for one in self._shown()}
        task, package = (self._there(name) for name in (_TASK, _PACKAGE))
        said = {name: _said(one) for name, one in shown.items()}
        for name, states in said.items():
            for what, there in (("task", task), ("package", package)):
                if states[what] and name not in there:
                    self.wrong.append(f"{name}: the {what} is said to be there, and is not")
        if package and datetime.now(UTC) < opens:
            self.wrong.append("the package was there before its window opened")
        counts = {what: sum(states[what] for states in said.values()) for what in ("task", "package", "inventory")}
        say(f"{datetime.now(UTC):%H:%M:%S} true: task {len(task)}, package {len(package)}; said: {counts}")
        for kind, name in (("policy", "p1"), ("delivery", "d1")):
            rows = json.loads(self.itmsctl(kind, "explain", name, "-o", "json"))
            for row in rows:
                if row["step"] in {"agents", "work"}:
                    say(f"    {name} {row['step']}: {row['why']}")
        say(f"    stages: {dict(Counter(states['stage'] for states in said.values()))}")
        return all(number == len(self.computers) for number in (*counts.values(), len(task), len(package)))

    def _shown(self) -> list[dict[str, Any]]:
        found = json.loads(self.itmsctl("computer", "show", *self.computers, "-o", "json"))
        return found if isinstance(found, list) else [found]

    def _there(self, name: str) -> set[str]:
        return {computer for computer, one in self.computers.items() if (one.root / "opt" / name).exists()}


def _said(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of a computer: whether the task ran, the package is there, and it is inventoried."""
    runs = shown.get("runs", [])
    [agent] = shown.get("agents") or [{}]
    return {
        "task": any(one["task"] == "mark" and one["state"] == "succeeded" for one in runs),
        "package": any(one["state"] == "compliant" for one in shown.get("compliance", [])),
        "inventory": bool(shown.get("inventory")),
        "stage": agent.get("stage", "no agent"),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run it, print, and judge."""
    known = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known.add_argument("--computers", type=int, default=30)
    known.add_argument("--minutes", type=float, default=12)
    given = known.parse_args(argv)
    names = [*(f"pc-{number:02}" for number in range(given.computers)), "site-server"]
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryDirectory() as roots,
        like_this({"rome": names}, Path(roots)) as sites,
    ):
        estate = AgentEstate(Path(name), sites["rome"].systems)
        estate.prepare()
        estate.push()
        opens = (datetime.now(UTC) + timedelta(minutes=3)).replace(second=0, microsecond=0)
        estate.ask(opens)
        until = time.monotonic() + given.minutes * 60
        is_done = False
        while not is_done and time.monotonic() < until:
            is_done = estate.look(opens)
            time.sleep(0 if is_done else _ROUND_S)
    how = "all is done, and said" if is_done else "not all was done and said in time"
    say("\n".join([f"{given.computers} computers: {how}; {len(estate.wrong)} times something untrue", *estate.wrong]))
    return int(not is_done or bool(estate.wrong))


if __name__ == "__main__":
    raise SystemExit(main())

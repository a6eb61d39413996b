"""How fast the brakes take hold: `run kill` on 50 computers, and time limits whose driver has died.

    python -m tests.bench.brakes [--computers 50] [--transport ssh|openssh]

First every computer runs `sleep`; one ignores TERM, one has children in a pipeline, one cannot be reached. Bar: all
that can be reached are settled, and their processes gone, within the grace of 3 s and 5 s more. Then a driver is killed
at each checkpoint of a run with a time limit, once with endpoints that can still be reached and once without. Bar: no
command lives longer than its limit and 15 s. Ends with 0 where both bars hold.
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
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import get_args

from examples.lab.ssh_endpoints import Lab
from itmsctl.tasks.checkpoints import Checkpoint
from tests.bench.fanout import login_user
from tests.bench.measure import say

ROOT = Path(__file__).resolve().parents[2]
GRACE_S, SETTLED_S, LIMIT_S, OUTLIVES_S = 3.0, 5.0, 5.0, 15.0
PATIENCE_S = 120.0
NOTED = "echo $$ > {0}/$ITMS_WHO.part; mv {0}/$ITMS_WHO.part {0}/$ITMS_WHO; "
FLEET = (
    NOTED
    + 'case $ITMS_WHO in pc-2) trap "" TERM; sleep 299 ;; pc-3) sleep 299 | sleep 298 | cat ;; *) sleep 299 ;; esac'
)
STUBBORN = 'test "$ITMS_WHO" = pc-1 && {{ echo quick; exit; }}; trap "" TERM; ' + NOTED + "sleep 299 | sleep 298"


class Scene:
    """Computers behind real sshds, a CMDB of them, and a folder in which each command notes its process group."""

    def __init__(self, folder: Path, computers: int, transport: str, user: str) -> None:
        folder.chmod(0o755)
        self.lab = Lab(computers, folder / "lab")
        self.lab.folder.chmod(0o755)
        self.lab.key_file.with_name("id_ed25519.pub").chmod(0o644)
        self.groups = folder / "groups"
        self.groups.mkdir()
        self.groups.chmod(0o777)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("ITMSCTL_")} | {
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_STATE_HOME": str(folder / "state"),
        }
        self.way = ["--key", str(self.lab.key_file), "--transport", transport]
        rows = [f"pc-{n},{host},{self.lab.port},{user}" for n, host in enumerate(self.lab.hosts, 1)]
        path = folder / "computers.csv"
        path.write_text("\n".join(["name,address,port,user", *rows]) + "\n", encoding="utf-8")
        self.run("computer", "import", str(path))
        self.run("task", "run", "--command", "true", "--all", *self.way, "--accept-new")

    def argv(self, *words: str) -> list[str]:
        """Return how a command is started."""
        return [sys.executable, "-m", "itmsctl", *words]

    def run(self, *words: str, wanted: tuple[int, ...] = (0,)) -> str:
        """Run a command to its end; return what it printed."""
        done = subprocess.run(self.argv(*words), env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode not in wanted:
            raise SystemExit(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def noted(self) -> dict[str, int]:
        """Return the process group of each computer's command that has begun."""
        return {path.name: int(path.read_text()) for path in self.groups.iterdir() if path.suffix != ".part"}

    def alive(self) -> dict[str, int]:
        """Return the process groups of those whose command still lives."""
        return {name: group for name, group in self.noted().items() if _lives(group)}

    def clear(self) -> None:
        """Kill what is left, and forget it."""
        for group in self.alive().values():
            os.killpg(group, 9)
        for path in self.groups.iterdir():
            path.unlink()

    def states(self, run: str) -> Counter[str]:
        """Return how many computers of a run are in which state."""
        found = json.loads(self.run("run", "show", run, "-o", "json"))
        return Counter(row["state"] for row in found["results"])


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > PATIENCE_S:
            raise SystemExit(f"nothing came of it in {PATIENCE_S:.0f} s")
        time.sleep(0.02)


def kill(scene: Scene, driver: str) -> float:
    """Return how many seconds it takes from `run kill` until all that can be reached are stopped and settled."""
    size = len(scene.lab.hosts)
    words = scene.argv("task", "run", "fleet", "--all", *scene.way, "--concurrency", str(size), "-o", "ndjson")
    process = subprocess.Popen(words, env=scene.env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait(lambda: len(scene.noted()) == size)
    if driver == "died":
        process.kill()
        process.wait()
    scene.run("computer", "set", "pc-1", "--port", "1")
    name = "R-2" if driver == "lives" else "R-3"
    began = time.monotonic()
    scene.run("run", "kill", name, *scene.way, "--concurrency", str(size), wanted=(0, 10))
    took = time.monotonic() - began
    alive, states = set(scene.alive()), scene.states(name)
    if alive - {"pc-1"} or states["cancelled"] < size - 1:
        raise SystemExit(f"{sorted(alive)} still run; {dict(states)}")
    scene.run("computer", "set", "pc-1", "--port", str(scene.lab.port))
    scene.clear()
    process.kill()
    process.wait()
    return took


def outlived(scene: Scene, checkpoint: str, *, reached: bool) -> tuple[int, float]:
    """Return how many commands began, and by how many seconds the longest outlived its limit, its driver dead."""
    words = [checkpoint, "1", "task", "run", "stubborn", "--all", *scene.way]
    begun: dict[str, float] = {}
    ended: dict[str, float] = {}

    def look() -> bool:
        now, alive = time.monotonic(), scene.alive()
        for name in scene.noted():
            begun.setdefault(name, now)
            if name not in alive:
                ended.setdefault(name, now)
        return len(ended) == len(begun)

    driver = subprocess.Popen(
        [sys.executable, "-m", "tests.tasks.driver", *words], env=scene.env, cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while driver.poll() is None:
        look()
        time.sleep(0.02)
    died = time.monotonic()
    if not reached:
        scene.lab.stop()
    while time.monotonic() < died + 3.0 or not look():  # a command may begin a moment after its driver has died
        if time.monotonic() > died + LIMIT_S + OUTLIVES_S + 10.0:
            raise SystemExit(f"{checkpoint}: the commands of {', '.join(sorted(scene.alive()))} still run")
        time.sleep(0.02)
        look()
    scene.clear()
    return len(begun), max((ended[name] - begun[name] - LIMIT_S for name in begun), default=0.0)


def fleets(folder: Path, computers: int, transport: str, user: str) -> bool:
    """Measure `run kill`; return whether the bar holds."""
    scene, good = Scene(folder, computers, transport, user), True
    try:
        scene.run("task", "add", "fleet", "--command", FLEET.format(scene.groups),
                  "--parameter", "who={{ computer.name }}")  # fmt: skip
        for driver in ("lives", "died"):
            took = kill(scene, driver)
            good &= took <= GRACE_S + SETTLED_S
            bar = f"(bar {GRACE_S + SETTLED_S:.0f})"
            say(f"run kill, {computers} computers, {transport}, its driver {driver}: {took:5.2f} s {bar}")
    finally:
        scene.lab.stop()
    return good


def limits(folder: Path, transport: str, user: str, checkpoint: str, *, reached: bool) -> bool:
    """Measure one checkpoint; return whether the bar holds."""
    scene = Scene(folder, 3, transport, user)
    try:
        scene.run("task", "add", "stubborn", "--command", STUBBORN.format(scene.groups),
                  "--parameter", "who={{ computer.name }}", "--time-limit", str(int(LIMIT_S)))  # fmt: skip
        begun, over = outlived(scene, checkpoint, reached=reached)
    finally:
        scene.lab.stop()
    where = "reached" if reached else "away"
    said = f"{over:+6.2f} s after the limit (bar {OUTLIVES_S:.0f})" if begun else "nothing had begun"
    say(f"driver killed {checkpoint:25} endpoints {where:8} {begun} commands: {said}")
    return over <= OUTLIVES_S


def main() -> int:
    """Measure both; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--computers", type=int, default=50)
    parser.add_argument("--transport", default="ssh")
    options = parser.parse_args()
    with login_user() as user:
        with tempfile.TemporaryDirectory() as name:
            good = fleets(Path(name), options.computers, options.transport, user)
        for reached, checkpoint in product((True, False), get_args(Checkpoint)):
            with tempfile.TemporaryDirectory() as name:
                good &= limits(Path(name), options.transport, user, checkpoint, reached=reached)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

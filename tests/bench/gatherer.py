"""What an inventory costs the computer that is read, beside other tools: `python -m tests.bench.gatherer [--rounds N]`.

Ours is fed to the system's Python as `inventory run` does. The others are Debian's packages, where they are installed:
`apt-get install facter fusioninventory-agent ansible-core`. A fact is one value: a cell of a row, a leaf of a document.
Language packages and pending updates are left out, as they are scheduled apart.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from itmsctl.inventory.service.bundle import python_edition
from tests.bench.measure import Cost, cost_of, median, say
from tests.inventory.gatherer import Answer, held_of, read, request

PYTHON = "/usr/bin/python3"
OTHERS = {
    "facter": ("facter", "--json", "--no-custom-facts"),
    "ansible setup": ("ansible", "localhost", "--connection", "local", "--module-name", "setup"),
    "fusioninventory": ("fusioninventory-inventory", "--no-category=process"),
}
CPU_BAR_S, BYTES_BAR = 0.6, 2048


def main(argv: Sequence[str]) -> int:
    """Measure, and print a table; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args(argv).rounds
    with tempfile.TemporaryDirectory() as folder:
        return report(Path(folder), rounds)


def report(folder: Path, rounds: int) -> int:
    """Print what each costs."""
    whole = request(language_packages=False, brief=True)
    answer, first = ours(folder, whole, rounds)
    held = held_of(answer)
    again, unchanged = ours(folder, request(held, language_packages=False, brief=True), rounds)
    facts = sum(len(row) for one in answer.classes.values() for row in one["rows"])
    moved = {name: len(json.dumps(one)) for name, one in again.classes.items() if one["state"] == "delta"}
    sent = again.size - sum(moved.values())
    filled = sum(1 for one in answer.classes.values() if one["rows"])
    say(f"{'tool':20} {'wall s':>8} {'CPU s':>8} {'MiB':>6} {'bytes':>9} {'facts':>7}")
    line("itmsctl, all", first, answer.size, facts)
    line("itmsctl, unchanged", unchanged, sent, 0)
    say(f"{filled} classes filled; changed meanwhile: {', '.join(moved) or 'none'}")
    worse = []
    for name, words in OTHERS.items():
        if shutil.which(words[0]) is None:
            say(f"{name:20} is not installed")
            continue
        out = folder / "out"
        costs = [cost_of(words, out=out) for _ in range(rounds)]
        cost, count = median(costs), facts_in(out.read_text(errors="replace"))
        line(name, cost, out.stat().st_size, count)
        if cost.wall_s < first.wall_s or count > facts:
            worse.append(name)
    bars = {
        "CPU of an unchanged computer": unchanged.cpu_s < CPU_BAR_S,
        "bytes of an unchanged computer": sent <= BYTES_BAR,
        f"more facts in less time than {', '.join(OTHERS)}": not worse,
    }
    for name, is_held in bars.items():
        say(f"{'held' if is_held else 'MISSED'}: {name}")
    return 0 if all(bars.values()) else 1


def ours(folder: Path, one: Mapping[str, Any], rounds: int) -> tuple[Answer, Cost]:
    """Return what we answer to a request, and what that costs."""
    program, out = folder / "program", folder / "answer"
    program.write_bytes(python_edition(one))
    words = ("sh", "-c", f'exec {PYTHON} -I - < "$0"', str(program))
    costs = [cost_of(words, out=out) for _ in range(rounds)]
    return read(out.read_bytes(), one["classes"]), median(costs)


def line(name: str, cost: Cost, size: int, facts: int) -> None:
    """Print one line of the table."""
    say(f"{name:20} {cost.wall_s:8.2f} {cost.cpu_s:8.2f} {cost.peak_mib:6.0f} {size:9,} {facts or '':>7}")


def facts_in(text: str) -> int:
    """Return how many values a document holds: JSON, JSON behind a word of Ansible, or XML."""
    start = text.find("<?xml")
    if start >= 0:
        return sum(
            1 for one in ElementTree.fromstring(text[start:]).iter() if not len(one) and (one.text or "").strip()
        )
    place = text.find("{")
    return leaves(json.loads(text[place:])) if place >= 0 else 0


def leaves(found: Any) -> int:
    """Return how many values stand in lists and objects."""
    inside = found.values() if isinstance(found, dict) else found if isinstance(found, list) else None
    return 1 if inside is None else sum(map(leaves, inside))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A hostile inbox at full size: `python -m tests.bench.hostile_inbox --engine sqlite|postgres`.

Fills a folder with files of up to a gigabyte that want the memory of whoever reads them, good ones between, and loads
it in a process of its own. Prints what became of each, wall, CPU and peak memory. Exits with 1 where a good file was
not loaded, a bad one was, or the peak is above 300 MiB.
The same on a small scale: tests/inventory/test_hostile_inbox.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from tests.bench.import_computers import databases
from tests.bench.measure import cost_of
from tests.inventory.made_files import facts, put, truly_aged, xml

PEAK_MIB = 300
GIB = 1 << 30
_HEAD = b"<REQUEST><CONTENT><HARDWARE><NAME>pc</NAME></HARDWARE>"
_TAIL = b"</CONTENT><DEVICEID>pc</DEVICEID><QUERY>INVENTORY</QUERY></REQUEST>"


def repeated(before: bytes, part: bytes, times: int, after: bytes) -> Callable[[BinaryIO], None]:
    """Return what writes a part many times between two others."""

    def write(stream: BinaryIO) -> None:
        stream.write(before)
        many = part * min(times, 1000)
        for _ in range(times // 1000):
            stream.write(many)
        stream.write(part * (times % 1000))
        stream.write(after)

    return write


def bomb(stream: BinaryIO) -> None:
    stream.write(b'<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">')
    for one, two in zip("abcdefgh", "bcdefghi", strict=True):
        stream.write(f'<!ENTITY {two} "{f"&{one};" * 10}">'.encode())
    stream.write(b"]><REQUEST><CONTENT>&i;</CONTENT></REQUEST>")


SOFTWARE = b"<SOFTWARES><NAME>program</NAME><VERSION>1.2.3</VERSION></SOFTWARES>"
BAD: dict[str, Callable[[BinaryIO], None]] = {
    "gigabyte-of-text.xml": repeated(_HEAD + b"<NOTE>", b"x" * 1024, GIB // 1024, b"</NOTE>" + _TAIL),
    "text-of-200-mib.xml": repeated(_HEAD + b"<NOTE>", b"x" * 1024, 200 * 1024, b"</NOTE>" + _TAIL),
    "text-of-200-mib.json": repeated(b'{"deviceid": "', b"x" * 1024, 200 * 1024, b'"}'),
    "five-million-members.json": repeated(b'{"a": [1', b",1", 5_000_000, b"]}"),
    "million-rows.xml": repeated(_HEAD, SOFTWARE, 1_000_000, _TAIL),
    "deep.json": repeated(b"", b"[", 10_000_000, b""),
    "deep.xml": repeated(b"", b"<a>", 5_000_000, b""),
    "bomb.xml": bomb,
    "zeros.json": repeated(b"", b"\0" * 1024, 200 * 1024, b""),
}


def fill(folder: Path) -> None:
    """Write the bad files, and a good one behind each."""
    for number, (name, write) in enumerate(BAD.items()):
        with (folder / name).open("wb") as stream:
            write(stream)
        truly_aged(folder / name, 9000 - 10 * number)
        good = put(folder, f"good-{number}.json", facts(f"pc{number}", of=number))
        truly_aged(good, 8995 - 10 * number)
    many = put(folder, "good-many.xml", xml("many", softwares={f"program-{n}": "1.0" for n in range(20_000)}))
    truly_aged(many, 100)


def main() -> int:
    """Load the folder, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    engine = parser.parse_args().engine
    with tempfile.TemporaryDirectory() as name, databases(engine, Path(name)) as make:
        inbox = Path(name) / "inbox"
        inbox.mkdir()
        fill(inbox)
        return load(make(), inbox, Path(name))


def load(url: str, inbox: Path, folder: Path) -> int:
    """Load an inbox and judge what became of it."""
    env = os.environ | {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
    out = folder / "out"
    command = [sys.executable, "-m", "itmsctl", "--db", url, "inventory", "load", str(inbox), "-q"]
    cost = cost_of(command, env=env, out=out)
    rows = [json.loads(line) for line in out.read_text().splitlines() if line.startswith("{")]
    states = {Path(row["file"]).name: row["state"] for row in rows if row["type"] == "file"}
    for row in rows:
        if row["type"] == "file":
            sys.stdout.write(f"{row['state']:12} {Path(row['file']).name:28} {row['why'] or ''}"[:150] + "\n")
    sys.stdout.write(
        f"{cost.wall_s:.1f} s wall, {cost.cpu_s:.1f} s CPU, peak {cost.peak_mib:.0f} MiB, exit {cost.code}\n"
    )
    good = {name for name, state in states.items() if state == "loaded"}
    fits = good == {f"good-{n}.json" for n in range(len(BAD))} | {"good-many.xml"}
    return 0 if fits and cost.code == 7 and cost.peak_mib <= PEAK_MIB else 1


if __name__ == "__main__":
    sys.exit(main())

"""Cut, stall, flip, truncate and kill what an endpoint takes from a package server, at many offsets (issue 13).

`python -m tests.packages.fetch_faults --offsets 40` does all of it: a real web server behind a proxy that counts, and
this machine as the endpoint; `test_copy_faults.py` is a sample. After each fault nothing is visible; going on takes
from the server only what is missing, next to nothing comes from us, and all is right. Pieces are of 256 KiB here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from itmsctl.errors import ItmsError
from itmsctl.packages import manifest, stock
from itmsctl.packages.fetching import Fetched
from itmsctl.packages.service import fetch, stocking
from itmsctl.packages.service.endpoint_texts import program_text
from itmsctl.packages.service.stocking import Stocking
from tests.packages import copy_faults
from tests.packages import made as made_module
from tests.packages.copy_faults import PIECE, SIZE, Trial, offsets, tried
from tests.packages.made import MadePackage, here, seen
from tests.packages.web import web
from tests.servers.chaos import ChaosProxy, Fault

KINDS = ("cut", "stall", "flip", "truncate", "kill")
SMALL = 20
# What a fault may cost: the piece that was on its way, heads of answers, and small files.
LOST = PIECE + 100_000
HEAD = 1000  # bytes of the head of an answer
SLOW_S = 2
OURS = 40_000  # the lists and heads that we send where a server has all files


def in_small_pieces() -> Iterator[None]:
    """Have packages made of pieces of this size, here and on the endpoint, until the generator is gone on with."""
    before = stock.PIECE

    def text(*names: str) -> str:
        return program_text(*names).replace(f"piece={before}", f"piece={PIECE}")

    fetch.program_text = stocking.program_text = text  # type: ignore[attr-defined]
    yield from copy_faults.in_small_pieces((manifest, stock, made_module))
    fetch.program_text = stocking.program_text = program_text  # type: ignore[attr-defined]


class Download:
    """A package, a web server that has it, and an endpoint."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.cache, self.www = folder, folder / "cache", folder / "www"
        self.made = MadePackage(folder / "objects")
        chance = random.Random(13)
        files = [self.made.add("big.bin", chance.randbytes(SIZE))]
        files += [self.made.add(f"small/{n}", chance.randbytes(3000 + n)) for n in range(SMALL)]
        self.package = self.made.manifest(*files)
        for name, data in self.made.contents.items():
            place = self.www / self.package.digest / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    @property
    def big(self) -> Path:
        """Return the large file of the server."""
        return self.www / self.package.digest / "big.bin"

    def take(self, url: str, slow_s: int = SLOW_S) -> Fetched | ItmsError:
        """Have the endpoint take the package once."""
        try:
            return fetch.take_from_sources(self.stocking(), [url], rate=1000, slow_s=slow_s)
        except ItmsError as error:
            return error

    def stocking(self) -> Stocking:
        """Return what pushes to this endpoint."""
        return Stocking(here(self.folder), self.package, self.made.source, cache=str(self.cache))

    def kept(self) -> int:
        """Return how many bytes of the large file are there, not visible."""
        path = self.cache / f".part-{self.package.digest}" / "f" / "big.bin"
        return path.stat().st_size if path.exists() else 0

    def wrong(self) -> str:
        """Say what is visible and is not the package; empty where nothing is."""
        shown = self.cache / self.package.digest
        return "what is visible is wrong" if shown.exists() and seen(shown) != self.made.contents else ""

    def kill(self) -> None:
        """Kill with -9 whatever of the endpoint works in its cache."""
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit() and (entry / "cwd").readlink().is_relative_to(self.cache):
                    os.kill(int(entry.name), signal.SIGKILL)


def trial(scene: Download, kind: str, offset: int) -> Trial:
    """Meet one fault at an offset of what the server sends, then go on without it."""
    shutil.rmtree(scene.cache, ignore_errors=True)
    with web(scene.www) as (url, _):
        place = urlsplit(url)
        target = (str(place.hostname), int(place.port or 0))
        name = kind if kind in {"cut", "stall", "flip"} else "none"
        with ChaosProxy(target, Fault(name, offset, "down")) as proxy:  # type: ignore[arg-type]
            faulty = f"http://{proxy.host}:{proxy.port}"
            said = _met(scene, proxy, faulty, kind, offset)
        kept = scene.kept()
        # What was not read yet goes with a connection that is reset, and with a program that is killed.
        if kind in {"stall", "flip", "truncate"} and kept < max(0, min(offset, SIZE) - HEAD) // PIECE * PIECE:
            said = said or f"only {kept} bytes were kept of {offset}"
        with ChaosProxy(target) as proxy:
            again = scene.take(f"http://{proxy.host}:{proxy.port}", 60)
            came = proxy.counted["down"]
    if not said and (isinstance(again, ItmsError) or again.lacks):
        said = f"going on came to {again}"
    if not said and (scene.cache / scene.package.digest).exists():
        said = "it is visible before all of it was checked"
    if not said and came > scene.package.size - kept // PIECE * PIECE + LOST:
        said = f"{came} bytes came again, {kept} were there"
    sent = scene.stocking().put().sent
    if not said and sent > OURS:
        said = f"{sent} bytes were sent by us"
    said = said or scene.wrong() or ("" if (scene.cache / scene.package.digest).exists() else "it is not visible")
    return Trial(kind, offset, said, kept, came)


def _met(scene: Download, proxy: ChaosProxy, url: str, kind: str, offset: int) -> str:
    """Take the package while the fault comes; return what is wrong then."""
    if kind == "truncate":
        whole = scene.big.read_bytes()
        scene.big.write_bytes(whole[: offset % SIZE])
        found = scene.take(url)
        scene.big.write_bytes(whole)
    elif kind == "kill":
        proxy.fault = Fault("none", bytes_per_s=4_000_000)
        worker = threading.Thread(target=scene.take, args=(url,))
        worker.start()
        until = time.monotonic() + 60
        while proxy.counted["down"] < offset and worker.is_alive() and time.monotonic() < until:
            time.sleep(0.002)
        while worker.is_alive() and time.monotonic() < until:
            scene.kill()
            worker.join(0.05)
        return "its death was not seen" if worker.is_alive() else _shown(scene)
    else:
        found = scene.take(url)
    if isinstance(found, ItmsError):
        return f"the fault came to {found}"
    if not found.lacks or not found.left:
        return f"nothing was noticed: {found}"
    return _shown(scene)


def _shown(scene: Download) -> str:
    return "it is visible" if (scene.cache / scene.package.digest).exists() else ""


def main() -> int:
    """Run the trials."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offsets", type=int, default=40)
    parser.add_argument("--kind", action="append", choices=KINDS)
    asked = parser.parse_args()
    small = in_small_pieces()
    next(small)
    folder = Path(tempfile.mkdtemp(prefix="itms-fetches-"))
    try:
        scene = Download(folder)
        places = list(offsets(asked.offsets, SIZE))
        return tried(partial(trial, scene), places, asked.kind or KINDS, scene.package.size, "came")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

"""Files over SMB: 4 GiB with a hole in them, and 256 MiB beside Samba's own client, on the same server.

`python -m tests.bench.smb [--mib 256] [--sparse-gib 4]` prints seconds, CPU and ratios;
nothing is asserted but that every file arrived as it was.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from itmsctl.transports.base import Settings
from itmsctl.transports.smb import SmbTransport
from tests.bench.measure import say
from tests.servers.samba import USER, Samba

MIB = 1024 * 1024


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--sparse-gib", type=int, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "share").mkdir()
        server = Samba({"share": folder / "share"})
        try:
            _measure(server, folder, given.mib, given.sparse_gib)
        finally:
            server.stop()


def _measure(server: Samba, folder: Path, mib: int, gib: int) -> None:
    plain, sparse = folder / "plain", folder / "sparse"
    with plain.open("wb") as file:
        for _ in range(mib):
            file.write(os.urandom(MIB))
    with sparse.open("wb") as file:
        file.write(b"begin")
        file.seek(gib * 1024 * MIB - 3)
        file.write(b"end")
    with SmbTransport(server.endpoint(), server.credentials(), Settings()) as way:
        way.connect()
        ours = _timed("itmsctl put", lambda: way.put(plain, "/share/ours"), mib)
        _timed("itmsctl look (read back)", lambda: way.look("file", "/share/ours", limit_s=600), mib)
        _timed("itmsctl put again", lambda: way.put(plain, "/share/ours"), mib)
        _timed(f"itmsctl put, {gib} GiB sparse", lambda: way.put(sparse, "/share/sparse"), gib * 1024)
        seen: list[str | None] = []
        _timed(
            f"itmsctl look, {gib} GiB sparse",
            lambda: seen.append(way.look("file", "/share/sparse", limit_s=3600).sha256),
            gib * 1024,
        )
    arrived = folder / "share" / "sparse"
    with sparse.open("rb") as file:
        assert seen == [hashlib.file_digest(file, "sha256").hexdigest()]
    assert arrived.stat().st_size == sparse.stat().st_size
    assert (folder / "share" / "ours").read_bytes() == plain.read_bytes()
    say(f"{'':28} {arrived.stat().st_blocks * 512 / MIB:.1f} MiB of disk for {gib} GiB")
    client = [
        "smbclient", "-p", str(server.port), "-U", f"{USER}%{server.password}", "-m", "SMB3",
        "--client-protection=encrypt", "//127.0.0.1/share", "-c", f"put {plain} theirs",
    ]  # fmt: skip
    theirs = _timed("smbclient put", lambda: subprocess.run(client, check=True, capture_output=True), mib)
    say(f"wall {ours[0] / theirs[0]:.2f} x smbclient, client CPU {ours[1] / theirs[1]:.2f} x")


def _timed(what: str, act: object, mib: int) -> tuple[float, float]:
    assert callable(act)
    begin, cpu = time.monotonic(), _cpu()
    act()
    wall, spent = time.monotonic() - begin, _cpu() - cpu
    say(f"{what:28} {wall:7.2f} s wall {spent:7.2f} s CPU {mib / wall:8.1f} MiB/s")
    return wall, spent


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()

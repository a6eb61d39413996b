"""Cut, stall, flip, truncate and kill a copy to a package server at many offsets (Must-show of issue 13).

`python -m tests.packages.copy_faults --offsets 40` does all of it over a real sshd through a proxy that counts;
`test_copy_faults.py` is a sample. After each fault: nothing wrong is visible, nothing is `ready` unproven, and going on
sends what is missing, no more than what the fault can have cost. Pieces are of 256 KiB here, so that a package of
several goes quickly.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import ModuleType

from examples.lab.ssh_endpoints import Lab
from itmsctl.errors import ItmsError
from itmsctl.packages import manifest, pulling, readback, replicas
from itmsctl.packages.copies import Copied, CopyState
from itmsctl.packages.manifest import PackageFile, PackageManifest
from itmsctl.packages.service import copying
from itmsctl.packages.service import replica as replica_module
from itmsctl.packages.service.replica import Replica, piece_reader
from itmsctl.transports.base import Settings
from itmsctl.transports.handing import Pace
from itmsctl.transports.ssh import SshTransport
from tests.bench.measure import say
from tests.servers.chaos import ChaosProxy, Fault
from tests.servers.ssh import lab_credentials, lab_endpoint

KINDS = ("cut", "stall", "flip", "cut-back", "flip-back", "truncate", "damage", "kill")
PIECE = 256 * 1024
SIZE = 5 * PIECE + 777
# What a fault may cost: the piece that was on its way, and the bundle of small files.
LOST = PIECE + 100_000
PACE = Pace(stall_s=1.0, slowest=200_000)


def in_small_pieces(
    modules: Sequence[ModuleType] = (manifest, pulling, readback, replicas, replica_module),
) -> Iterator[None]:
    """Have packages made of pieces of this size until the generator is gone on with."""
    before = manifest.PIECE
    for module in modules:
        module.PIECE = PIECE  # type: ignore[attr-defined]
    yield
    for module in modules:
        module.PIECE = before  # type: ignore[attr-defined]


class Scene:
    """A package in a folder of objects, a server, and a proxy before it."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab, self.objects, self.root = lab, folder / "objects", folder / "root"
        self.objects.mkdir()
        self.root.mkdir(mode=0o755)
        chance = random.Random(13)
        files = [self._file("big.bin", chance.randbytes(SIZE))]
        files += [self._file(f"small/{n}", chance.randbytes(3000 + n)) for n in range(20)]
        self.manifest = PackageManifest("tool", "1", 1, tuple(files))

    def _file(self, path: str, data: bytes) -> PackageFile:
        digest = hashlib.sha256(data).hexdigest()
        (self.objects / digest).write_bytes(data)
        pieces = [hashlib.sha256(data[at : at + PIECE]).hexdigest() for at in range(0, len(data), PIECE)]
        return PackageFile(path, len(data), digest, 0o644, tuple(pieces) if len(data) > PIECE else ())

    def copy(self, proxy: ChaosProxy, pace: Pace = PACE) -> tuple[Copied | ItmsError, Replica]:
        """Copy once; return what came of it, or the error that ended it, and what was sent."""
        place = replace(lab_endpoint(self.lab, 0), addresses=(proxy.host,), port=proxy.port)
        read = piece_reader(lambda sha256: str(self.objects / sha256))
        with SshTransport(place, lab_credentials(self.lab), Settings(connect_s=5.0)) as transport:
            replica = Replica(transport, str(self.root), self.manifest, pace)
            try:
                return copying.copy(replica, read), replica
            except ItmsError as error:
                return error, replica

    def wrong(self) -> str:
        """Say what is visible and is not the package; empty where nothing is."""
        shown = self.root / self.manifest.digest
        if not shown.exists():
            return "the manifest stands without its package" if shown.with_suffix(".json").exists() else ""
        for file in self.manifest.files:
            path = shown / file.path
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != file.sha256:
                return f"{file.path} is visible and wrong"
        return ""

    def clear(self) -> None:
        """Begin again with an empty folder."""
        shutil.rmtree(self.root)
        self.root.mkdir(mode=0o755)


@dataclass(frozen=True)
class Trial:
    """One fault: what was wrong (empty: nothing), and the bytes that went again when the copy was gone on with."""

    kind: str
    offset: int
    fault: str
    sent_before: int
    sent_again: int


def trial(scene: Scene, kind: str, offset: int) -> Trial:
    """Meet one fault at an offset, then go on without it."""
    scene.clear()
    target = (scene.lab.hosts[0], scene.lab.port)
    direction = "down" if kind.endswith("-back") else "up"
    name = kind.removesuffix("-back")
    fault = Fault(name, offset, direction) if name in {"cut", "stall", "flip"} else Fault("none")  # type: ignore[arg-type]
    before = 0
    with ChaosProxy(target, fault) as proxy:
        if name == "kill":
            _killed(scene, proxy, offset)
            done: Copied | ItmsError | None = None
        else:
            done, replica = scene.copy(proxy)
            before = replica.sent
            if name in {"truncate", "damage"}:
                _spoil(scene, name, offset)
        said = _judged(scene, done, name)
    with ChaosProxy(target) as proxy:
        again, replica = scene.copy(proxy, Pace(stall_s=30.0))  # patient: the machine may be busy
        if not said and (isinstance(again, ItmsError) or again.state is not CopyState.READY):
            said = f"going on came to {again} {getattr(again, 'why', '')}"
        said = said or scene.wrong()
        if (
            not said
            and name in {"cut", "kill"}
            and before + LOST < scene.manifest.size
            and replica.sent > (scene.manifest.size - _whole(before) + LOST)
        ):
            said = f"{replica.sent} bytes went again, {before} were there"
        return Trial(kind, offset, said, before, replica.sent)


def _whole(sent: int) -> int:
    return sent // PIECE * PIECE


def _judged(scene: Scene, done: Copied | ItmsError | None, name: str) -> str:
    if name in {"truncate", "damage"}:
        return ""  # the visible copy was damaged on purpose; that it is noticed is judged afterwards
    wrong = scene.wrong()
    if wrong:
        return wrong
    shown = (scene.root / scene.manifest.digest).exists()
    if isinstance(done, Copied) and done.state is CopyState.READY and not shown:
        return "it is ready, and not there"
    return ""


def _spoil(scene: Scene, how: str, offset: int) -> None:
    """Damage what is visible, as a disk or an intruder would."""
    path = scene.root / scene.manifest.digest / "big.bin"
    at = offset % SIZE
    with path.open("r+b") as file:
        if how == "truncate":
            file.truncate(at)
        else:
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 0x20]))


def _killed(scene: Scene, proxy: ChaosProxy, offset: int) -> None:
    """Copy in a process of its own, and kill that with -9 once so many bytes went."""
    argv = [sys.executable, "-m", "tests.packages.copy_faults", "--child", str(scene.objects.parent),
            "--port", str(proxy.port), "--lab", str(scene.lab.folder), "--host", scene.lab.hosts[0]]  # fmt: skip
    child = subprocess.Popen(argv, env={**os.environ, "ITMS_LAB_PIN": scene.lab.servers.host_keys[scene.lab.hosts[0]]})
    until = time.monotonic() + 60
    while proxy.counted["up"] < offset and child.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()
    proxy.cut()
    time.sleep(0.2)  # what was on its way is written


def _child(folder: Path, lab_folder: Path, port: int) -> int:
    """Copy the package that a scene made, until somebody kills this process."""
    from itmsctl.transports.base import Credentials, Endpoint
    from tests.servers.ssh import pin_of

    scene = Scene.__new__(Scene)
    scene.objects, scene.root = folder / "objects", folder / "root"
    chance = random.Random(13)
    files = [scene._file("big.bin", chance.randbytes(SIZE))]
    files += [scene._file(f"small/{n}", chance.randbytes(3000 + n)) for n in range(20)]
    manifest = PackageManifest("tool", "1", 1, tuple(files))
    import pwd

    user = pwd.getpwuid(os.geteuid()).pw_name
    guid = "00000000-0000-4000-8000-000000000001"
    place = Endpoint(guid, "child", ("127.0.0.1",), port, user, (pin_of(os.environ["ITMS_LAB_PIN"]),))
    with SshTransport(place, Credentials(key_files=(lab_folder / "id_ed25519",)), Settings()) as transport:
        replica = Replica(transport, str(scene.root), manifest, Pace())
        copying.copy(replica, piece_reader(lambda sha256: str(scene.objects / sha256)))
    return 0


def offsets(count: int, size: int = SIZE + 100_000) -> Iterator[int]:
    """Yield offsets over the whole way: the login, the first bytes, borders of pieces, the end."""
    yield from (size * n // count + 1 for n in range(count))


def tried(
    meet: Callable[[str, int], Trial], places: Sequence[int], kinds: Sequence[str], size: int, how: str = "sent"
) -> int:
    """Try every kind at these offsets and say what came of it, of a package of `size` bytes; return the exit status."""
    faults = 0
    for kind in kinds:
        begin, again = time.monotonic(), 0
        for offset in places:
            one = meet(kind, offset)
            again += one.sent_again
            if one.fault:
                faults += 1
                say(f"FAULT {kind} at {offset}: {one.fault}")
        say(
            f"{kind}: {len(places)} offsets, {again / len(places) / 1e6:.1f} MB on average {how} when going on "
            f"(package {size / 1e6:.1f} MB), {time.monotonic() - begin:.0f} s"
        )
    say(f"{len(kinds) * len(places)} trials, {faults} faults")
    return 1 if faults else 0


def main() -> int:
    """Run the trials, or one copy as a child."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--offsets", type=int, default=40)
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--child", type=Path)
    parser.add_argument("--lab", type=Path)
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    asked = parser.parse_args()
    next(in_small_pieces())
    if asked.child is not None:
        return _child(asked.child, asked.lab, asked.port)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="itms-copies-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        lab = Lab(1, folder / "lab", engine="openssh", network=46)
        stack.callback(lab.stop)
        scene = Scene(lab, folder)
        return tried(partial(trial, scene), list(offsets(asked.offsets)), asked.kind or KINDS, scene.manifest.size)


if __name__ == "__main__":
    sys.exit(main())

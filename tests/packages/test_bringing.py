"""A package comes into the cache of a computer: whole, checked there, and only what is missing is sent."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.errors import (
    FailedError,
    InputError,
    ItmsError,
    PackageHashError,
    RemoteDirUnsafeError,
    RemoteStorageError,
)
from itmsctl.packages.manifest import PIECE, PackageFile, PackageManifest
from itmsctl.packages.service.bringing import bring
from itmsctl.packages.service.stocking import StopRequestedError
from itmsctl.packages.stock import Lacking, rounds
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.ssh import SshTransport
from tests.packages.made import MadePackage, here, seen
from tests.servers.chaos import ChaosProxy, Fault
from tests.servers.ssh import lab_credentials, lab_endpoint

BIG = 3 * PIECE + 5
OVERHEAD = 30_000  # the lists, heads of members, blocks that are filled up


@pytest.fixture
def made(tmp_path: Path) -> MadePackage:
    return MadePackage(tmp_path / "objects")


@pytest.fixture
def package(made: MadePackage) -> PackageManifest:
    """A package with names that shells trip over, and a file of four pieces."""
    names = ["a b.txt", "sub/über ☃.sh", "-rf", " lead/ trail ", "$(id)/`id`", "it's", "*"]
    files = [
        made.add(name, f"content of the file {name}".ljust(60).encode(), 0o755 if name.endswith("sh") else 0o644)
        for name in names
    ]
    return made.manifest(*files, made.add("empty", b""), made.add("big", os.urandom(BIG)))


def test_it_comes_whole_and_what_is_there_is_not_sent_again(
    made: MadePackage, package: PackageManifest, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    first = bring(here(tmp_path), package, made.source, cache=str(cache))
    folder = cache / package.digest
    assert (first.stocked.folder, first.stocked.was_there, seen(folder)) == (str(folder), False, made.contents)
    assert {path.name for path in cache.iterdir()} == {package.digest + end for end in ("", ".sums", ".json")}
    assert (cache / f"{package.digest}.json").read_bytes() == package.canonical()
    modes = {path.stat().st_mode & 0o777 for path in folder.rglob("*.sh")}
    assert (modes, cache.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == ({0o755}, 0o700, 0o700)
    again = bring(here(tmp_path), package, made.source, cache=str(cache))
    assert again.stocked.was_there
    assert again.stocked.sent < OVERHEAD


def _flip(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


DAMAGES: dict[str, tuple[Callable[[Path], object], int]] = {
    "a small file is another": (lambda folder: _flip(folder / "a b.txt", 0), 0),
    "a small file is gone": (lambda folder: (folder / "-rf").unlink(), 0),
    "a piece in the middle is another": (lambda folder: _flip(folder / "big", PIECE + 7), PIECE),
    "the last piece is short": (lambda folder: os.truncate(folder / "big", BIG - 1), 5),
    "half of it came": (lambda folder: os.truncate(folder / "big", 2 * PIECE + 1), PIECE + 5),
    "it is longer": (lambda folder: os.truncate(folder / "big", BIG + PIECE), 5),
    "somebody put something there": (lambda folder: (folder / "new").write_bytes(b"x"), 0),
    "a link is there": (lambda folder: (folder / "ln").symlink_to("/etc/passwd"), 0),
    "a file became a link": (lambda folder: ((folder / "it's").unlink(), (folder / "it's").symlink_to("a b.txt")), 0),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_only_what_is_missing_is_sent_again(
    made: MadePackage, package: PackageManifest, tmp_path: Path, damage: str
) -> None:
    cache = str(tmp_path / "cache")
    bring(here(tmp_path), package, made.source, cache=cache)
    folder = tmp_path / "cache" / package.digest
    spoil, much = DAMAGES[damage]
    spoil(folder)
    again = bring(here(tmp_path), package, made.source, cache=cache)
    assert seen(folder) == made.contents
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    assert much <= again.stocked.sent < much + 2 * OVERHEAD


@pytest.mark.parametrize("after", [0, 3_000, 40_000, PIECE, 2 * PIECE + 100_000, BIG])
def test_a_cut_leaves_nothing_visible_and_the_next_push_goes_on(
    ssh_lab: Lab, made: MadePackage, package: PackageManifest, tmp_path: Path, after: int
) -> None:
    cache, plain = tmp_path / "cache", lab_endpoint(ssh_lab)
    with ChaosProxy((plain.addresses[0], plain.port), Fault("cut", 6_000 + after)) as proxy:
        way = Endpoint(plain.guid, plain.name, (proxy.host,), proxy.port, plain.user, plain.pins)
        with SshTransport(way, lab_credentials(ssh_lab)) as transport, pytest.raises(ItmsError):
            bring(transport, package, made.source, cache=str(cache))
    assert not (cache / package.digest).exists()
    with SshTransport(plain, lab_credentials(ssh_lab)) as transport:
        again = bring(transport, package, made.source, cache=str(cache))
    assert seen(cache / package.digest) == made.contents
    came = max(0, after - 400_000) // PIECE * PIECE  # pieces that must have come
    assert again.stocked.sent < BIG - came + 2 * OVERHEAD


@pytest.mark.parametrize("how", ["first", "middle", "last", "shorter", "swapped"])
def test_what_is_not_what_the_package_says_is_never_visible(
    made: MadePackage, package: PackageManifest, tmp_path: Path, how: str
) -> None:
    """PS1, PS6."""
    one, other = package.files[0], package.files[1]
    place = made.source(one.sha256)
    data = place.read_bytes()
    at = {"first": 0, "middle": len(data) // 2, "last": len(data) - 1}.get(how)
    if at is not None:
        _flip(place, at)
    else:
        place.write_bytes(data[:-1] if how == "shorter" else made.source(other.sha256).read_bytes()[: len(data)])
    cache = tmp_path / "cache"
    with pytest.raises(InputError if how == "shorter" else PackageHashError) as caught:
        bring(here(tmp_path), package, made.source, cache=str(cache))
    assert not (cache / package.digest).exists()
    if how == "shorter":
        assert "changed while it was being sent" in caught.value.message
    else:
        assert (caught.value.code, caught.value.exit_status) == ("PKG-HASH-MISMATCH", 14)
        assert one.path in caught.value.message
        assert one.sha256 in caught.value.why


def _open_to_all(cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o777)


def _a_link(cache: Path) -> None:
    (cache.parent / "elsewhere").mkdir(mode=0o700)
    cache.symlink_to(cache.parent / "elsewhere")


@pytest.mark.parametrize("spoil", [_open_to_all, _a_link])
def test_a_cache_that_is_not_ours_alone_is_refused(
    made: MadePackage, package: PackageManifest, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(tmp_path / "cache")
    with pytest.raises(RemoteDirUnsafeError):
        bring(here(tmp_path), package, made.source, cache=str(tmp_path / "cache"))
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_a_push_that_is_at_work_keeps_others_out_and_a_dead_one_does_not(
    made: MadePackage, package: PackageManifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    lock = cache / f".lock-{package.digest}"
    lock.mkdir()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    (lock / "who").write_text(f"{os.getpid()} {boot}\n")
    from itmsctl.packages.service import stocking

    text = stocking.program_text("cache", "receive", "stock").replace("0 1 2 3 4", "0 0.1")
    with monkeypatch.context() as hurried:
        hurried.setattr(stocking, "program_text", lambda *_: text)
        with pytest.raises(FailedError, match="took no package"):
            bring(here(tmp_path), package, made.source, cache=str(cache))
    (lock / "who").write_text(f"4194303 {boot}\n")
    bring(here(tmp_path), package, made.source, cache=str(cache))
    assert seen(cache / package.digest) == made.contents
    assert not lock.exists()


def test_no_room_is_told_before_anything_is_sent(
    made: MadePackage, package: PackageManifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from itmsctl.packages.service import stocking

    text = stocking.program_text("cache", "receive", "stock")
    monkeypatch.setattr(stocking, "program_text", lambda *_: "need=99999999999999\n" + text)
    with pytest.raises(RemoteStorageError, match="took no package"):
        bring(here(tmp_path), package, made.source, cache=str(tmp_path / "cache"))


def test_it_is_stopped_by_a_person(made: MadePackage, package: PackageManifest, tmp_path: Path) -> None:
    with pytest.raises(StopRequestedError):
        bring(here(tmp_path, lambda: True), package, made.source, cache=str(tmp_path / "cache"))
    assert not (tmp_path / "cache" / package.digest).exists()


@pytest.mark.parametrize(
    "lines",
    [["lack"], ["have x ./big"], ["have 99999999999 ./big"], ["lack /etc/passwd", "have -1 ./big", "\x1b[2J"], [""]],
)
def test_what_a_computer_makes_up_asks_for_nothing(package: PackageManifest, lines: list[str]) -> None:
    assert list(rounds(Lacking.of(lines).portions(package))) == []


def test_pieces_go_in_rounds(made: MadePackage) -> None:
    big = PackageFile("big", 70 * PIECE, "0" * 64, 0o644, ("0" * 64,) * 70)
    package = made.manifest(big, made.add("small", b"x"))
    lines = ["lack ./big", "lack ./small", "have 3 ./big"]
    parts = list(rounds(Lacking.of(lines).portions(package)))
    assert [len(part) for part in parts] == [65, 5]
    assert {one.piece for part in parts for one in part} == {None, *range(70)} - {3}

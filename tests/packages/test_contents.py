"""The content of a package that came from a parent: taken from its package servers, whatever those send."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.errors import ItmsError, StorageError
from itmsctl.packages.manifest import PackageFile, PackageManifest
from itmsctl.packages.service import contents
from itmsctl.packages.service.contents import ContentTaking, TimeIsUpError
from itmsctl.packages.service.library import Library, measured
from tests.conftest import Run
from tests.packages.web import Manner, web


@pytest.fixture
def outlet(tmp_path: Path) -> tuple[Path, PackageManifest]:
    """Return the folder of a package server that holds a package, as those hold them."""
    files = {"big.bin": bytes(range(256)) * 20_000, "sub dir/ü.txt": b"small", "empty": b""}
    root, found = tmp_path / "outlet", []
    for name, data in files.items():
        path = tmp_path / "made" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        held = measured(path)
        found.append(PackageFile(name, held.size, held.sha256, 0o644, held.pieces))
    manifest = PackageManifest("tool", "1", 1, tuple(sorted(found, key=lambda one: one.path)))
    root.mkdir()
    (tmp_path / "made").rename(root / manifest.digest)
    (root / f"{manifest.digest}.json").write_bytes(manifest.canonical())
    return root, manifest


def is_whole(library: Library, manifest: PackageManifest) -> bool:
    there = library.has_manifest(manifest.digest) and library.manifest(manifest.digest) == manifest
    return there and all(library.check(one.sha256) == one.size for one in manifest.files)


@pytest.mark.parametrize("manner", ["good", "no ranges"])
def test_all_of_it_comes(outlet: tuple[Path, PackageManifest], tmp_path: Path, manner: Manner) -> None:
    root, manifest = outlet
    library = Library(tmp_path / "library")
    with web(root, manner) as (url, _):
        taking = ContentTaking(library, manifest.digest, (url,))
        assert taking.take() == manifest
    assert (is_whole(library, manifest), taking.source, taking.taken) == (True, url, manifest.size)
    assert not list((tmp_path / "library/incoming").iterdir())


@pytest.mark.parametrize(("manner", "words"), [
    ("flip", "another one"), ("long", "the manifest there is another one"), ("gone", "404"), ("cut", "too early"),
])  # fmt: skip
def test_nothing_wrong_gets_in(
    outlet: tuple[Path, PackageManifest], tmp_path: Path, manner: Manner, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, manifest = outlet
    library = Library(tmp_path / "library")
    monkeypatch.setattr(contents, "LARGEST", 4 << 20)  # of a server that never ends
    with web(root, manner) as (url, _), pytest.raises(ItmsError) as raised:
        ContentTaking(library, manifest.digest, (url,)).take()
    assert words in f"{raised.value.message} {raised.value.why}"
    assert not library.has_manifest(manifest.digest)
    assert list(library.objects()) == []
    with web(root) as (good, _):  # the next place gives it
        taking = ContentTaking(library, manifest.digest, ("http://127.0.0.1:9", good))
        taking.take()
    assert is_whole(library, manifest)
    assert len(taking.left) >= 1


def test_what_was_begun_is_gone_on_with(outlet: tuple[Path, PackageManifest], tmp_path: Path) -> None:
    root, manifest = outlet
    library = Library(tmp_path / "library")
    with web(root) as (url, starts):
        with pytest.raises(TimeIsUpError):
            ContentTaking(library, manifest.digest, (url,), time.monotonic() - 1).take()
        ContentTaking(library, manifest.digest, (url,)).take()
    assert is_whole(library, manifest)
    assert max(starts) > 0, "from where it was left off"


def test_a_copy_of_a_library_gives_it_too(outlet: tuple[Path, PackageManifest], tmp_path: Path) -> None:
    root, manifest = outlet
    first, second = Library(tmp_path / "first"), Library(tmp_path / "second")
    ContentTaking(first, manifest.digest, (str(root),)).take()
    ContentTaking(second, manifest.digest, (str(first.root),)).take()
    assert is_whole(second, manifest)


def test_a_disk_that_is_full_takes_nothing(
    outlet: tuple[Path, PackageManifest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, manifest = outlet
    monkeypatch.setattr(contents, "SPARE_BYTES", 1 << 60)
    with pytest.raises(StorageError, match="are to come"):
        ContentTaking(Library(tmp_path / "library"), manifest.digest, (str(root),)).take()


@pytest.fixture
def child(ok: Run, bare_run: Run, tmp_path: Path) -> Callable[..., object]:
    """Return the program of a child with a home of its own; `ok` is its parent's."""
    home = tmp_path / "child"
    home.mkdir(mode=0o700)
    place = str(home / "cmdb.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", place)
    env = {f"XDG_{one}_HOME": str(home / one.lower()) for one in ("DATA", "STATE", "CONFIG")} | {"HOME": str(home)}
    return lambda *words: bare_run("--db", place, *words, env=env)


def test_a_package_of_the_parent_is_awaited_fetched_and_published(
    ok: Run, child: Callable[..., object], tmp_path: Path
) -> None:
    tool = tmp_path / "tool.bin"
    tool.write_bytes(b"first" * 1000)
    ok("package", "import", str(tool), "--name", "tool")
    ok("replication", "run")
    assert child("package", "show", "tool", "--json").json["state"] == "awaited"  # type: ignore[attr-defined]
    refused = child("package", "approve", "tool")
    assert (refused.code, "package fetch tool" in refused.err) == (3, True)  # type: ignore[attr-defined]
    nowhere = child("package", "fetch", "--json")
    assert nowhere.code == 8  # type: ignore[attr-defined]
    assert "no package server" in nowhere.json[0]["message"]  # type: ignore[attr-defined]
    digest = hashlib.sha256(tool.read_bytes()).hexdigest()
    manifest = ok("package", "show", "tool", "--json").json["manifest"]
    stick = tmp_path / "stick" / manifest
    stick.mkdir(parents=True)
    (stick / "tool.bin").write_bytes(tool.read_bytes())
    library = next(tmp_path.rglob(f"manifests/{manifest}.json"))
    (tmp_path / "stick" / f"{manifest}.json").write_bytes(library.read_bytes())
    came = child("package", "fetch", "tool", "--from", str(tmp_path / "stick"), "--json")
    assert (came.code, came.json[0]["state"]) == (0, "fetched"), came  # type: ignore[attr-defined]
    assert child("package", "show", "tool", "--json").json["state"] == "published"  # type: ignore[attr-defined]
    assert child("package", "verify", "tool", "--here").code == 0  # type: ignore[attr-defined]
    assert next((tmp_path / "child").rglob(f"objects/*/{digest}")).read_bytes() == tool.read_bytes()
    stages = {row["stage"]: row for row in child("package", "arrival", "tool", "--json").json}  # type: ignore[attr-defined]
    assert [stages[number]["arrived_min"] is not None for number in (1, 4, 7, 8)] == [False, True, True, False]
    assert stages[1]["at"] <= stages[4]["at"] <= stages[7]["at"]
    assert stages[None]["estimated_min"] > 24 * 60, "the guide's worst case waits a day for replication"
    assert ok("replication", "run", "--json").json[0]["records"] == 0
    assert child("package", "fetch", "--from", "ftp://x/y").code == 2  # type: ignore[attr-defined]

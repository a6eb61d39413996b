"""Copying files and trees, and fetching files, on a real sshd."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from itmsctl.transports.base import RemoteState
from tests.servers.chaos import ChaosProxy, Fault
from tests.servers.ssh import ssh_lab
from tests.tasks.lab import Do, Ways, do, step, ways

__all__ = ["do", "ssh_lab", "ways"]
MIB = 1 << 20


def test_a_file_is_copied_once_and_mended_when_it_differs(do: Do, tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "it's here"
    source.write_bytes(os.urandom(100_000))
    source.chmod(0o640)
    copy = step("copy", source=source, path=place)
    first, second = do(copy), do(copy)
    assert (first.state, first.reason, place.read_bytes()) == (RemoteState.SUCCEEDED, "", source.read_bytes())
    assert (second.state, second.reason) == (RemoteState.SUCCEEDED, "UNCHANGED")
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    inode = place.stat().st_ino
    assert do(copy).reason == "UNCHANGED"
    assert place.stat().st_ino == inode
    place.chmod(0o600)
    assert do(copy).reason == ""
    place.write_bytes(b"somebody else's")
    assert do(copy).reason == ""
    assert place.read_bytes() == source.read_bytes()
    assert do(step("copy", source=source, path=place, mode="0755")).reason == ""
    assert stat.S_IMODE(place.stat().st_mode) == 0o755


def test_nothing_is_sent_where_it_is_equal(ways: Ways, ssh_lab, do: Do, tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "place"
    source.write_bytes(os.urandom(2 * MIB))
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        over = ways(proxy)
        do(step("copy", source=source, path=place), over=over)
        before = proxy.counted["up"]
        assert before > 2 * MIB
        assert do(step("copy", source=source, path=place), over=over).reason == "UNCHANGED"
        assert proxy.counted["up"] - before < 8192


@pytest.mark.parametrize(
    ("source", "place", "leads_to", "said"),
    [
        ("none", "place", 3, "cannot be read"),
        (".", "place", 3, "is not a file"),
        ("file", "no/folder/file", 8, "could not be written"),
        ("file", "folder", 8, "it is a folder"),
    ],
)
def test_a_copy_that_cannot_be(do: Do, tmp_path: Path, source: str, place: str, leads_to: int, said: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    outcome = do(step("copy", source=tmp_path / source, path=tmp_path / place))
    assert (outcome.state, outcome.leads_to) == (RemoteState.FAILED, leads_to)
    assert said in outcome.message


def test_a_copy_cut_in_the_middle_leaves_the_old_file(ways: Ways, ssh_lab, do: Do, tmp_path: Path) -> None:
    """F32: the outcome is unknown, the file is whole, and the same step again fixes it."""
    source, place = tmp_path / "source", tmp_path / "place"
    source.write_bytes(os.urandom(3 * MIB))
    place.write_bytes(b"old")
    copy = step("copy", source=source, path=place)
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        over = ways(proxy)
        over.connect()
        proxy.fault = Fault("cut", after=proxy.counted["up"] + MIB)
        outcome = do(copy, over=over)
    assert (outcome.state, outcome.reason, outcome.leads_to) == (RemoteState.UNKNOWN, "TRANSFER-CUT", 10)
    assert place.read_bytes() == b"old"
    assert do(copy).state is RemoteState.SUCCEEDED
    assert place.read_bytes() == source.read_bytes()


def test_another_machine_is_sent_nothing(ways: Ways, do: Do, tmp_path: Path) -> None:
    from dataclasses import replace

    source, place = tmp_path / "source", tmp_path / "place"
    source.write_text("secret")
    over = ways()
    over.endpoint = replace(over.endpoint, machine_id="0" * 32)
    outcome = do(step("copy", source=source, path=place), over=over)
    assert (outcome.reason, outcome.leads_to, place.exists()) == ("WRONG-HOST", 12, False)


# --- trees ------------------------------------------------------------------------------------------------------------


def shape(root: Path) -> dict[str, tuple[int, str | bytes]]:
    """Return what a tree is: path to mode and content."""
    found: dict[str, tuple[int, str | bytes]] = {}
    for path in [root, *root.rglob("*")]:
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = (0, str(path.readlink()))
        else:
            content = path.read_bytes() if path.is_file() else "folder"
            found[name] = (stat.S_IMODE(path.stat().st_mode), content)
    return found


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "a b" / "deep").mkdir(parents=True)
    (root / "empty").mkdir(mode=0o711)
    (root / "a b" / "deep" / "it's $(id) ü").write_bytes(os.urandom(70_000))
    (root / "run.sh").write_text("#!/bin/sh\n")
    (root / "run.sh").chmod(0o755)
    (root / "-rf").write_text("")
    (root / ("x" * 200)).write_text("long")
    (root / "link").symlink_to("a b/deep")
    (root / "a b" / "up").symlink_to("../run.sh")
    root.chmod(0o750)
    return root


def test_a_tree_takes_the_place_of_the_old_one(do: Do, tmp_path: Path, tree: Path) -> None:
    place = tmp_path / "there"
    copy = step("copy-tree", source=tree, path=f"{place}/")
    first = do(copy)
    assert (first.state, first.message) == (RemoteState.SUCCEEDED, first.message)
    assert shape(place) == shape(tree)
    assert do(copy).reason == "UNCHANGED"
    (place / "extra").write_text("goes")
    (place / "run.sh").write_text("#!/bin/sh\nchanged\n")
    assert do(copy).reason == ""
    assert shape(place) == shape(tree)
    assert sorted(p.name for p in tmp_path.iterdir() if ".itms-" in p.name) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "run.sh").write_text("#!/bin/zh\n"),
        lambda root: (root / "run.sh").chmod(0o700),
        lambda root: (root / "empty").chmod(0o700),
        lambda root: (root / "empty").rmdir(),
        lambda root: (root / "-rf").rename(root / "other"),
        lambda root: ((root / "link").unlink(), (root / "link").symlink_to("empty")),
        lambda root: os.mkfifo(root / "pipe"),
        lambda root: root.chmod(0o700),
    ],
)
def test_every_difference_is_mended(do: Do, tmp_path: Path, tree: Path, change) -> None:
    place = tmp_path / "there"
    copy = step("copy-tree", source=tree, path=place)
    do(copy)
    change(place)
    assert do(copy).reason == ""
    assert shape(place) == shape(tree)


def test_names_that_cannot_be_compared_are_sent_again(do: Do, tmp_path: Path, tree: Path) -> None:
    (tree / "two\nlines").write_text("x")
    (tree / "back\\slash").write_text("y")
    copy = step("copy-tree", source=tree, path=tmp_path / "there")
    assert [do(copy).reason, do(copy).reason] == ["", ""]
    assert shape(tmp_path / "there") == shape(tree)


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a b/../../outside", "link/../../../outside"])
def test_a_link_that_leads_outside_is_refused(do: Do, tmp_path: Path, tree: Path, target: str) -> None:
    (tmp_path / "outside").write_text("secret")
    (tree / "escape").symlink_to(target)
    outcome = do(step("copy-tree", source=tree, path=tmp_path / "there"))
    assert (outcome.state, outcome.leads_to) == (RemoteState.FAILED, 3)
    assert "leads outside" in outcome.message
    assert not (tmp_path / "there").exists()


def test_a_pipe_is_refused(do: Do, tmp_path: Path, tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    outcome = do(step("copy-tree", source=tree, path=tmp_path / "there"))
    assert (outcome.state, "device, socket or pipe" in outcome.message) == (RemoteState.FAILED, True)


def test_what_stands_in_the_way_stays(do: Do, tmp_path: Path, tree: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for name, said in (("file", "not a folder"), ("link", "it is a link"), ("no/parent", "missing")):
        outcome = do(step("copy-tree", source=tree, path=tmp_path / name))
        assert (outcome.state, outcome.reason) == (RemoteState.FAILED, "TRANSFER-FAILED")
        assert said in outcome.message
    assert (tmp_path / "file").read_text() == "mine"
    assert list((tmp_path / "real").iterdir()) == []


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_cut_leaves_the_old_tree(ways: Ways, ssh_lab, do: Do, tmp_path: Path, share: float) -> None:
    tree, place = tmp_path / "tree", tmp_path / "there"
    for root, text in ((tree, b"new"), (place, b"old")):
        root.mkdir()
        for n in range(30):
            (root / f"{n:02}").write_bytes(text + os.urandom(60_000))
    old = shape(place)
    copy = step("copy-tree", source=tree, path=place)
    with ChaosProxy((ssh_lab.hosts[0], ssh_lab.port)) as proxy:
        over = ways(proxy)
        over.connect()
        proxy.fault = Fault("cut", after=proxy.counted["up"] + int(share * 1_800_000))
        outcome = do(copy, over=over)
    assert (outcome.state, outcome.reason) == (RemoteState.UNKNOWN, "TRANSFER-CUT")
    assert shape(place) == old
    assert do(copy).state is RemoteState.SUCCEEDED
    assert shape(place) == shape(tree)


def test_a_tree_moved_away_by_a_dead_copy_comes_back(do: Do, tmp_path: Path, tree: Path) -> None:
    """The power went between the two renames: the next copy first puts the old tree back."""
    place, kept = tmp_path / "there", tmp_path / f".itms-{'0' * 32}" / "old.there"
    kept.mkdir(parents=True)
    (kept / "old").write_text("x")
    (tree / "two\nlines").write_text("x")
    assert do(step("copy-tree", source=tree, path=place)).state is RemoteState.SUCCEEDED
    assert shape(place) == shape(tree)
    assert not kept.parent.exists()


# --- fetching ---------------------------------------------------------------------------------------------------------


def test_a_file_is_fetched_into_a_folder_of_the_computer(do: Do, tmp_path: Path) -> None:
    source, into = tmp_path / "report.txt", tmp_path / "reports"
    source.write_bytes(os.urandom(200_000))
    fetch = step("fetch", path=source, into=into)
    first, second = do(fetch), do(fetch)
    assert (first.state, first.reason, second.reason) == (RemoteState.SUCCEEDED, "", "UNCHANGED")
    place = into / "lab-001" / "report.txt"
    assert place.read_bytes() == source.read_bytes()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    source.write_bytes(b"new")
    assert do(fetch).reason == ""
    assert place.read_bytes() == b"new"
    assert [p.name for p in place.parent.iterdir()] == ["report.txt"]


def test_a_longer_file_is_not_fetched(do: Do, tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 1025)
    outcome = do(step("fetch", path=tmp_path / "long", into=tmp_path / "in", limit="1K"))
    assert (outcome.state, outcome.reason) == (RemoteState.FAILED, "TRANSFER-FAILED")
    assert not (tmp_path / "in").exists()


def test_links_in_the_way_are_not_followed(do: Do, tmp_path: Path) -> None:
    source, into, victim = tmp_path / "f", tmp_path / "in", tmp_path / "victim"
    source.write_text("theirs")
    victim.mkdir()
    (victim / "f").write_text("mine")
    into.mkdir()
    (into / "lab-001").symlink_to(victim)
    outcome = do(step("fetch", path=source, into=into))
    assert outcome.state is RemoteState.FAILED
    (into / "lab-001").unlink()
    (into / "lab-001").mkdir()
    (into / "lab-001" / "f").symlink_to(victim / "f")
    assert do(step("fetch", path=source, into=into)).state is RemoteState.SUCCEEDED
    assert (victim / "f").read_text() == "mine"
    assert (into / "lab-001" / "f").read_text() == "theirs"

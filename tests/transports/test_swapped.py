"""Root writes into a folder that an ordinary user owns, and that user swaps every name while it happens (A2).

Whatever they win, nothing of root's may change its mode, its content or its place, and a write that did not reach the
place that was asked for is no success.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from itmsctl.errors import TransferError
from itmsctl.transports.base import Credentials, Endpoint, Settings
from itmsctl.transports.local import LocalTransport
from itmsctl.transports.trees import digest, read_tree
from tests.servers import missing

# The user's program: whatever of ours appears is renamed away, and a link to root's things takes its name.
RACER = """
import os, sys
folder, goal, victim = sys.argv[1:]
os.chdir(folder)
print("ready", flush=True)
number = 0
while True:
    for name in os.listdir("."):
        if ".itms-" in name or (goal == "place" and name == "place"):
            number += 1
            try:
                os.rename(name, f"stolen-{number}")
                os.symlink(victim, name)
            except OSError:
                pass
"""

# An ordinary user cannot start the Python of root's environment.
SYSTEM_PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Ground:
    """A folder of the ordinary user inside one of root's, and what root has beside it."""

    app: Path
    secret: Path
    vault: Path

    def stands(self) -> bool:
        kept = self.vault / "tree" / "kept"
        modes = [stat.S_IMODE(p.stat().st_mode) for p in (self.secret, self.vault, self.vault / "tree")]
        return modes == [0o600, 0o700, 0o700] and self.secret.read_text() == "secret" and kept.read_text() == "kept"


@pytest.fixture
def ground() -> Iterator[Ground]:
    if os.geteuid() != 0:
        missing("root", "only root writes into folders of other users")
    root = Path(tempfile.mkdtemp(prefix="itms-swap-"))
    root.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    app, secret, vault = root / "app", root / "secret", root / "vault"
    app.mkdir()
    os.chown(app, nobody.pw_uid, nobody.pw_gid)
    secret.write_text("secret")
    secret.chmod(0o600)
    (vault / "tree").mkdir(parents=True, mode=0o700)
    vault.chmod(0o700)
    (vault / "tree" / "kept").write_text("kept")
    yield Ground(app, secret, vault)
    shutil.rmtree(root)


@pytest.fixture
def transport(tmp_path: Path) -> Iterator[LocalTransport]:
    settings = Settings(run_dir=str(tmp_path / "runs"))
    with LocalTransport(Endpoint("g", "here", ("here",)), Credentials(), settings) as opened:
        yield opened


@contextmanager
def racing(ground: Ground, goal: str, victim: Path) -> Iterator[None]:
    """Let the ordinary user swap names in their folder for as long as the block lasts."""
    group = pwd.getpwnam("nobody").pw_gid
    argv = [SYSTEM_PYTHON, "-I", "-c", RACER, str(ground.app), goal, str(victim)]
    with subprocess.Popen(
        argv, user="nobody", group=group, extra_groups=[], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize("goal", ["work", "place"])
@pytest.mark.parametrize("victim", ["secret", "vault"])
def test_no_swap_of_a_file_reaches_what_is_roots(
    ground: Ground, transport: LocalTransport, goal: str, victim: str
) -> None:
    content = os.urandom(3_000_000)
    place = ground.app / "place"
    with racing(ground, goal, getattr(ground, victim)):
        for _ in range(6):
            try:
                transport.put(content, str(place), mode=0o666)
            except TransferError:
                continue
            if goal == "work":
                assert hashlib.sha256(place.read_bytes()).digest() == hashlib.sha256(content).digest()
                assert stat.S_IMODE(place.lstat().st_mode) == 0o666
    assert ground.stands()


@pytest.mark.parametrize("goal", ["work", "place"])
def test_no_swap_of_a_tree_reaches_what_is_roots(
    ground: Ground, transport: LocalTransport, tmp_path: Path, goal: str
) -> None:
    source = tmp_path / "source"
    (source / "tree").mkdir(parents=True)
    for number in range(20):
        (source / "tree" / str(number)).write_bytes(os.urandom(50_000))
    source.chmod(0o777)
    tree, place = read_tree(source), ground.app / "place"
    with racing(ground, goal, ground.vault):
        for _ in range(6):
            try:
                transport.put_tree(tree, str(place))
            except TransferError:
                continue
            if goal == "work":
                assert digest(read_tree(place)) == digest(tree)
    assert ground.stands()


def test_a_link_of_somebody_else_on_the_way_is_not_followed(ground: Ground, transport: LocalTransport) -> None:
    (ground.app / "way").symlink_to(ground.vault)
    with pytest.raises(TransferError) as refused:
        transport.put(b"x", str(ground.app / "way" / "file"))
    assert "a link in a folder that others may write to" in refused.value.why
    assert not (ground.vault / "file").exists()


def test_a_link_of_ours_on_the_way_is(ground: Ground, transport: LocalTransport) -> None:
    (ground.app.parent / "way").symlink_to(ground.vault)
    transport.put(b"x", f"{ground.app.parent}//way/.//../vault/file")
    assert (ground.vault / "file").read_bytes() == b"x"


def test_a_link_to_a_folder_in_place_of_the_file_is_refused(ground: Ground, transport: LocalTransport) -> None:
    (ground.app / "place").symlink_to(ground.vault)
    with pytest.raises(TransferError) as refused:
        transport.put(b"x", str(ground.app / "place"))
    assert refused.value.why == "it is a folder"
    assert sorted(p.name for p in ground.vault.iterdir()) == ["tree"]
    assert [p.name for p in ground.app.iterdir()] == ["place"]


def test_the_folder_of_a_user_is_written_where_nobody_interferes(ground: Ground, transport: LocalTransport) -> None:
    transport.put(b"x", str(ground.app / "place"), mode=0o640)
    assert (ground.app / "place").read_bytes() == b"x"
    assert [p.name for p in ground.app.iterdir()] == ["place"]

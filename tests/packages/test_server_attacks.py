"""The attacks PS1 to PS10 of a package server, as people meet them.

One of them: `pytest tests/packages/test_server_attacks.py -k ps5_`. Each is shown twice. Where another source is good,
it is used: the command ends with 0, says which server was left out, and `doctor` has a finding. Where none is good,
nothing runs, and the command ends with 14 or 9 and says why. It is files and servers that are attacked: one database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from itmsctl.cmdb.store import Store
from itmsctl.packages.trust.envelope import opened, sealed
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from tests.conftest import FrozenClock, Result
from tests.packages.conftest import Fleet
from tests.packages.test_trust_commands import catalogue, people, trust
from tests.packages.web import Manner, web
from tests.servers.machine import Machine

__all__ = ["people"]
pytestmark = pytest.mark.parametrize("db", ["sqlite"], indirect=True)

SIZE = 300_000


@dataclass
class Pushed:
    """Two package servers over web servers, a computer that takes `tool` from them, and what it installed."""

    fleet: Fleet
    folder: Path
    roots: list[Path]
    digest: str = ""

    def __call__(self, *more: str) -> Result:
        """Push, and forget before that it was installed; what it ran from leaves the cache."""
        self.mark.unlink(missing_ok=True)
        way = ("--where", "name = 'pc1'", "--transport", "local", "--from-servers", "--cache", f"{self.folder}/cache")
        return self.fleet.run("package", "push", "tool", *way, *(more or ("--keep", "0")), "-o", "ndjson")

    @property
    def mark(self) -> Path:
        """Return what the package leaves behind where its program ran."""
        return self.folder / "installed"

    def file(self, root: Path, name: str = "data") -> Path:
        """Return a file of the copy in the folder of a server."""
        return root / self.digest / name

    def objects(self) -> list[Path]:
        """Return the files of the library that are as large as `data`."""
        found = [path for path in self.folder.rglob("library/objects/*/*") if path.is_file()]
        return [path for path in found if path.stat().st_size >= SIZE]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as held:
        yield held


@pytest.fixture
def push(fleet: Fleet, local: Callable[..., None], tmp_path: Path, stack: ExitStack) -> Callable[..., Pushed]:
    """Make it: `push("flip", "good")` says how each server answers; the first may be a machine of its own."""

    def make(*manners: Manner, first: Machine | None = None) -> Pushed:
        content = tmp_path / "content"
        content.mkdir()
        (content / "in.sh").write_text(f"true >{tmp_path}/installed\n")
        (content / "data").write_bytes(b"a" * SIZE)
        (content / "uninstaller").write_bytes(b"b" * SIZE)
        fleet.ok("package", "import", str(content), "--name", "tool", "--detect", f"file {tmp_path}/installed")
        fleet.ok("package", "program", "tool", "install", "--linux", "sh in.sh")
        made = Pushed(fleet, tmp_path, [])
        for number, manner in enumerate(manners):
            machine = first if number == 0 else None
            host, port = (machine.host, machine.port) if machine else (None, None)
            made.roots.append(fleet.add(number, host=host, port=port))
            url, _ = stack.enter_context(web(made.roots[-1], manner))
            fleet.ok("server", "set", f"s{number + 1}", "--url", url)
            way = fleet.way if machine is None else ("--key", str(machine.key), "--accept-new")
            fleet.ok("package", "distribute", "tool", "--to", f"s{number + 1}", *way)
        local("pc1")
        made.digest = str(fleet.ok("package", "show", "tool", "-o", "json").json["manifest"])
        return made

    return make


def flip(*paths: Path) -> None:
    """Change one bit in the middle of files."""
    for path in paths:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.chmod(0o600)
        path.write_bytes(data)


def assert_another_is_used(made: Pushed, *words: str) -> None:
    """The other source is taken, with a warning in the result, and a finding."""
    done = made()
    line = done.lines[0]
    assert (done.code, line["state"], made.mark.exists()) == (0, "succeeded", True), done.out + done.err
    assert all(word in line["message"] for word in ("s1", *words)), line["message"]
    assert "server `s1`" in made.fleet.run("doctor", "-o", "json").out
    assert made.fleet.states()["s1"] == "doubted"


def assert_nothing_ran(made: Pushed, code: str) -> None:
    """No source is good, the library neither."""
    made.mark.unlink(missing_ok=True)
    done = made()
    assert (done.code, done.lines[0]["state"], done.lines[0]["reason"]) == (14, "failed", code), done.out + done.err
    assert "want " in done.lines[0]["message"]
    assert not made.mark.exists()


def test_ps1_a_flipped_byte(push: Callable[..., Pushed]) -> None:
    made = push("good", "good")
    flip(made.file(made.roots[0]))
    assert_another_is_used(made, "PKG-HASH-MISMATCH")
    flip(made.file(made.roots[1]), *made.objects())
    assert_nothing_ran(made, "PKG-HASH-MISMATCH")


def test_ps5_endless_data(push: Callable[..., Pushed]) -> None:
    made = push("long", "good")
    assert_another_is_used(made, "PKG-TOO-LONG")
    flip(made.file(made.roots[1]), *made.objects())
    assert_nothing_ran(made, "PKG-HASH-MISMATCH")


def test_ps6_right_bytes_under_a_wrong_name(push: Callable[..., Pushed]) -> None:
    made = push("good", "good")

    def swap(one: Path, other: Path) -> None:
        data = one.read_bytes(), other.read_bytes()
        for path, bytes_ in ((one, data[1]), (other, data[0])):
            path.chmod(0o600)
            path.write_bytes(bytes_)

    swap(made.file(made.roots[0]), made.file(made.roots[0], "uninstaller"))
    assert_another_is_used(made, "PKG-HASH-MISMATCH")
    swap(made.file(made.roots[1]), made.file(made.roots[1], "uninstaller"))
    swap(*made.objects())
    assert_nothing_ran(made, "PKG-HASH-MISMATCH")


def test_ps8_a_server_that_lies_of_its_digests(push: Callable[..., Pushed], tmp_path: Path, stack: ExitStack) -> None:
    liar = Machine(tmp_path / "liar")
    stack.callback(liar.stop)
    liar.start()
    made = push("good", "good", first=liar)
    right = hashlib.sha256(made.file(made.roots[0]).read_bytes()).hexdigest()
    flip(made.file(made.roots[0]))
    wrong = hashlib.sha256(made.file(made.roots[0]).read_bytes()).hexdigest()
    liar.fake("sha256sum", f'/usr/bin/sha256sum "$@" | sed "s/{wrong}/{right}/"')
    asked = ("package", "verify", "tool", "--to", "s1", "--key", str(liar.key), "--accept-new")
    assert made.fleet.run(*asked).code == 0
    assert made.fleet.states()["s1"] == "ready"
    found = made.fleet.run(*asked, "--read-back")
    assert (found.code, "data" in found.out + found.err) == (14, True)
    assert made.fleet.states() == {"s1": "corrupt", "s2": "ready"}
    assert "corrupt on server `s1`" in made.fleet.run("doctor", "-o", "json").out
    done = made()
    assert (done.code, "s1" in done.lines[0]["message"], made.mark.exists()) == (0, False, True), "it is asked no more"
    flip(made.file(made.roots[1]), *made.objects())
    assert_nothing_ran(made, "PKG-HASH-MISMATCH")


def test_ps9_a_swap_between_the_check_and_the_program(push: Callable[..., Pushed]) -> None:
    made = push("good")
    staged = made("--stage")
    assert (staged.code, made.mark.exists()) == (0, False)
    flip(made.file(made.roots[0]))
    ran = made("--keep", "1d")
    assert (ran.code, made.mark.exists()) == (0, True), "what was checked there runs, whatever the server has now"
    flip(made.folder / "cache" / made.digest / "data", *made.objects())
    assert_nothing_ran(made, "PKG-HASH-MISMATCH")


# --- what is served of the catalogue ----------------------------------------------------------------------------------


def assert_refused(made: Pushed, code: str, *words: str, status: int = 14) -> None:
    """Nothing is sent, and the command says why."""
    done = made()
    assert done.code == status, done.out + done.err
    assert code in done.err, done.err
    assert all(word in done.err for word in words), done.err
    assert not made.mark.exists()


def test_ps2_an_old_catalogue(push: Callable[..., Pushed], environment: dict[str, str], db: str) -> None:
    made = push()
    folder = catalogue(environment, db)
    old = {path.name: path.read_bytes() for path in folder.iterdir()}
    made.fleet.ok("package", "program", "tool", "repair", "--linux", "true")
    new, marks = {path.name: path.read_bytes() for path in folder.iterdir()}, trust(environment).read_bytes()
    for name, data in old.items():
        (folder / name).write_bytes(data)
    assert_refused(made, "CATALOG-ROLLBACK", "offered=", "trusted=")
    assert trust(environment).read_bytes() == marks
    for name, data in new.items():
        (folder / name).write_bytes(data)
    assert (made().code, made.mark.exists()) == (0, True)


def test_ps3_a_catalogue_that_is_held_back(push: Callable[..., Pushed], clock: FrozenClock) -> None:
    made = push()
    clock.forward(days=180)
    assert_refused(made, "CATALOG-EXPIRED", "2026-07-04")
    made.fleet.ok("package-catalogue", "renew")
    assert (made().code, made.mark.exists()) == (0, True)
    clock.forward(days=-365)
    made.mark.unlink()
    assert_refused(made, "CLOCK-BEHIND")


def test_ps4_a_manifest_of_another_version(push: Callable[..., Pushed], store: Store) -> None:
    made = push()
    now = made.fleet.ok("package", "show", "tool", "-o", "json").json["content_revision"]

    def say(revision: int) -> None:
        with store.engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE package SET content_revision = {revision} WHERE name = 'tool'"))

    say(now + 1)
    assert_refused(made, "MANIFEST-NOT-IN-CATALOG")
    say(now)
    assert (made().code, made.mark.exists()) == (0, True)


def test_ps7_a_version_that_is_driven_up_with_a_stolen_key(
    push: Callable[..., Pushed], environment: dict[str, str], db: str
) -> None:
    made = push()
    key = Path(environment["XDG_DATA_HOME"]) / "itmsctl" / "keys" / "packages.key"
    private = load_ssh_private_key(key.read_bytes(), None)
    thief = SigningKey(VerifyKey(private.public_key().public_bytes_raw()), private.sign)  # type: ignore[union-attr, arg-type]
    path = catalogue(environment, db) / "timestamp.json"
    record = opened(path.read_bytes(), "timestamp", "timestamp.json").record()
    good = path.read_bytes()
    path.write_bytes(sealed(replace(record, version=2**62), [thief]))
    assert_refused(made, "CATALOG-VERSION-JUMP")
    path.write_bytes(good)
    made.fleet.ok("package-key", "rotate", "packages")
    assert (made().code, made.mark.exists()) == (0, True)
    path.write_bytes(sealed(replace(record, version=5000), [thief]))
    made.mark.unlink()
    assert_refused(made, "CATALOG-SIGNATURE")


def test_ps10_what_nobody_else_has_published(push: Callable[..., Pushed], people: Callable[[str], None]) -> None:
    made = push()
    fleet = made.fleet
    people("ann")
    fleet.ok("package-catalogue", "set", "--approval", "people")
    (made.folder / "content" / "data").write_bytes(b"c" * SIZE)
    fleet.ok("package", "import", str(made.folder / "content"), "--name", "tool")
    assert_refused(made, "PKG-NOT-PUBLISHED", status=9)
    own = fleet.run("package", "approve", "tool")
    assert (own.code, "NEEDS-SECOND-APPROVER" in own.err) == (9, True), own.err
    people("ben")
    fleet.ok("package", "approve", "tool")
    fleet.ok("package", "publish", "tool")
    assert (made().code, made.mark.exists()) == (0, True)

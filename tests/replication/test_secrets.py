"""Credentials of a child's sites: sealed for that child's key alone, so that nobody else opens them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.errors import VaultTamperedError
from itmsctl.security.sealed_for import open_sealed, seal_for
from itmsctl.security.service import take
from itmsctl.security.service.unlocking import Unlocking, random
from tests.conftest import FrozenClock, Result, Run

WORDS = {"rome": "romulus-and-remus-1", "oslo": "the-fjord-is-cold-2"}
WAITS = sa.text("SELECT sealed FROM arrived_secret")


@pytest.fixture
def phrase(tmp_path: Path) -> list[str]:
    return ["--passphrase-file", _file(tmp_path / "phrase", "a long enough passphrase")]


def _file(path: Path, text: str) -> str:
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


@pytest.fixture
def opened(environment: dict[str, str], clock: FrozenClock) -> Callable[[str], Store]:
    """Return what opens a CMDB as the commands of the test do."""
    state = Path(environment["XDG_STATE_HOME"]) / "itmsctl"
    return lambda url: open_store(place_of(url), clock=clock, actor=Actor("tester", "test"), state_folder=state)


@contextmanager
def _closing(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.close()


def _head(bare_run: Run, tmp_path: Path, phrase: list[str], children: dict[str, str]) -> Callable[..., Result]:
    """Return a parent with children, a site and a credential of each, and one credential for everywhere."""

    def head(*words: str) -> Result:
        result = bare_run("--db", str(tmp_path / "head.sqlite"), *words)
        assert result.code == 0, (words, result.err)
        return result

    head("hierarchy", "init", "head")
    head("vault", "init", *phrase)
    everywhere = _file(tmp_path / "secret-all", "good-for-everything-3")
    head("credential", "add", "everywhere", "--kind", "password", "--secret-file", everywhere, *phrase)
    for name, url in children.items():
        head("site", "add", name)
        head("hierarchy", "add-child", name, "--db", url)
        head("management-server", "set", name, "--manages", name)
        secret = ("--secret-file", _file(tmp_path / f"secret-{name}", WORDS[name]), *phrase)
        head("credential", "add", f"{name}-login", "--kind", "password", "--user", "ops", "--site", name, *secret)
    return head


def test_a_child_opens_what_is_for_it_and_nothing_else(
    ok: Run, run: Run, bare_run: Run, db: str, tmp_path: Path, phrase: list[str], opened: Callable[[str], Store]
) -> None:
    oslo = str(tmp_path / "oslo.sqlite")
    head = _head(bare_run, tmp_path, phrase, {"rome": db, "oslo": oslo})
    planned = head("replication", "run", "--to", "rome", "--dry-run", "--json").json
    why = {row["name"]: row["why"] for row in planned if row["kind"] == "credential"}
    assert "nobody opened the vault" in why["rome-login"]
    assert why["oslo-login"] == why["everywhere"] == "its scope is not sites that `rome` manages (CH2)"
    head("replication", "run")
    assert ok("credential", "list", "-o", "name").out == ""
    head("replication", "run", *phrase)
    assert ok("credential", "list", "-o", "name").out == "rome-login\n"
    ok("vault", "init", *phrase)
    # the attack: oslo's sealed secret in rome's database, under the credential that rome has, with rome's key at hand
    with closing(sqlite3.connect(oslo)) as connection:
        stolen = connection.execute(str(WAITS)).fetchone()[0]
    with _closing(opened(db)) as rome:
        with rome.read() as reader:
            mine = str(reader.scalar(WAITS))
        assert WORDS["rome"] not in mine
        _put_sealed(rome, stolen)
        with pytest.raises(VaultTamperedError, match="key of this server"):
            take(rome, ["rome-login"], Unlocking(phrase[1]))
        _put_sealed(rome, mine)
        for _ in range(2):  # as it came, then from the vault
            assert take(rome, ["rome-login"], Unlocking(phrase[1])).password == WORDS["rome"]
        with rome.read() as reader:
            assert reader.scalar(WAITS) is None
    files = (path for path in tmp_path.rglob("*") if path.is_file() and path.parent != tmp_path)
    databases = (path for path in tmp_path.glob("*.sqlite*"))
    lying = b"".join(path.read_bytes() for path in (*files, *databases))
    assert [word for word in (*WORDS.values(), "good-for-everything-3") if word.encode() in lying] == []
    # it is the parent's: locked here, complete each time, gone with its scope
    assert run("credential", "set", "rome-login", "--user", "me").code == 9
    head("credential", "rotate", "rome-login", "--secret-file", _file(tmp_path / "next", "aeneas-comes-too-4"), *phrase)
    head("replication", "run")
    assert ok("credential", "show", "rome-login", "-o", "json").json["version"] == 1
    head("replication", "run", *phrase)
    with _closing(opened(db)) as rome:
        assert take(rome, ["rome-login"], Unlocking(phrase[1])).password == "aeneas-comes-too-4"
    head("credential", "set", "rome-login", "--site", "oslo")
    head("replication", "run", *phrase)
    assert ok("credential", "list", "-o", "name").out == ""
    ok("audit", "verify")


def _put_sealed(store: Store, sealed: str) -> None:
    with store.engine.connect().execution_options(itms_write=True) as connection:
        connection.execute(sa.text("UPDATE arrived_secret SET sealed = :s"), {"s": sealed})
        connection.commit()


@given(st.binary(max_size=2000), st.binary(max_size=50), st.integers(0, 10_000), st.integers(1, 255))
def test_only_the_right_key_place_and_bytes_open(secret: bytes, place: bytes, at: int, flip: int) -> None:
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    seed, secret = key.private_bytes_raw(), secret.rstrip(b" ")
    sealed = seal_for(key.public_key().public_bytes_raw(), secret, place, random)
    assert open_sealed(seed, sealed, place) == secret
    assert open_sealed(other.private_bytes_raw(), sealed, place) is None
    assert open_sealed(seed, sealed, place + b"x") is None
    damaged = bytearray(sealed)
    damaged[at % len(damaged)] ^= flip
    assert open_sealed(seed, bytes(damaged), place) is None


@pytest.mark.parametrize("bad", [b"", b"x" * 31, (1).to_bytes(32, "little")], ids=["none", "short", "identity"])
def test_a_key_that_is_none_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match="key of Ed25519"):
        seal_for(bad, b"s", b"", random)

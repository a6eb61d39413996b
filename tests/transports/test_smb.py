"""SMB against real Samba: the contract for files, and servers that leave out what is required of them."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from itmsctl.errors import (
    AuthFailedError,
    HostNotSmbError,
    InputError,
    ItmsError,
    NoShareError,
    SmbGuestError,
    SmbUnencryptedError,
    SmbUnsignedError,
    TransferCutError,
    TransferError,
    UnreachableError,
    UsageError,
)
from itmsctl.transports.base import Credentials, RemoteState, Settings
from itmsctl.transports.smb import SmbTransport
from itmsctl.transports.smb_paths import share_path
from itmsctl.transports.smb_put import PIECE
from itmsctl.transports.trees import digest, read_tree
from tests.servers.samba import LAX, USER, Samba
from tests.servers.smb_between import Between, refusal_in_clear, unsigned_welcome
from tests.transports.contract import FileContract, Open, script


class TestSmb(FileContract):
    keeps_modes = keeps_links = tells_host = False

    @pytest.fixture
    def open_to(self, samba: Samba) -> Iterator[Open]:
        with ExitStack() as stack:

            def make(**options: Any) -> SmbTransport:
                way = SmbTransport(samba.endpoint(), samba.credentials(), Settings(**options))
                return stack.enter_context(way)

            yield make

    @pytest.mark.parametrize("name", ["a b  c.txt", "Zoë Ångström.txt", "🗂 données 测试.bin", "it's $HOME & %TEMP%"])
    def test_names_of_people(self, open_to: Open, tmp_path: Path, name: str) -> None:
        transport, inside = open_to(), str(tmp_path).split("/", 2)[2]
        folder = tmp_path / name
        folder.mkdir()
        assert transport.put(b"x" * 9, f"/Zoë 🗂/{inside}/{name}/{name}") == 9
        assert (folder / name).read_bytes() == b"x" * 9
        assert transport.get(str(folder / name), limit_bytes=9) == b"x" * 9
        tree = read_tree(folder)
        transport.put_tree(tree, str(tmp_path / f"{name}2"))
        assert transport.look("tree", str(tmp_path / f"{name}2")).sha256 == digest(tree, modes=False)

    def test_it_starts_no_programs_and_says_so(self, open_to: Open) -> None:
        outcome = open_to().run(script("true"))
        assert (outcome.state, outcome.reason) == (RemoteState.NEVER_STARTED, "NO-COMMANDS")
        assert "--os-family windows" in outcome.hint
        assert "--transport ssh" in outcome.hint

    def test_what_was_agreed_is_told(self, open_to: Open) -> None:
        made = open_to().connect()
        assert made.auth_method == "ntlm"
        assert dict(made.algorithms)["dialect"] == "3.1.1"
        assert "aes-128-gcm" in dict(made.algorithms)["cipher"]

    def test_nothing_is_left_open(self, open_to: Open, tmp_path: Path) -> None:
        transport = open_to()
        transport.put(b"x", str(tmp_path / "x"))
        before, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
        for _ in range(5):
            transport.close()
            transport.put(b"x", str(tmp_path / "x"))
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        assert threading.active_count() == threads

    def test_the_old_file_stays_where_the_new_one_cannot_be_put(self, open_to: Open, tmp_path: Path) -> None:
        (tmp_path / "place").write_bytes(b"old")
        (tmp_path / "gone").write_bytes(b"new" * 10)

        with pytest.raises(TransferError) as caught:
            open_to().put(b"x", str(tmp_path))
        assert caught.value.why in {"it is a folder", "something of that name is there"}
        with pytest.raises(InputError, match="cannot be read"):
            open_to().put(tmp_path / "none", str(tmp_path / "place"))
        assert (tmp_path / "place").read_bytes() == b"old"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["gone", "place"]

    def test_a_tree_that_would_not_be_the_same_is_refused(self, open_to: Open, tmp_path: Path) -> None:
        for n, (first, second) in enumerate([("a", "A"), ("x:y", "b"), ("con", "c"), ("dot.", "d")]):
            source = tmp_path / str(n)
            source.mkdir()
            (source / first).touch()
            (source / second).touch()
            with pytest.raises(InputError, match=r"one name there|cannot be a name"):
                open_to().put_tree(read_tree(source), str(tmp_path / "place"))
        linked = tmp_path / "linked"
        linked.mkdir()
        (linked / "l").symlink_to(".")
        with pytest.raises(InputError, match="is a link"):
            open_to().put_tree(read_tree(linked), str(tmp_path / "place"))
        assert not (tmp_path / "place").exists()


# --- a long file, by the piece ----------------------------------------------------------------------------------------


@pytest.fixture
def between() -> Iterator[Callable[..., Between]]:
    with ExitStack() as stack:

        def make(port: int, **options: Any) -> Between:
            made = Between(port, **options)
            stack.callback(made.stop)
            return made

        yield make


def _way(samba: Samba, port: int | None = None, **settings: Any) -> SmbTransport:
    return SmbTransport(samba.endpoint(port=port), samba.credentials(), Settings(**settings))


def test_only_what_is_missing_is_sent_again(samba: Samba, between: Callable[..., Between], tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "out" / "place"
    place.parent.mkdir()
    place.write_bytes(b"old")
    data = os.urandom(5 * PIECE + 12_345)
    source.write_bytes(data)
    first = between(samba.port, cut_after=3 * PIECE + PIECE // 2)
    with _way(samba, first.port) as way, pytest.raises(TransferCutError):
        way.put(source, str(place))
    assert place.read_bytes() == b"old"
    left = next(path for path in place.parent.iterdir() if path != place)
    assert left.stat().st_size >= 2 * PIECE
    # A piece that was changed meanwhile, and all after it, is sent again.
    second = between(samba.port)
    with _way(samba, second.port) as way:
        assert way.put(source, str(place)) == len(data)
    assert place.read_bytes() == data
    assert second.sent < len(data) - 2 * PIECE + 200_000
    assert list(place.parent.iterdir()) == [place]


def test_what_was_left_is_compared_before_it_counts(
    samba: Samba, between: Callable[..., Between], tmp_path: Path
) -> None:
    source, place = tmp_path / "source", tmp_path / "out" / "place"
    place.parent.mkdir()
    source.write_bytes(data := os.urandom(3 * PIECE))
    first = between(samba.port, cut_after=2 * PIECE + PIECE // 2)
    with _way(samba, first.port) as way, pytest.raises(TransferCutError):
        way.put(source, str(place))
    left = next(iter(place.parent.iterdir()))
    with left.open("r+b") as file:
        file.seek(100)
        file.write(b"flipped")
        file.seek(4 * PIECE)  # and longer than it may be
        file.write(b"more")
    with _way(samba) as way:
        way.put(source, str(place))
    assert place.read_bytes() == data
    assert list(place.parent.iterdir()) == [place]


def test_what_another_content_left_is_swept_away(samba: Samba, between: Callable[..., Between], tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "out" / "place"
    place.parent.mkdir()
    (place.parent / "keep.part").write_bytes(b"somebody else's")
    source.write_bytes(os.urandom(2 * PIECE))
    with _way(samba, between(samba.port, cut_after=PIECE).port) as way, pytest.raises(TransferCutError):
        way.put(source, str(place))
    assert len(list(place.parent.iterdir())) == 2
    with _way(samba) as way:
        way.put(b"short", str(place))
    assert sorted(path.name for path in place.parent.iterdir()) == ["keep.part", "place"]


def test_naught_is_not_sent(samba: Samba, between: Callable[..., Between], tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "place"
    with source.open("wb") as file:
        file.write(b"begin")
        file.truncate(64 * 1024 * 1024 + 7)
    relay = between(samba.port)
    with _way(samba, relay.port) as way:
        way.put(source, str(place))
        assert way.look("file", str(place)).sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert place.stat().st_size == 64 * 1024 * 1024 + 7
    assert relay.sent < 2 * PIECE


def test_two_send_the_same_at_once(samba: Samba, tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "out" / "place"
    place.parent.mkdir()
    source.write_bytes(os.urandom(3 * PIECE))

    def send(_: int) -> int:
        with _way(samba) as way:
            return way.put(source, str(place))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == [3 * PIECE] * 4
    assert place.read_bytes() == source.read_bytes()
    assert list(place.parent.iterdir()) == [place]


def test_a_folder_whose_place_was_left_empty_comes_back_first(samba: Samba, tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "place"
    source.mkdir()
    (source / "new").write_bytes(b"new")
    with _way(samba) as way:
        way.put_tree(read_tree(source), str(place))
        from itmsctl.transports.smb_paths import mark

        place.rename(tmp_path / f"{mark(share_path(str(place)))}0123456789abcdef.old")
        with pytest.raises(InputError):
            way.put_tree(replace(read_tree(source), entries=(*read_tree(source).entries[:1],)), "/")
        (source / "new").write_bytes(b"newer")
        way.put_tree(read_tree(source), str(place))
    assert (place / "new").read_bytes() == b"newer"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["place", "source"]


# --- servers that are not as they should be, each told apart ----------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "password", "path", "error", "status", "words"),
    [
        (USER, "wrong", "/tmp/x", AuthFailedError, 8, "user or password"),
        ("nobody-here", None, "/tmp/x", AuthFailedError, 8, "refused the login of nobody-here"),
        (USER, None, "/nowhere/x", NoShareError, 8, "no share `nowhere`"),
        (USER, None, "/forbidden/x", TransferError, 8, "no right"),
        (USER, None, "/tmp/itms/none/x", TransferError, 8, "no such file"),
    ],
)
def test_each_refusal_has_its_own_error(
    samba: Samba, user: str, password: str | None, path: str, error: type[ItmsError], status: int, words: str
) -> None:
    credentials = samba.credentials() if password is None else Credentials(password=password)
    with SmbTransport(samba.endpoint(user=user), credentials) as way, pytest.raises(error) as caught:
        way.get(path, limit_bytes=10)
    assert (type(caught.value), caught.value.exit_status) == (error, status)
    assert words in f"{caught.value.message} {caught.value.why}"


@pytest.mark.parametrize(
    ("lax", "user", "error", "words"),
    [
        ("unencrypted", USER, SmbUnencryptedError, "switched off"),
        ("old", USER, SmbUnencryptedError, "SMB 2.1 at best"),
        ("guest", "nobody-here", SmbGuestError, "took nobody-here for a guest"),
    ],
)
def test_lax_servers_are_told_apart(tmp_path: Path, lax: str, user: str, error: type[ItmsError], words: str) -> None:
    server = Samba({"data": tmp_path}, LAX[lax])
    try:
        with SmbTransport(server.endpoint(user=user), server.credentials()) as way, pytest.raises(error) as caught:
            way.put(b"secret", "/data/x")
        assert caught.value.exit_status == 12
        assert words in f"{caught.value.message} {caught.value.why}"
        if lax == "guest":  # who is known there is let in as himself, encrypted
            with SmbTransport(server.endpoint(), server.credentials()) as way:
                way.put(b"fine", "/data/y")
    finally:
        server.stop()
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "change", [{"answered": unsigned_welcome}, {"asked": refusal_in_clear}], ids=["welcome", "answer"]
)
def test_an_answer_that_nobody_signed_ends_it(
    samba: Samba, between: Callable[..., Between], change: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "x").write_bytes(b"x")
    with _way(samba, between(samba.port, **change).port) as way, pytest.raises(SmbUnsignedError) as caught:
        way.get(str(tmp_path / "x"), limit_bytes=10)
    assert caught.value.exit_status == 12


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        struct.pack(">I", 0x00FFFFFF) + b"\xfeSMB" + bytes(100),
        struct.pack(">I", 70) + b"\xfeSMB" + bytes(66),
        struct.pack(">I", 64) + bytes(range(64)),
        b"",
    ],
    ids=["ssh", "too-long", "torn", "noise", "nothing"],
)
def test_what_is_no_smb_server_is_known_soon(samba: Samba, said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with suppress(OSError), closing(listener.accept()[0]) as peer:
                peer.recv(1000)
                peer.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        begin = time.monotonic()
        with _way(samba, listener.getsockname()[1], connect_s=3.0) as way, pytest.raises(UnreachableError) as caught:
            way.connect()
        thread.join()
    assert isinstance(caught.value, HostNotSmbError)
    assert time.monotonic() - begin < 15


def test_a_server_that_falls_silent_holds_nobody(samba: Samba) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        begin = time.monotonic()
        with _way(samba, listener.getsockname()[1], connect_s=1.5) as way, pytest.raises(UnreachableError) as caught:
            way.connect()
    assert caught.value.code == "TIMED-OUT"
    assert time.monotonic() - begin < 12


def test_without_the_library_it_is_said_how_to_get_it(samba: Samba, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smbprotocol", None)
    with _way(samba) as way, pytest.raises(UsageError) as caught:
        way.connect()
    assert "itmsctl[smb]" in caught.value.hint


def test_a_file_to_fifty_shares_at_once(tmp_path: Path) -> None:
    shares = {f"site{n:02}": tmp_path / f"s{n:02}" for n in range(50)}
    for folder in shares.values():
        folder.mkdir()
    (tmp_path / "package").write_bytes(data := os.urandom(300_000))
    server = Samba(shares)

    def send(share: str) -> str | None:
        with SmbTransport(server.endpoint(name=share), server.credentials(), Settings(connect_s=60.0)) as way:
            way.put(tmp_path / "package", f"/{share}/package")
            return way.look("file", f"/{share}/package").sha256

    try:
        with ThreadPoolExecutor(50) as pool:
            found = set(pool.map(send, shares))
    finally:
        server.stop()
    assert found == {hashlib.sha256(data).hexdigest()}
    assert all((folder / "package").read_bytes() == data for folder in shares.values())


# --- paths, pure ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "share", "inside"),
    [
        ("/data/a/b", "data", "a\\b"),
        ("/data", "data", ""),
        ("/data//a/", "data", "a"),
        ("C:\\Program Files\\x", "C$", "Program Files\\x"),
        ("d:/x/y", "D$", "x\\y"),
        ("/ADMIN$/Temp/ü 🗂", "ADMIN$", "Temp\\ü 🗂"),
    ],
)
def test_paths(path: str, share: str, inside: str) -> None:
    found = share_path(path)
    assert (found.share, found.inside) == (share, inside)


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "relative", "//server/share/x", "C:x", "/data/..", "/data/../x", "/data/a\\b", "/data/a:b", "/data/x.",
        "/data/x ", "/data/NUL", "/data/com1.txt", "/data/a\nb", "/data/a\0b", "/data/" + "x" * 256, "/data/\udcff",
        "/a*b/x",
    ],
)  # fmt: skip
def test_paths_that_cannot_be(path: str) -> None:
    with pytest.raises(InputError):
        share_path(path)

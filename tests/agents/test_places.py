"""Where agents read and tell: folders, a web server, an SFTP server; within bounds, and nothing is lost."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from itmsctl.agents.endpoint.posting import PostError, post
from itmsctl.agents.endpoint.reading import SourceError, read
from tests.servers.machine import Machine, machine

__all__ = ["machine"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def published(tmp_path: Path) -> Path:
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.policy").write_bytes(b"said")
    return tmp_path


@pytest.fixture(params=["folder", "web"])
def source(request: pytest.FixtureRequest, published: Path) -> Iterator[str]:
    if request.param == "folder":
        yield str(published)
        return
    handler = functools.partial(_Quiet, directory=str(published))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_file_is_read_once(source: str, published: Path) -> None:
    first = read(source, "agents/a.policy", 100)
    assert (first.data, first.same) == (b"said", False)
    assert read(source, "agents/a.policy", 100, first.tag).same
    (published / "agents" / "a.policy").write_bytes(b"said more")
    os.utime(published / "agents" / "a.policy", (2_000_000_000, 2_000_000_000))
    assert read(source, "agents/a.policy", 100, first.tag).data == b"said more"
    assert read(source, "agents/b.policy", 100).data is None
    with pytest.raises(SourceError):
        read(source, "agents/a.policy", 3)


def test_what_is_no_file_is_not_read(published: Path) -> None:
    os.mkfifo(published / "agents" / "pipe")
    for name in ("agents/pipe", "agents"):
        with pytest.raises(SourceError):
            read(str(published), name, 100)
    for away in (str(published / "gone"), "http://127.0.0.1:9"):
        with pytest.raises(SourceError):
            read(away, "agents/a.policy", 100)


def test_events_are_put_into_a_folder_of_an_sftp_server_in_their_order(machine: Machine, tmp_path: Path) -> None:
    outbox, inbox = tmp_path / "outbox", tmp_path / "in box"
    outbox.mkdir()
    inbox.mkdir()
    names = [f"{'a' * 32}-0000000{number}.event" for number in (1, 2)]
    for name in names:
        (outbox / name).write_text(name)
    known = tmp_path / "known_hosts"
    known.write_text(f"[{machine.host}]:{machine.port} {(machine.folder / 'host_key.pub').read_text()}")
    ways = {"key": str(machine.key), "known_hosts": str(known)}
    place = f"sftp://root@{machine.host}:{machine.port}"
    machine.start()
    with pytest.raises(PostError):
        post(f"{place}/{tmp_path}/not there", str(outbox), names, ways)
    assert sorted(path.name for path in outbox.iterdir()) == names
    assert post(f"{place}/{inbox}", str(outbox), names, ways) == 2
    assert (sorted(path.name for path in inbox.iterdir()), list(outbox.iterdir())) == (names, [])
    known.write_text("")
    (outbox / names[0]).write_text("again")
    with pytest.raises(PostError, match="ost key"):  # a server that is not known is told nothing
        post(f"{place}/{inbox}", str(outbox), names[:1], ways)

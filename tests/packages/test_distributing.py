"""Packages copied to real package servers over SSH: whole, read back, resumed, and never seen half."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.packages.rows import copies
from itmsctl.packages.service.copy_states import claim, told_corrupt
from itmsctl.packages.service.distributing import distribution
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.tasks.service.processes import this_process
from tests.packages.conftest import Fleet
from tests.servers.machine import Machine


class _Quiet(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Send a file, or the range of it that was asked for."""
        path, asked = Path(self.translate_path(self.path)), self.headers.get("Range")
        if asked is None or not path.is_file():
            super().do_GET()
            return
        begin, _, end = asked.removeprefix("bytes=").partition("-")
        part = path.read_bytes()[int(begin) : int(end) + 1]
        self.send_response(206)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder over HTTP; yield its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _visible(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if not path.name.startswith("."))


def test_a_package_goes_to_all_servers_once_and_is_ready(fleet: Fleet) -> None:
    roots = [fleet.add(0), fleet.add(1)]
    digest = fleet.package()
    assert fleet.states() == {"s1": "pending", "s2": "pending"}
    result = fleet.run("package", "distribute", "tool", *fleet.way)
    assert result.code == 0, result.err
    assert fleet.states() == {"s1": "ready", "s2": "ready"}
    for root in roots:
        assert _visible(root) == [digest, f"{digest}.json"]
        assert (root / digest / "sub dir" / "ünï 'q'.txt").read_bytes() == b"small\n"
        assert (root / digest / "empty").stat().st_size == 0
    rows = fleet.ok("package", "servers", "tool", "-o", "json").json
    assert [row["sent_bytes"] for row in rows] == [9_000_006, 9_000_006]
    again = fleet.run("package", "distribute", "tool", *fleet.way, "-o", "json")
    assert again.code == 0
    assert "there already" in again.out


def test_what_is_damaged_is_taken_out_of_sight_and_mended_by_its_piece(fleet: Fleet) -> None:
    root = fleet.add(0)
    digest = fleet.package()
    fleet.ok("package", "distribute", "tool", *fleet.way)
    with (root / digest / "big.bin").open("r+b") as file:
        file.seek(5_000_000)
        file.write(b"!")
    claimed = fleet.run("package", "verify", "tool", *fleet.way)
    assert claimed.code == 14
    assert "big.bin" in claimed.out + claimed.err
    assert fleet.states() == {"s1": "corrupt"}
    assert _visible(root) == []
    assert "corrupt on server `s1`" in fleet.run("doctor", "-o", "json").out
    fleet.ok("package", "distribute", "tool", *fleet.way)
    (row,) = fleet.ok("package", "servers", "tool", "-o", "json").json
    assert (row["state"], row["sent_bytes"]) == ("ready", 4 * 2**20)
    assert fleet.run("package", "verify", "tool", "--read-back", *fleet.way).code == 0


def test_a_server_that_lies_of_its_digests_is_found_out_by_its_bytes(fleet: Fleet, tmp_path: Path) -> None:
    """PS8: it answers the right digest over a wrong file."""
    liar = Machine(tmp_path / "liar")
    digest = fleet.package(size=1000)
    real = (fleet.folder / "tool-files" / "big.bin").read_bytes()
    try:
        liar.start()
        root = fleet.add(0, host=liar.host, port=liar.port)
        way = ("--key", str(liar.key), "--accept-new")
        fleet.ok("package", "distribute", "tool", *way)
        path = root / digest / "big.bin"
        path.write_bytes(bytes([real[0] ^ 1]) + real[1:])
        copy = tmp_path / "copy"
        copy.write_bytes(real)
        wrong = hashlib.sha256(path.read_bytes()).hexdigest()
        right = hashlib.sha256(real).hexdigest()
        liar.fake("sha256sum", f'/usr/bin/sha256sum "$@" | sed "s/{wrong}/{right}/"')
        fleet.ok("package", "verify", "tool", *way)  # its word is all that was asked for
        assert fleet.states() == {"s1": "ready"}
        found = fleet.run("package", "verify", "tool", "--read-back", *way)
        assert found.code == 14
        assert fleet.states() == {"s1": "corrupt"}
        assert _visible(root) == []
    finally:
        liar.stop()


def test_without_reading_back_it_is_claimed_and_later_ready(fleet: Fleet) -> None:
    fleet.add(0)
    fleet.package(size=1000)
    fleet.ok("package", "distribute", "tool", "--claimed", *fleet.way)
    assert fleet.states() == {"s1": "claimed"}
    fleet.ok("package", "verify", "tool", "--read-back", *fleet.way)
    assert fleet.states() == {"s1": "ready"}
    fleet.ok("package", "distribute", "tool", "--remove", *fleet.way)
    assert fleet.states() == {"s1": "removed"}


def test_a_constrained_server_takes_it_from_one_of_its_site(fleet: Fleet) -> None:
    with serving(fleet.folder) as url:
        fleet.ok("site", "add", "rome")
        fleet.ok("site", "add", "oslo")
        fleet.add(0, "--site", "rome", "--url", f"{url}/s1")
        near = fleet.add(1, "--site", "rome", "--constrained")
        fleet.add(2, "--site", "oslo", "--constrained")
        digest = fleet.package(size=5_000_000)
        result = fleet.run("package", "distribute", "tool", *fleet.way)
        assert result.code != 0
    rows = {row["server"]: row for row in fleet.ok("package", "servers", "tool", "-o", "json").json}
    assert {name: row["state"] for name, row in rows.items()} == {"s1": "ready", "s2": "ready", "s3": "failed"}
    assert "PKG-9" in rows["s3"]["message"]
    assert (rows["s2"]["sent_bytes"], rows["s2"]["pulled_bytes"], rows["s2"]["source"]) == (0, 5_000_006, "s1")
    assert (near / digest / "big.bin").stat().st_size == 5_000_000


def test_a_feeder_that_hands_out_wrong_bytes_costs_time_and_no_more(fleet: Fleet) -> None:
    with serving(fleet.folder) as url:
        fleet.ok("site", "add", "rome")
        root = fleet.add(0, "--site", "rome", "--url", f"{url}/s1")
        near = fleet.add(1, "--site", "rome", "--constrained")
        digest = fleet.package(size=1000)
        fleet.ok("package", "distribute", "tool", "--to", "s1", *fleet.way)
        (root / digest / "big.bin").write_bytes(b"x" * 1000)
        fleet.ok("package", "distribute", "tool", "--to", "s2", *fleet.way)
    real = (fleet.folder / "tool-files" / "big.bin").read_bytes()
    assert (near / digest / "big.bin").read_bytes() == real
    assert fleet.states()["s2"] == "ready"


def test_a_server_that_is_away_is_tried_later(fleet: Fleet) -> None:
    fleet.add(0, port=1)
    fleet.package(size=10)
    result = fleet.run("package", "distribute", "tool", *fleet.way)
    assert result.code == 8
    (row,) = fleet.ok("package", "servers", "tool", "-o", "json").json
    assert (row["state"], row["failures"]) == ("failed", 1)
    assert row["next_at"] is not None


def test_two_do_not_copy_the_same_at_once(fleet: Fleet, store: Store) -> None:
    fleet.add(0)
    fleet.package(size=10)
    with store.read() as reader:
        plan = distribution(reader, "tool", [])
    store.write(lambda unit: claim(unit, plan.package, plan.servers))
    result = fleet.run("package", "distribute", "tool", *fleet.way)
    assert result.code == 15
    assert "already" in result.err
    assert fleet.states() == {"s1": "copying"}


def test_what_cannot_be_distributed_is_said(fleet: Fleet) -> None:
    fleet.ok("package", "add", "empty")
    assert "no files" in fleet.run("package", "distribute", "empty", *fleet.way).err
    fleet.package(size=10)
    assert "no package server" in fleet.run("package", "distribute", "tool", *fleet.way).err
    fleet.ok("computer", "add", "t1")
    fleet.ok("server", "add", "t1", "--service", "task")
    assert fleet.run("package", "distribute", "tool", "--to", "t1", *fleet.way).code == 3
    assert fleet.run("package", "distribute", "tool", "--remove", "--claimed", *fleet.way).code == 2


def test_what_an_endpoint_found_wrong_is_no_longer_handed_out(fleet: Fleet, store: Store) -> None:
    fleet.add(0, "--url", "https://a.example/p")
    fleet.package(size=10)
    fleet.ok("package", "distribute", "tool", *fleet.way)
    package = store.write(lambda unit: PACKAGES.get(unit, "tool"))
    digest = package.fields["manifest"]

    def says(computer: str) -> dict[str, str]:
        said = f"{computer} was handed other bytes"
        store.write(lambda unit: told_corrupt(unit, ["s1"], digest, said) or unit.note("package_copy", told=1))
        return fleet.states()

    assert says("liar") == says("liar") == {"s1": "doubted"}, "one computer alone takes no source from others"
    route = fleet.ok("package", "route", "tool", "--computer", "s1", "-o", "json").json
    assert [row["server"] for row in route] == ["s1", "itmsctl"]
    assert "one computer says so" in fleet.run("doctor", "-o", "json").out
    fleet.ok("package", "verify", "tool", *fleet.way)
    assert fleet.states() == {"s1": "doubted"}, "the server's own word does not outweigh it"
    fleet.ok("package", "verify", "tool", "--read-back", *fleet.way)
    assert fleet.states() == {"s1": "ready"}
    assert says("liar") == {"s1": "doubted"}
    assert says("other") == {"s1": "corrupt"}
    route = fleet.ok("package", "route", "tool", "--computer", "s1", "-o", "json").json
    assert [row["server"] for row in route] == ["itmsctl"]
    fleet.ok("package", "distribute", "tool", *fleet.way)
    assert fleet.states() == {"s1": "ready"}


def test_a_policy_copies_what_is_due_and_leaves_the_rest(fleet: Fleet) -> None:
    fleet.add(0)
    fleet.package(size=10)
    fleet.ok("package", "set", "tool", "--enabled")
    fleet.ok("task", "add", "due", "--kind", "package-copy", "--arg", "package=all", "--arg", "due=yes")
    fleet.ok("task", "add", "scrub", "--kind", "package-verify", "--arg", "package=all")
    due = ("task", "run", "due", "--all", *fleet.way)
    fleet.ok(*due)
    assert fleet.states() == {"s1": "ready"}
    assert "nothing is to be done" in fleet.ok(*due, "-o", "json").out
    checked = ("task", "run", "scrub", "--all", *fleet.way)
    assert "read back" in fleet.ok(*checked, "-o", "json").out


def test_a_copy_whose_process_died_is_taken_over(fleet: Fleet, store: Store) -> None:
    fleet.add(0)
    fleet.package(size=10)
    with store.read() as reader:
        plan = distribution(reader, "tool", [])
    store.write(lambda unit: claim(unit, plan.package, plan.servers))
    me = str(this_process())
    dead = me.rpartition("/")[0] + "/1"
    store.write(lambda unit: unit.connection.execute(sa.update(copies).values(owner=dead)) and unit.note("x", y=1))
    assert fleet.states() == {"s1": "pending"}
    fleet.ok("package", "distribute", "tool", *fleet.way)
    assert fleet.states() == {"s1": "ready"}


def test_a_folder_that_is_missing_is_made_where_that_can_be(fleet: Fleet) -> None:
    root = fleet.add(0)
    root.rmdir()
    digest = fleet.package(size=10)
    fleet.ok("package", "distribute", "tool", *fleet.way)
    assert _visible(root) == [digest, f"{digest}.json"]
    fleet.ok("server", "set", "s1", "--folder", "/proc/none/packages")
    result = fleet.run("package", "distribute", "tool", *fleet.way)
    assert result.code == 8
    assert "server prepare" in result.out + result.err

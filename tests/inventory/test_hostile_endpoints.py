"""Computers that lie about their inventory hurt nobody but themselves, on both engines and both transports (7)."""

from __future__ import annotations

import resource
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.inventory.service import gathering
from itmsctl.security.service import host_keys
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.inventory.answers import answered, ended, line
from tests.inventory.endpoints import Request, RogueEndpoint, Says, rows_of

MIB = 1 << 20
WHO = "name like 'liar%' or name = 'lab-001'"
SCALE = {"parts": 9}  # of 25,000 rows


def _head(request: Request) -> bytes:
    return line({"itms-inventory": 1, "token": request["token"], "system": "linux", "at": "2026-11-30T12:00:00Z"})


def _whole(name: str, *rows: Any, **more: Any) -> dict[str, Any]:
    return {"class": name, "state": "whole", "digest": "x", "rows": list(rows)} | more


def _saying(*classes: dict[str, Any]) -> Says:
    return lambda request: [answered(*classes, token=request["token"])]


def _endless(request: Request) -> Iterator[bytes]:
    yield _head(request)
    while True:
        yield b'{"class":"software","state":"whole","more":true,"rows":[' + b'{"name":"x"},' * 70_000 + b"{}]}\n"


def _endless_line(request: Request) -> Iterator[bytes]:
    yield _head(request)
    while True:
        yield b"x" * MIB


def _too_many(request: Request) -> Iterable[bytes]:
    part = [{"name": "n", "version": "1"}] * 25_000
    lines = [line(_whole("software", *part, part=n, more=True)) for n in range(SCALE["parts"])]
    last = _whole("software", part=len(lines))
    return [ended([_head(request), *lines, line(last), line(_whole("bios", {"manufacturer": "M"}))])]


def _raw(text: bytes) -> Says:
    return lambda request: [ended([_head(request), text + b"\n"])]


STRANGE = {
    "manufacturer": "\x1b]0;title\x07\x1b[2J\u202egnp.exe",
    "version": "nul \0 in it",
    "revision": "lone \ud800 surrogate",
    "rom_kib": 10**30,
    "no_such_column": {"a": ["b"]},
    "language": "'; DROP TABLE computer;--",
}
LIARS: dict[str, Says] = {
    "endless": _endless,
    "endless line": _endless_line,
    "too many rows": _too_many,
    "nothing": lambda request: [],
    "noise": lambda request: [b"\xff\xfe\x00\x80" * 5000],
    "wrong token": lambda request: [answered(_whole("bios", {"manufacturer": "X"}), token="0" * 32)],
    "no last line": lambda request: [_head(request), line(_whole("bios", {"manufacturer": "X"}))],
    "forged last line": lambda request: [answered(_whole("bios"), token=request["token"]).replace(b'"sha', b'"ahs')],
    "forged same": _saying({"class": "bios", "state": "same", "digest": "0" * 32}),
    "forged delta": _saying(
        {"class": "software", "state": "delta", "base": "b", "digest": "d", "added": [{"name": "a"}], "removed": [1]}
    ),
    "strange values": _saying(_whole("bios", STRANGE), _whole("swap", {"device": "/swap", "size_bytes": 2**70})),
    "not UTF-8": _raw(b'{"class":"bios","state":"whole","rows":[{"manufacturer":"\xff"}]}'),
    "deep": _raw(b'{"class":"bios","rows":' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "no rows": _saying(_whole("bios", 7, None, "text", [1], {"manufacturer": {"deep": {"er": 1}}})),
    "unread": _saying({"class": "bios", "state": "unread", "why": "\x1b[2J" * 1000 + "\0\ud800"}),
}  # fmt: skip


REASONS = dict.fromkeys(("endless", "endless line"), "INVENTORY-TOO-LONG") | dict.fromkeys(
    ("nothing", "noise", "wrong token"), "INVENTORY-GARBLED"
)


@pytest.fixture
def liars(ok: Run) -> Iterator[dict[str, RogueEndpoint]]:
    with ExitStack() as stack:
        found = {}
        for number, (name, says) in enumerate(LIARS.items()):
            rogue = stack.enter_context(RogueEndpoint(says))
            found[f"liar-{number:02}"] = rogue
            address = ("--address", rogue.host, "--port", str(rogue.port), "--user", "u")
            ok("computer", "add", f"liar-{number:02}", *address, "--tag", f"lies={name}")
        yield found


@pytest.fixture(params=["sampled", pytest.param("whole", marks=pytest.mark.slow)])
def scale(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let endless answers end sooner; the whole of it is a million rows, and 64 MiB that are read."""
    if request.param == "sampled":
        monkeypatch.setattr(gathering, "LONGEST_ANSWER", 8 * MIB)
    else:
        monkeypatch.setitem(SCALE, "parts", 40)


@pytest.mark.parametrize("transport", ["ssh", "openssh"])
def test_liars_hurt_themselves_alone(
    run: Run, ok: Run, lab: Any, liars: dict[str, RogueEndpoint], store: Store, scale: None, transport: str
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = run(
        "inventory", "run", "--where", WHO, "--class", "bios", "--class", "software", "--class", "swap", "--transport",
        transport, "--key", str(lab.key_file), "--accept-new", "--concurrency", "8", "-o", "ndjson",
    )  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {each["computer"]: each for each in done.lines[:-1]}
    names = dict(zip(liars, LIARS, strict=True))
    states = {names.get(name, "honest"): each["state"] for name, each in found.items()}
    assert done.code == 7, done.err
    failing = {*REASONS, "no last line", "forged last line", "forged same", "forged delta", "not UTF-8", "deep"}
    assert states == {name: "failed" if name in failing else "succeeded" for name in (*LIARS, "honest")}, done.out
    reasons = {names[name]: each["reason"] for name, each in found.items() if each["state"] == "failed"}
    assert reasons == dict.fromkeys(failing, "INVENTORY-GARBLED") | REASONS
    said = {names.get(name, name): each["stdout"] for name, each in found.items()}
    assert "\x1b" not in done.out
    assert "unread: software: its answer does not hold: it has more than 200,000 rows" in said["too many rows"]
    assert "whole: bios" in said["too many rows"]
    assert "does not hold" in said["forged same"]
    assert "does not hold" in said["forged delta"]
    assert peak - before < 300_000, f"{(peak - before) >> 10} MiB"
    rows = _rows(store, {name: liar for liar, name in names.items()})
    assert rows["too many rows"] == [{"manufacturer": "M"}]
    assert rows["forged same"] == rows["forged last line"] == rows["no rows"] == []
    assert set(rows["strange values"][0]) <= {"manufacturer", "version", "revision", "language"}
    assert rows["strange values"][0]["language"] == STRANGE["language"]
    assert ok("db", "check").code == 0
    assert_invariants(store)


def _rows(store: Store, liars: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    with store.read() as reader:
        return {
            name: [
                {column: value for column, value in row.items() if column != "since"}
                for row in rows_of(reader, host_keys.computer(reader, liar).id, "bios")
            ]
            for name, liar in liars.items()
        }

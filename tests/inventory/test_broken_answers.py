"""Answers that are lost, repeated, reordered, cut off or forged: what is stored is what the computer has (6)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import LinkLostError
from itmsctl.inventory.delta import ClassReport, apply, diff, report
from itmsctl.inventory.request import HeldClass, InventoryQuestion
from itmsctl.inventory.service import gathering
from itmsctl.inventory.service.classes import data_class, read_class
from itmsctl.inventory.service.harvest import Harvest
from itmsctl.tasks.service.interviews import Conversation
from itmsctl.transports.outcome import Captured, HostFacts, RemoteState
from itmsctl.transports.reader import End
from itmsctl.transports.streaming import Inquiry, ReadOut
from tests.inventory.answers import line
from tests.inventory.endpoints import Request, request_in

CLASSES = ("local_groups", "local_users", "swap")
KEYS = {"local_groups": "name", "local_users": "name", "swap": "device"}
OPTIONS = {
    "collect": None, "classes": list(CLASSES), "whole": False, "nice": 0, "folders": None, "without": None,
    "patterns": None, "hash": False, "remote": False,
}  # fmt: skip
Rows = list[dict[str, Any]]
rows = st.lists(
    st.fixed_dictionaries({"key": st.integers(0, 8), "said": st.sampled_from(["a", "b", "c"])}),
    max_size=6, unique_by=lambda row: row["key"],
)  # fmt: skip
SPOILT = ("lost", "twice", "reordered", "cut", "changed", "forged base", "forged digest", "forged same", "stale")


def rows_as(name: str, some: Rows) -> Rows:
    column = {"local_groups": "gid", "local_users": "uid", "swap": "type"}[name]
    return [{KEYS[name]: f"k{row['key']}", column: f"{row['said']}{row['key']}"} for row in some]


def said_of(name: str, now: ClassReport, asked: Mapping[str, Any], before: ClassReport) -> dict[str, Any]:
    """Return what an honest computer answers of a class; `before` is what it thinks the CMDB holds."""
    if asked["digest"] is None:
        return {"class": name, "state": "whole", "digest": now.digest, "rows": list(now.rows.values())}
    if asked["digest"] == now.digest:
        return {"class": name, "state": "same", "digest": now.digest}
    found = diff(before.packed, now.packed)
    return {
        "class": name, "state": "delta", "base": before.digest, "digest": now.digest,
        "added": [row for key, row in now.rows.items() if key in found.added],
        "changed": [row for key, row in now.rows.items() if key in found.changed],
        "removed": [int.from_bytes(key, "big", signed=True) for key in sorted(found.removed)],
    }  # fmt: skip


def sealed(lines: Sequence[bytes]) -> bytes:
    body = b"".join(lines)
    return body + line({"lines": len(lines), "sha256": hashlib.sha256(body).hexdigest()})


class Computer:
    """A computer whose first answer is spoilt on its way, or by itself; it answers honestly afterwards."""

    credentials = SimpleNamespace(secrets=tuple)
    endpoint = SimpleNamespace(name="pc")

    def __init__(self, now: Mapping[str, ClassReport], held: Mapping[str, ClassReport], spoil: Any) -> None:
        self.now, self.held, self.spoil, self.asked = now, held, spoil, list[Request]()

    def read_out(self, inquiry: Inquiry, sink: Any) -> ReadOut:
        request = request_in(inquiry.text)
        self.asked.append(request)
        head = line({"itms-inventory": 1, "token": request["token"], "system": "linux"})
        classes = [said_of(name, self.now[name], one, self.held[name]) for name, one in request["classes"].items()]
        data = self.spoil(head, classes) if len(self.asked) == 1 else sealed([head, *map(line, classes)])
        sink.feed(data)
        return ReadOut(End.EXITED, 0, len(data), Captured(), HostFacts())


def spoiler(how: str, which: int, at: int) -> Any:
    """Return what spoils an answer: with a last line that is right where the computer itself lies."""

    def spoil(head: bytes, classes: list[dict[str, Any]]) -> bytes:
        one = classes[which % len(classes)]
        lines = [head, *map(line, classes)]
        place = 1 + which % len(classes)
        if how == "forged base":
            return sealed([head, *(line(c | {"base": "0" * 32} if c is one else c) for c in classes)])
        if how == "forged digest":
            return sealed([head, *(line(c | {"digest": "0" * 32} if c is one else c) for c in classes)])
        if how == "forged same":
            return sealed(
                [
                    head,
                    *(line({"class": c["class"], "state": "same", "digest": "0"} if c is one else c) for c in classes),
                ]
            )
        if how == "stale":
            return sealed(
                [head, *(line(c | {"removed": [7], "state": "delta", "base": "x"} if c is one else c) for c in classes)]
            )
        if how == "lost":
            return sealed(lines).replace(lines[place], b"", 1)
        if how == "twice":
            return sealed([*lines, lines[place]])
        if how == "reordered":
            whole = sealed(lines).splitlines(keepends=True)
            return b"".join([whole[0], *reversed(whole[1:-1]), whole[-1]])
        data = bytearray(sealed(lines))
        if how == "cut":
            return bytes(data[: len(head) + at % (len(data) - len(head))])
        place = len(head) + at % (len(data) - len(head) - 1)
        data[place] = data[place] ^ 1 if data[place] ^ 1 != 10 and data[place] != 10 else data[place]
        return bytes(data)

    return spoil


@pytest.fixture(scope="module")
def small_program() -> Any:
    """Let the program be the request alone: it is the answer that is tried here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            gathering.bundle, "python_edition", lambda request, own: json.dumps(request, separators=(",", ":")).encode()
        )
        yield


@settings(max_examples=500, deadline=None)
@given(
    now=st.tuples(rows, rows, rows), before=st.tuples(rows, rows, rows), how=st.sampled_from(SPOILT),
    which=st.integers(0, 2), at=st.integers(0, 5000),
)  # fmt: skip
def test_the_end_is_the_whole_inventory_and_only_what_was_broken_is_asked_again(
    small_program: Any, now: Any, before: Any, how: str, which: int, at: int
) -> None:
    has = {n: report(data_class(n), rows_as(n, some)) for n, some in zip(CLASSES, now, strict=True)}
    held = {n: report(data_class(n), rows_as(n, some)) for n, some in zip(CLASSES, before, strict=True)}
    computer = Computer(has, held, spoiler(how, which, at))
    question = InventoryQuestion(datetime.now(UTC), {n: HeldClass(r.digest, r.packed) for n, r in held.items()})
    done = gathering.INTERVIEWER.interview(Conversation(computer, "m", question, OPTIONS, None, 60.0))  # type: ignore[arg-type]
    if done.state is RemoteState.FAILED:
        assert how in {"cut", "changed"}, done.message
        assert not computer.asked[1:]
        return
    assert done.state is RemoteState.SUCCEEDED, done.message
    after = stored(done.brought, held)
    assert {n: one.hex() for n, one in after.items()} == {n: r.packed.hex() for n, r in has.items()}
    if how.startswith("forged") or how in {"stale", "lost", "twice"}:
        again = [name for request in computer.asked[1:] for name in request["classes"]]
        assert set(again) <= {CLASSES[which % 3]}
    for request in computer.asked[1:]:
        assert all(one == {"digest": None, "rows": None} for one in request["classes"].values())


def stored(harvest: Harvest, held: Mapping[str, ClassReport]) -> dict[str, bytes]:
    """Return the digests of rows that storing leads to."""
    after = {name: one.packed for name, one in held.items()}
    for _, told in harvest.tellings():
        assert not told.unread
        for name, some in told.classes.items():
            after[name] = report(data_class(name), some).packed
        for name, change in told.deltas.items():
            assert change.base == held[name].digest
            gone = [key.to_bytes(8, "big", signed=True) for key in change.removed]
            after[name] = apply(after[name], report(data_class(name), change.rows).formed.rows.values(), gone)
        for name, digest in told.same.items():
            assert digest == held[name].digest
    return after


def test_what_was_brought_is_kept_where_the_link_breaks_as_it_is_asked_again(small_program: Any) -> None:
    has = {n: report(data_class(n), rows_as(n, [{"key": 1, "said": "a"}])) for n in CLASSES}
    none = {n: report(data_class(n), []) for n in CLASSES}

    class Breaking(Computer):
        def read_out(self, inquiry: Inquiry, sink: Any) -> ReadOut:
            if self.asked:
                raise LinkLostError("the connection was lost")
            return super().read_out(inquiry, sink)

    computer = Breaking(has, none, spoiler("lost", 0, 0))
    question = InventoryQuestion(datetime.now(UTC), {n: HeldClass(r.digest, r.packed) for n, r in none.items()})
    done = gathering.INTERVIEWER.interview(Conversation(computer, "m", question, OPTIONS, None, 60.0))  # type: ignore[arg-type]
    assert (done.state, done.message) == (RemoteState.SUCCEEDED, "2 delta, 1 unread")
    assert list(done.brought.lost) == [CLASSES[0]]
    computer = Breaking(has, none, spoiler("lost", 0, 0))
    computer.asked.append({})
    with pytest.raises(LinkLostError):
        gathering.INTERVIEWER.interview(Conversation(computer, "m", question, OPTIONS, None, 60.0))  # type: ignore[arg-type]


OWN = """\
name: things
help: "A class."
rows: many
key: [name]
filter: [name]
systems: [linux]
columns:
  name: {type: text, help: "Name."}
  value: {type: int, help: "Value."}
read: {command: a, format: json}
"""


@pytest.mark.parametrize(
    ("text", "said", "names"),
    [
        ('{"name": "my 4711471147"}', "1 whole", ["my [redacted]"]),
        ('{"name": "a", "value": 4711471147}', "a secret of ours is in it", []),
    ],
)
def test_a_text_that_a_secret_is_taken_out_of_makes_its_rows_or_does_not_hold(
    small_program: Any, text: str, said: str, names: list[str]
) -> None:
    class Telling(Computer):
        credentials = SimpleNamespace(secrets=lambda: ("4711471147",))

        def read_out(self, inquiry: Inquiry, sink: Any) -> ReadOut:
            head = line({"itms-inventory": 1, "token": request_in(inquiry.text)["token"], "system": "linux"})
            one = {"class": "things", "state": "whole"}
            parts = [one | {"part": 0, "more": True, "parser": "own:json", "text": text}, one | {"part": 1, "rows": []}]
            sink.feed(data := sealed([head, *map(line, parts)]))
            return ReadOut(End.EXITED, 0, len(data), Captured(), HostFacts())

    question = InventoryQuestion(datetime.now(UTC), own={"things": read_class(OWN.encode(), "c")})
    talk = Conversation(Telling({}, {}, None), "m", question, OPTIONS | {"classes": ["custom:things"]}, None, 60.0)  # type: ignore[arg-type]
    done = gathering.INTERVIEWER.interview(talk)
    assert said in done.message
    if names:
        assert [row["name"] for _, told in done.brought.tellings() for row in told.classes["things"]] == names

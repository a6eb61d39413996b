"""Every field of every kind: a value that will not do is told at its own line and column, whatever others say.

Kinds and fields are listed from their declarations. A kind joins by itself; where an object of it needs fields, `BASE`
says them, and `test_each_kind_can_be_declared` says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.security.service.credential_shelf import CREDENTIALS
from itmsctl.values.kind import Field, Kind, Type
from itmsctl.values.kind_order import kinds_in_order
from tests.conftest import START, FrozenClock, Run
from tests.plans.conftest import ESTATE, Write

BASE: dict[str, dict[str, Any]] = {
    "policy": {"task": "hello", "target": "all", "transport": "openssh"},
    "report": {"sql": "SELECT name FROM v_site"},
    "schedule": {"daily": "02:00"},
    "window": {"type": "blockout", "daily": "12:00", "duration_s": "2h", "targets": ["all"]},
    "credential": {"kind": "password"},
    "server": {"services": ["task"]},
    "sizing-exception": {"until": "2999-01-01", "why": "it is known"},
    "filter": {"where": "true"},
    "group": {"view": "floors"},
    "target": {"views": ["all"]},
    "task": {"type": "command", "body": "true"},
    "job": {"steps": ["hello"]},
    "resource": {"type": "rack"},
    "import-mapping": {"noun": "computer"},
    "metering-policy": {"files": ["*"]},
    "agent-settings": {"folder": "/srv/policy", "inbox": "/srv/inbox"},
    "registration-rule": {"action": "approve"},
    "replication-rule": {"direction": "down", "kinds": ["items"]},
    "delivery": {"software": ["crm"], "target": "all", "transport": "openssh"},
    "baseline": {"rows": '{"path": "/etc/hosts", "sha256": "1"}'},
    "data-class": {
        "definition": "name: data_class_1\nhelp: Said.\nrows: one\nsystems: [linux]\ncolumns:\n"
        "  said: {type: text, help: Said.}\n"
    },
}
NAMES: dict[str, Callable[[int], str]] = {
    "subnet": lambda n: f"10.200.{n}.0/24",
    "sizing-exception": lambda n: f"SZ-101:ns{n}",
    "data-class": lambda n: f"data_class_{n}",
}
RACK = """---
kind: resource-type
name: rack
spec: {parent: device, fields: ["height:int"]}
---
kind: software
name: crm
"""
ONE_OF = {"filter": {"where", "sql", "members"}}  # fields of which one takes the place of another
MANY = 90  # documents of a kind at most
NOWHERE = "nowhere"
KINDS = {kind.name: kind for kind in kinds_in_order()}


def name_of(kind: str, n: int) -> str:
    return NAMES.get(kind, lambda n: f"{kind}-{n}")(n)


# --- values that will not do, each with the way to what is wrong in it ------------------------------------------------

Wrong = Iterator[tuple[Any, tuple[Any, ...]]]


def misread(one: Field) -> Wrong:
    """Yield values of a wrong type."""
    match one.type:
        case Type.LIST | Type.MAP:
            yield NOWHERE, ()
            yield ([[NOWHERE]], (0,)) if one.type is Type.LIST else ({"a": [NOWHERE]}, ("a",))
        case Type.BOOL | Type.INT | Type.REAL | Type.DURATION:
            yield NOWHERE, ()
            yield [NOWHERE], ()
        case _:
            yield [NOWHERE], ()
            yield {NOWHERE: NOWHERE}, ()
    if one.choices and not one.selects:
        yield ([NOWHERE], (0,)) if one.type is Type.LIST else (NOWHERE, ())
    for part in one.parts:
        for value, inside in misread(part):
            yield [whole(one), whole(one) | {part.name: value}], (1, part.name, *inside)


def unknown(one: Field) -> Wrong:
    """Yield names of what is not there."""
    if one.form:
        yield NOWHERE, ()
    if one.ref or one.selects:
        yield ([NOWHERE], (0,)) if one.type is Type.LIST else (NOWHERE, ())
    for part in one.parts:
        for value, inside in unknown(part):
            yield [whole(one), whole(one) | {"name": "again", part.name: value}], (1, part.name, *inside)


def odd(one: Field) -> Wrong:
    """Yield values that some fields take: what is told then is told of a field, and stands where that stands."""
    match one.type:
        case Type.INT | Type.REAL:
            yield -1, ()
        case Type.DURATION:
            yield "0.5s", ()
        case Type.MAP:
            yield {"no ( such": "( nowhere"}, ()
        case Type.LIST if not one.parts and not one.choices:
            yield ["no ( such", "( nowhere"], ()
        case Type.TEXT if not one.choices:
            yield "( nowhere &", ()


def whole(one: Field) -> dict[str, Any]:
    return {part.name: "hello" for part in one.parts if part.required}


# --- documents whose parts are known by line and column ---------------------------------------------------------------


@dataclass
class Written:
    """A file of documents, one field a line, and where the parts of each document stand."""

    is_json: bool
    lines: list[str] = field(default_factory=list)
    marks: list[dict[tuple[Any, ...], tuple[int, int]]] = field(default_factory=list)

    def add(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        marks: dict[tuple[Any, ...], tuple[int, int]] = {}
        self.marks.append(marks)
        head = [f'{{"kind": "{kind}",', f' "name": "{name}",', ' "spec": {'] if self.is_json else []
        self.lines += head or ["---", f"kind: {kind}", f'name: "{name}"', "spec:"]
        for key, value in spec.items():
            line = f'  "{key}": ' if self.is_json else f"  {key}: "
            text = flow(value, (key,), len(line) + 1, len(self.lines) + 1, marks)
            last = key == list(spec)[-1]
            self.lines.append(line + text + ("}}" if last else ",") * self.is_json)

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def flow(
    value: Any, path: tuple[Any, ...], column: int, line: int, marks: dict[tuple[Any, ...], tuple[int, int]]
) -> str:
    """Return a value as JSON, which YAML reads too; note where its parts begin."""
    marks[path] = (line, column)
    if not isinstance(value, list | dict):
        return json.dumps(value)
    text = "[" if isinstance(value, list) else "{"
    for key, one in enumerate(value) if isinstance(value, list) else value.items():
        text += ", " if len(text) > 1 else ""
        text += f"{json.dumps(key)}: " if isinstance(value, dict) else ""
        text += flow(one, (*path, key), column + len(text), line, marks)
    return text + ("]" if isinstance(value, list) else "}")


def decoys(one: Field, value: Any) -> str:
    """Return a text that says what a message about a value would say."""
    said = json.dumps(value)
    return f"`{NOWHERE}` {NOWHERE} `{one.name}` {one.name} {one.flag} {said} `-1` `0.5` `( nowhere &` no ( such"


def wrong_documents(written: Written, wrongs: Callable[[Field], Wrong]) -> list[tuple[Kind, Field, tuple[Any, ...]]]:
    """Write one document for each value; return what is wrong in each."""
    told = []
    for kind in KINDS.values():
        n = 0
        for one in kind.admin_fields:
            for value, inside in wrongs(one):
                n += 1
                text = next((t for t in ("description", "why") if t != one.name and kind.field(t)), None)
                spec = {text: decoys(one, value)} if text else {}
                apart = {one.name, text, *(ways if one.name in (ways := ONE_OF.get(kind.name, ())) else ())}
                spec |= {k: v for k, v in BASE.get(kind.name, {}).items() if k not in apart}
                spec |= {one.name: value}
                assert n < MANY, kind.name
                written.add(kind.name, name_of(kind.name, n), spec)
                told.append((kind, one, (one.name, *inside)))
    return told


@pytest.fixture
def estate(ok: Run, write: Write, db: str, tmp_path: Path) -> None:
    """Make what the documents name, and what documents cannot make."""
    servers = "".join(f"---\nkind: computer\nname: server-{n}\n" for n in range(MANY))
    ok("apply", "-f", write(ESTATE + RACK + servers, "there.yaml"))
    actor = Actor("t")
    store = open_store(place_of(db), clock=FrozenClock(START), actor=actor, state_folder=tmp_path / "other")
    for n in range(MANY):
        store.write(lambda unit, n=n: CREDENTIALS.add(unit, f"credential-{n}", {"kind": "password"}))
    store.close()


def told(run: Run, path: str) -> list[dict[str, Any]]:
    found = run("apply", "-f", path, "--dry-run", "--error-format", "json")
    assert found.code == 3, found.err
    details = json.loads(found.err.splitlines()[-1])["details"]
    assert [line.split(": ")[0] for line in details["problems"]] == [
        f"{place['file']}:{place['line']}:{place['column']}" for place in details["places"]
    ]
    assert details["places"][0].items() <= details.items()
    return list(details["places"])


@pytest.mark.parametrize("is_json", [False, True], ids=["yaml", "json"])
@pytest.mark.parametrize("wrongs", [misread, unknown])
@pytest.mark.usefixtures("estate")
def test_what_will_not_do_is_told_where_it_stands(
    run: Run, write: Write, wrongs: Callable[[Field], Wrong], is_json: bool
) -> None:
    written = Written(is_json)
    wrong = wrong_documents(written, wrongs)
    path = write(written.text, "wrong.json" if is_json else "wrong.yaml")
    found = told(run, path)
    expected = [
        {"file": path, "line": marks[where][0], "column": marks[where][1], "field": one.name}
        for marks, (_, one, where) in zip(written.marks, wrong, strict=True)
    ]
    assert [place for place in expected if place not in found] == []
    assert found == expected  # all, in the order of the file, and nothing else


@pytest.mark.parametrize("is_json", [False, True], ids=["yaml", "json"])
@pytest.mark.usefixtures("estate")
def test_whatever_a_shelf_refuses_stands_at_the_field_that_it_names(run: Run, write: Write, is_json: bool) -> None:
    written = Written(is_json)
    wrong = wrong_documents(written, odd)
    found = told(run, write(written.text, "odd.json" if is_json else "odd.yaml"))
    lines = [where[path] for where, (_, _, path) in zip(written.marks, wrong, strict=True)]
    named = {}
    for marks, (kind, one, _), (line, column) in zip(written.marks, wrong, lines, strict=True):
        first, last = min(marks.values())[0], max(marks.values())[0]
        for place in found:
            if not first - 4 < place["line"] <= last:
                continue
            named[kind.name, one.name] = place
            assert "field" in place, (kind.name, one.name, place)
            here = marks.get((place["field"],), (line, column))
            assert place["line"] == here[0], (kind.name, one.name, place, written.lines[here[0] - 1])
            assert place["column"] >= here[1] - is_json, (kind.name, one.name, place)
    assert len(named) == len(found)
    refused = {("computer", "port"), ("site", "link_kbit"), ("gateway", "cores"), ("policy", "payload_kbit"),
               ("task", "time_limit_s"), ("profile", "port"), ("schedule", "cron"), ("window", "duration_s"),
               ("report", "limit"), ("management-server", "raid"), ("filter", "where"), ("target", "is"),
               ("computer", "tags"), ("policy", "rings"), ("task", "arguments"), ("credential", "sites"),
               ("resource", "fields"), ("resource-type", "fields"), ("network-device", "mac"),
               ("import-mapping", "columns"), ("discovery-profile", "ports"), ("baseline", "columns")}  # fmt: skip
    assert refused <= named.keys()


@pytest.mark.usefixtures("estate")
def test_each_kind_can_be_declared(run: Run, write: Write) -> None:
    written = Written(is_json=False)
    for kind in KINDS:
        written.add(kind, name_of(kind, 1), BASE.get(kind, {}))
    found = run("apply", "-f", write(written.text), "--dry-run")
    assert found.code == 0, f"say in BASE what such an object needs: {found.err}"

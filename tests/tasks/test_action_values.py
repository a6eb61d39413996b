"""Types of parameters and arguments, exit-code sets, and templates: the pure rules, by tables."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.tasks.catalogue import (
    action,
    every_action,
    is_server,
    leaves_marker,
    names,
    needs_neighbour,
    operations_of,
)
from itmsctl.tasks.codes import CodeSet, code_set, codes, judged
from itmsctl.tasks.operations import AwaitPort, AwaitReturn, Get, Put, PutTree, Script, ServerFunction, ViaNeighbour
from itmsctl.tasks.step import Step, given_parameters
from itmsctl.transports.outcome import CommandOutcome, RemoteState
from itmsctl.values.parameters import Parameter, declaration
from itmsctl.values.typed import TYPES, ValueType, type_of

# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "given_", "written", "value"),
    [
        ("text", "", "", ""),
        ("text", " $(id) 'x\n", " $(id) 'x\n", " $(id) 'x\n"),
        ("int", " 007 ", "7", 7),
        ("int", "-3", "-3", -3),
        ("real", "2.50", "2.50", 2.5),
        ("bool", "Yes", "true", True),
        ("bool", "off", "false", False),
        ("list", "a, b,c", "a\nb\nc\n", ("a", "b", "c")),
        ("list", "", "", ()),
        ("list", ["a,b", "c"], "a,b\nc\n", ("a,b", "c")),
        ("list", ["one"], "one\n", ("one",)),
        ("choice(a,b)", "b", "b", "b"),
        ("duration", "1h", "1h", 3600.0),
        ("size", "16M", "16M", 16 << 20),
        ("size", "7 KiB", "7 KiB", 7168),
        ("mode", "644", "0644", 0o644),
        ("path", "/etc/motd", "/etc/motd", "/etc/motd"),
        ("local", "a b", "a b", "a b"),
    ],
)
def test_values_and_how_they_are_written(word: str, given_: Any, written: str, value: Any) -> None:
    kind = type_of(word, TYPES)
    assert (kind.written(given_, "x"), kind.value(kind.written(given_, "x"))) == (written, value)
    assert kind.written(written, "x") == written


@pytest.mark.parametrize(
    ("word", "given_"),
    [
        ("text", "a\0b"), ("text", ["a"]), ("int", "1.5"), ("int", ""), ("real", "nan"), ("real", "x"),
        ("bool", "maybe"),
        ("list", ["a\nb"]), ("list", [1]), ("choice(a,b)", "c"), ("duration", "soon"), ("size", "big"), ("size", "-1"),
        ("mode", "888"), ("mode", "rw"), ("path", "relative"), ("path", "/a\nb"), ("local", " "),
    ],
)  # fmt: skip
def test_values_that_a_type_does_not_take(word: str, given_: Any) -> None:
    with pytest.raises(InputError, match="the thing"):
        type_of(word, TYPES).written(given_, "the thing")


@pytest.mark.parametrize("text", ["", "txt", "choice", "choice()", "choice(a", "int(3)", "path"])
def test_words_that_are_no_type(text: str) -> None:
    with pytest.raises(InputError):
        type_of(text)


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("who", Parameter("who")),
        ("who=", Parameter("who", default="")),
        ("who=a=b", Parameter("who", default="a=b")),
        ("n:int", Parameter("n", ValueType("int"))),
        ("n:int=07", Parameter("n", ValueType("int"), "7")),
        ("c:choice(a,b)=a", Parameter("c", ValueType("choice", ("a", "b")), "a")),
        ("n:int={{ computer.port }}", Parameter("n", ValueType("int"), "{{ computer.port }}")),
    ],
)
def test_declarations(text: str, parameter: Parameter) -> None:
    assert declaration(text) == parameter


@pytest.mark.parametrize("text", ["", "=x", "a-b=1", "n:int=x", "n:float=1", "c:choice(a)=b"])
def test_declarations_that_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        declaration(text)


def test_parameters_are_checked_and_those_without_a_default_are_needed() -> None:
    declared = {p.name: p for p in map(declaration, ("who=me", "n:int", "l:list="))}
    assert given_parameters(declared, {"n": "03", "l": ["x", "y"]}) == (
        {"ITMS_WHO": "me", "ITMS_N": "3", "ITMS_L": "x\ny\n"},
        {},
    )
    assert given_parameters(declared, {"n": "{{ computer.port }}"})[1] == {"ITMS_N": "int"}
    whole = "not a valid whole number"
    for given_, said in (({}, "`n` has no value"), ({"n": "x"}, whole), ({"n": "1", "whoo": ""}, "no parameter")):
        with pytest.raises(InputError, match=said):
            given_parameters(declared, given_)


# --- exit codes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", ()),
        ("0", ((0, 0),)),
        ("3010-3011, 0,1", ((0, 1), (3010, 3011))),
        ("5-9,7-12,13", ((5, 13),)),
        ("1,,2", ((1, 2),)),
    ],
)
def test_sets_of_codes(text: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert code_set(text).ranges == ranges
    assert code_set(str(code_set(text))) == code_set(text)


@given(st.sets(st.integers(0, 300)))
def test_a_set_holds_its_codes_and_no_other(numbers: set[int]) -> None:
    found: CodeSet = code_set(",".join(map(str, numbers)))
    assert {n for n in range(302) if n in found} == numbers


@pytest.mark.parametrize("text", ["a", "-1", "5-3", "1.5", "0x1", "99999999999", "1-"])
def test_texts_that_are_no_codes(text: str) -> None:
    with pytest.raises(InputError):
        code_set(text)


@pytest.mark.parametrize("wrong", [("0,75", "", "75"), ("0", "30-40", "35"), ("0", "", "0")])
def test_a_code_means_one_thing(wrong: tuple[str, str, str]) -> None:
    with pytest.raises(InputError, match="both a"):
        codes(*wrong)


@pytest.mark.parametrize(
    ("state", "code", "wanted"),
    [
        (RemoteState.SUCCEEDED, 0, (RemoteState.FAILED, "", 8)),  # 0 is not among the success codes of this task
        (RemoteState.FAILED, 1, (RemoteState.SUCCEEDED, "", 0)),
        (RemoteState.FAILED, 3010, (RemoteState.SUCCEEDED, "REBOOT-NEEDED", 0)),
        (RemoteState.FAILED, 75, (RemoteState.FAILED, "RETRY-CODE", 8)),
        (RemoteState.FAILED, 9, (RemoteState.FAILED, "", 8)),
        (RemoteState.TIMED_OUT, 143, (RemoteState.TIMED_OUT, "", 0)),
        (RemoteState.UNKNOWN, None, (RemoteState.UNKNOWN, "", 0)),
        (RemoteState.SUCCEEDED, None, (RemoteState.SUCCEEDED, "", 0)),
    ],
)
def test_outcomes_are_judged(state: RemoteState, code: int | None, wanted: tuple[RemoteState, str, int]) -> None:
    found = judged(CommandOutcome(state, "m", code), codes("1-2", "3010", "75"))
    assert (found.state, found.reason, found.leads_to) == wanted


# --- kinds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_every_kind_is_whole(name: str) -> None:
    kind = action(name)
    assert kind.name == name
    assert kind.help.endswith(".")
    assert all(a.help.endswith(".") and a.value_type for a in kind.arguments)
    assert [a.name for a in kind.arguments if a.default is not None and a.required] == []
    kind.typed({a.name: a.default for a in kind.arguments if a.default is not None})


@pytest.mark.parametrize(
    ("name", "given_", "kinds"),
    [
        ("copy", {"source": "/a", "path": "/b"}, (Put,)),
        ("copy-tree", {"source": "/a", "path": "/b"}, (PutTree,)),
        ("fetch", {"path": "/a", "into": "/b"}, (Get,)),
        ("power", {"action": "shutdown"}, (Script,)),
        ("power", {"action": "reboot"}, (Script, AwaitReturn)),
        ("power", {"action": "reboot", "wait": "no"}, (Script,)),
        ("power", {"action": "wake"}, (ViaNeighbour, AwaitPort)),
        ("power", {"action": "wake", "wait": "no"}, (ViaNeighbour,)),
        ("service", {"name": "cron", "action": "start"}, (Script,)),
        ("message", {"text": "x"}, (Script,)),
        ("wait-for", {"event": "port"}, (AwaitPort,)),
        ("wait-for", {"event": "file", "path": "/a"}, (Script,)),
        ("wait-for", {"event": "reboot"}, (AwaitReturn,)),
        ("server-command", {"command": "docker ps --format '{{.Names}}'"}, (ServerFunction,)),
        ("membership-update", {}, (ServerFunction,)),
        ("database-maintenance", {}, (ServerFunction,)),
        ("purge", {}, (ServerFunction,)),
        ("mail", {"from": "a@b", "to": "c@d,e@f", "subject": "s"}, (ServerFunction,)),
    ],
)
def test_operations_of_kinds(name: str, given_: dict[str, str], kinds: tuple[type, ...]) -> None:
    one = Step(name, name, arguments=action(name).written(given_))
    assert tuple(type(o) for o in operations_of(one)) == kinds
    assert is_server(one) == (ServerFunction in kinds)
    assert leaves_marker(one) == (Script in kinds)
    assert needs_neighbour(one) == (ViaNeighbour in kinds)


@pytest.mark.parametrize(
    ("name", "given_", "said"),
    [
        ("copy", {"source": "/a"}, "needs `path`"),
        ("copy", {"source": "/a", "path": "b"}, "absolute path"),
        ("copy", {"source": "/a", "path": "/b", "moda": "1"}, "no argument `moda`"),
        ("copy-tree", {"source": "/a", "path": "/"}, "place of `/`"),
        ("fetch", {"path": "/a/", "into": "/b"}, "cannot name a file"),
        ("fetch", {"path": "/a/-rf", "into": "/b"}, "cannot name a file"),
        ("fetch", {"path": "/a/b", "into": "/b", "limit": "1G"}, "a limit of"),
        ("power", {"action": "explode"}, "none of its choices"),
        ("wait-for", {"event": "file"}, "needs `path`"),
        ("wait-for", {"event": "port", "port": "70000"}, "not a port"),
        ("message", {"text": "x", "user": "-rf"}, "not the name of a user"),
        ("purge", {"keep": "5s"}, "an hour at least"),
        ("mail", {"from": "a@b", "to": "c@d", "subject": "s\r\nBcc: x@y"}, "one line"),
        ("mail", {"from": "a@b\nBcc: x@y", "to": "c@d", "subject": "s"}, "one line"),
        ("mail", {"from": "a@b", "to": "c", "subject": "s"}, "not an address"),
        ("mail", {"from": "a@b", "to": "c@d", "subject": "s", "user": "u"}, "go together"),
        ("mail", {"from": "a@b", "to": "c@d", "subject": "s", "user": "u", "password_file": "/p"}, "over TLS only"),
    ],
)
def test_arguments_that_are_refused(name: str, given_: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        action(name).written(given_)


def test_an_unknown_kind_offers_a_near_one() -> None:
    with pytest.raises(InputError) as caught:
        action("copie")
    assert "copy" in caught.value.hint
    assert len(every_action()) == len(names()) >= 14


def test_an_older_step_is_read_with_defaults() -> None:
    old = {"name": "t", "type": "command", "body": "true", "interpreter": "sh", "environment": {}, "idempotent": True}
    assert Step.from_dict(old) == Step("t", "command", "true", idempotent=True)

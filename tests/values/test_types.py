"""What a type takes, and that whoever reads one takes and refuses the same, in the same words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from itmsctl.cmdb.fields import typed
from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.errors import InputError
from itmsctl.plans.spec import spec_of
from itmsctl.resources.record import checked
from itmsctl.sites.kinds import SITE
from itmsctl.tasks.jobs import step_document
from itmsctl.values.kind import Field, Kind, Type
from itmsctl.values.typed import ValueType
from itmsctl.values.types import meaning

TAKEN = {
    Type.INT: {"22": 22, "-5": -5, " 7 ": 7, "007": 7},
    Type.REAL: {"2.5": 2.5, "-1": -1.0, "1e3": 1000.0},
    Type.BOOL: {"true": True, "No": False, " on ": True, "0": False},
    Type.DURATION: {"90": 90.0, "1d12h": 129600.0},
}
REFUSED = {
    Type.INT: ("is not a valid whole number", ["", "many", "1.5", "1e3", "0x10", "True", "9" * 5000]),
    Type.REAL: ("is not a valid number", ["", "many", "nan", "-inf", "1e999", "1,5"]),
    Type.BOOL: ("is not true or false", ["", "perhaps", "2"]),
    Type.DURATION: ("is not a duration", ["", "soon", "-1"]),
}


@pytest.mark.parametrize("type_", TAKEN, ids=str)
def test_a_text_and_the_value_that_it_means_are_taken(type_: Type) -> None:
    for text, value in TAKEN[type_].items():
        for given in (text, value):
            found = meaning(type_).value(given)
            assert (found, type(found)) == (value, type(value)), given
        written = ValueType(type_.value).written(text, "it")
        assert ValueType(type_.value).value(written) == value, "a parameter of that type means the same"


@pytest.mark.parametrize("type_", REFUSED, ids=str)
def test_what_is_none_is_refused_in_one_way(type_: Type) -> None:
    words, texts = REFUSED[type_]
    for text in texts:
        with pytest.raises(InputError, match=words) as told:
            meaning(type_).value(text)
        assert len(told.value.message) < 200 or type_ is Type.DURATION
        with pytest.raises(InputError, match=f"^it: .*{words}"):
            ValueType(type_.value).written(text, "it")


def _document(field: Field, text: str) -> Any:
    kind = Kind("thing", "thing", "", (field,))
    (read,) = read_yaml(f"{field.name}: {text}\n".encode(), "a.yaml")
    _, problems = spec_of(kind, read.root)
    for problem in problems:
        raise InputError(problem.what)


READERS: dict[str, Callable[[Field, str], Any]] = {
    "a field": lambda field, text: typed(SITE, field, text),
    "a document": _document,
    "a parameter": lambda field, text: ValueType(field.type.value).written(text, "it"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("type_", "text"), [(Type.INT, "many"), (Type.INT, "1.5"), (Type.REAL, "many")], ids=str)
def test_every_reader_says_the_same(reader: str, type_: Type, text: str) -> None:
    words = meaning(type_).refusal(text).message
    with pytest.raises(InputError) as told:
        READERS[reader](Field("size", "", type_), text)
    assert words in told.value.message


def test_fields_with_bounds_of_their_own_say_it_too() -> None:
    with pytest.raises(InputError, match="`ssh` is not a valid whole number"):
        checked({"port": "ssh"})
    with pytest.raises(InputError, match="`70000` is no port"):
        checked({"port": "70000"})
    with pytest.raises(InputError) as told:
        step_document({"task": "check", "retries": "many"}, "step 1")
    assert "`many` is not a valid whole number" in told.value.why
    with pytest.raises(InputError) as told:
        step_document({"task": "check", "once": "perhaps"}, "step 1")
    assert "`perhaps` is not true or false" in told.value.why
    assert [step_document({"task": "check", "once": word}, "")["once"] for word in ("yes", False, "on")] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("value", [1.5, True, float("inf")])
def test_a_number_that_is_not_whole_is_never_cut(value: Any) -> None:
    with pytest.raises(InputError, match="is not a valid whole number"):
        typed(SITE, Field("link", "", Type.INT), value)

"""Declared parameters: what is read, what is refused, and the two fields in which they are kept."""

from __future__ import annotations

import pytest

from itmsctl.errors import InputError
from itmsctl.values.parameters import declared, parameter_fields, values_of

TYPES = ("text", "int", "time", "choice")


def test_declarations_come_back_from_their_fields() -> None:
    texts = ["a", "b=x=y", "c:int=3", "d:time=30d", "e:choice(p,q)=q", "f:int"]
    fields = parameter_fields(texts, TYPES)
    assert fields == {
        "parameters": {"b": "x=y", "c": "3", "d": "30d", "e": "q"},
        "parameter_types": {"a": "text", "c": "int", "d": "time", "e": "choice(p,q)", "f": "int"},
    }
    found = declared(fields, TYPES)
    assert set(map(str, found.values())) == {*texts[2:], "a:text", "b:text=x=y"}
    assert values_of(found, {"a": "1", "f": "007"}, "it")["f"] == "7"


@pytest.mark.parametrize("texts", [["a:list"], ["a:int=x"], ["a", "a=1"], ["1a"], ["a b"], [""], ["d:time=soon"]])
def test_declarations_that_are_refused(texts: list[str]) -> None:
    with pytest.raises(InputError):
        parameter_fields(texts, TYPES)


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "`a` has no value"), ({"aa": "1"}, "no parameter `aa`"), ({"a": "x"}, "`x` is not a valid whole number")],
)
def test_values_that_are_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as told:
        values_of(declared({"parameter_types": {"a": "int"}}, TYPES), given, "the report")
    assert said in told.value.message

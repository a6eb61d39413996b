"""A lean dataclass is one of Python in all that can be done with it, whatever its options."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from itmsctl.values import lean

NAMES = ("frozen", "eq", "repr", "kw_only")
OPTIONS = [dict(zip(NAMES, chosen, strict=True)) for chosen in itertools.product((False, True), repeat=len(NAMES))]
GIVEN: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, 2), {}),
    ((1, 2, [3]), {}),
    ((), {"one": 1}),
    ((), {"one": 1, "two": 3, "named": "x"}),
    ((1,), {"two": 2, "named": "x"}),
    ((), {"many": [1], "one": 1, "hidden": 5}),
    ((), {}),
    ((1, 2, [3], 4), {}),
    ((1,), {"one": 2}),
    ((1,), {"other": 2}),
    ((), {"two": 2, "other": 2}),
]


def itself(value: int) -> int:
    return value


def made(dataclass: Callable[..., Any], options: dict[str, Any]) -> Any:
    @dataclass(**options)
    class Thing:
        """What is made."""

        one: int
        two: int = 2
        many: list[int] = dataclasses.field(default_factory=list)
        named: str = dataclasses.field(default="", kw_only=True)
        hidden: int = dataclasses.field(default=0, repr=False, compare=False, kw_only=True)
        call: Callable[[int], int] = dataclasses.field(default=itself, kw_only=True)

    return Thing


def tried(act: Callable[[], Any]) -> Any:
    """Return what something gives, or the type of its error."""
    try:
        return act()
    except (TypeError, AttributeError) as error:
        return type(error)


def seen(cls: Any, args: tuple[Any, ...], given: dict[str, Any]) -> dict[str, Any]:
    """Return all that can be seen of an object and of what is done with it."""
    one = tried(lambda: cls(*args, **given))
    if one is TypeError:
        return {"made": one}
    same, other = cls(*args, **given), dataclasses.replace(one, two=77)
    return {
        "fields": [f.name for f in dataclasses.fields(one)],
        "values": vars(one),
        "replaced": vars(other),
        "dict": dataclasses.asdict(one),
        "copies": (vars(copy.copy(one)), vars(copy.deepcopy(one))),
        "called": one.call(3),
        "own list": one.many is not same.many or "many" in given or len(args) > 2,
        "equal": [one == thing for thing in (one, same, other, 1, dataclasses.replace(one, hidden=9))],
        "hash": tried(lambda: hash(one)) == tried(lambda: hash(same)),
        "hashed": type(tried(lambda: hash((one,)))),
        "told": repr(one) if "Thing(" in repr(one) else "",
        "set": (tried(lambda: setattr(one, "two", 5)), one.two),
        "set what is no field": tried(lambda: setattr(one, "new", 5)),
        "deleted": tried(lambda: delattr(one, "one")),
        "matched": cls.__match_args__,
        "doc": cls.__doc__,
    }


@pytest.mark.parametrize(
    "options", OPTIONS, ids=lambda options: " ".join(n for n, on in options.items() if on) or "none"
)
def test_it_does_what_python_s_does(options: dict[str, Any]) -> None:
    for args, given in GIVEN:
        told = [
            seen(made(how, options), *copy.deepcopy((args, given))) for how in (dataclasses.dataclass, lean.dataclass)
        ]
        assert told[0] == told[1], (args, given)


@lean.dataclass(frozen=True)
class Upper:
    one: int
    two: int = 2


@lean.dataclass(frozen=True)
class Lower(Upper):
    two: int = 3
    three: int = 4


class Plain(Lower):
    """No dataclass itself: it may have more than its fields."""


def test_it_is_inherited_as_python_s_is() -> None:
    assert repr(Lower(1)) == "Lower(one=1, two=3, three=4)"
    assert Lower(1) != Upper(1, 3)
    assert pickle.loads(pickle.dumps(Lower(1, 5))) == Lower(1, 5)
    plain = Plain(1)
    vars(plain)["new"] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        plain.two = 5  # type: ignore[misc]  # it is frozen
    plain.more = 5  # type: ignore[attr-defined]  # not a field
    assert plain.more == 5  # type: ignore[attr-defined]  # as above


@pytest.mark.parametrize(
    ("args", "given", "said"),
    [
        ((), {}, "missing required arguments: one"),
        ((1, 2, 3), {}, "takes 2 positional arguments but 3 were given"),
        ((1,), {"one": 2}, "got multiple values for argument 'one'"),
        ((1,), {"three": 2}, "got an unexpected keyword argument 'three'"),
    ],
)
def test_an_error_says_what_does_not_fit(args: tuple[int, ...], given: dict[str, int], said: str) -> None:
    with pytest.raises(TypeError, match=f"Upper.__init__.. {said}"):
        Upper(*args, **given)


def test_what_it_cannot_do_is_refused_when_the_class_is_made() -> None:
    with pytest.raises(TypeError, match="need a dataclass of Python"):

        @lean.dataclass(frozen=True)
        class Late:
            one: int = dataclasses.field(init=False)

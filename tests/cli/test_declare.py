"""How a verb is declared: its parameters, and the groups of options among them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Annotated, Any

import pytest
import typer

from itmsctl.cli.context import Context
from itmsctl.cli.declare import Verb, option

Words = Annotated[list[str], typer.Option("--word", help="A word.")]
Count = Annotated[int, typer.Option("--count", help="A number.")]
Loud = Annotated[bool, typer.Option("--loud", help="Loud.")]


@dataclass(frozen=True, kw_only=True)
class Speech:
    words: Words = field(default_factory=list)
    count: Count = 1


@dataclass(frozen=True, kw_only=True)
class LoudSpeech(Speech):
    loud: Loud = False


@dataclass(frozen=True, kw_only=True)
class Talk:
    speech: LoudSpeech
    place: Annotated[str, typer.Argument(help="A place.")]


class Pairs:
    """A group that is no dataclass."""

    def parameters(self) -> Sequence[inspect.Parameter]:
        return [option("left", Count, 0), option("right", Count, 0)]

    def made(self, given: Mapping[str, Any]) -> tuple[int, int]:
        return given["left"], given["right"]


def talk(
    context: Context, who: str, talk: Talk, pair: Annotated[tuple[int, int], Pairs()], dry_run: Loud = False
) -> object:
    """Talk."""
    return context, who, talk, pair, dry_run


def called(verb: Verb, **given: Any) -> Any:
    class Given:
        obj = "the invocation"

    return verb(Given(), **given)  # type: ignore[arg-type]  # of the parser's context it takes `obj`


def test_groups_are_spread_into_options_in_their_order_and_put_together_again() -> None:
    verb = Verb(talk, {}, ())
    parameters = inspect.signature(verb).parameters
    assert list(parameters) == ["ctx", "who", "words", "count", "loud", "place", "left", "right", "dry_run"]
    assert parameters["words"].default == []
    assert parameters["place"].default is inspect.Parameter.empty
    context, who, talked, pair, dry_run = called(
        verb, who="ann", words=["a"], count=2, loud=True, place="here", left=3, right=4, dry_run=True
    )
    assert (context, who, pair, dry_run) == ("the invocation", "ann", (3, 4), True)
    assert talked == Talk(speech=LoudSpeech(words=["a"], count=2, loud=True), place="here")
    with pytest.raises(FrozenInstanceError):
        talked.place = "there"


def test_lists_that_are_defaults_are_not_shared() -> None:
    first, second = (inspect.signature(Verb(talk, {}, ())).parameters["words"].default for _ in range(2))
    assert first is not second


def test_two_options_of_one_name_are_refused_where_the_verb_is_asked_for() -> None:
    def twice(context: Context, count: Count, speech: Speech) -> None: ...

    with pytest.raises(ValueError, match="duplicate parameter name: 'count'"):
        inspect.signature(Verb(twice, {}, ()))


def test_a_verb_without_the_invocation_is_refused_where_it_is_asked_for() -> None:
    def old(ctx: typer.Context, count: Count = 1) -> None: ...

    with pytest.raises(TypeError, match="the verb `old` has no parameter `context`"):
        inspect.signature(Verb(old, {}, ()))


def test_what_depends_on_a_value_is_said_beside_the_function() -> None:
    def named(context: Context, name: str, count: Count = 1) -> tuple[str, int]:
        return name, count

    named_type = Annotated[str, typer.Argument(metavar="SITE")]
    verb = Verb(named, {"name": named_type}, ())
    assert inspect.signature(verb).parameters["name"].annotation == named_type
    assert called(verb, name="rome", count=3) == ("rome", 3)


def test_marks_help_and_columns_of_a_function_are_those_of_its_verb() -> None:
    def marked(context: Context) -> None:
        """Say it."""

    marked.looks_back = True  # type: ignore[attr-defined]  # what a decorator sets
    verb: Any = Verb(marked, {}, ("name",))  # type: ignore[arg-type]  # any sequence does here
    assert (verb.looks_back, verb.__doc__, verb.__name__, verb.columns) == (True, "Say it.", "marked", ("name",))

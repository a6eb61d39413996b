"""How a verb is declared: by a typed function, whose parameters are what can be typed after the verb.

A parameter is one option or argument, or a group of them: a frozen dataclass whose fields are options, arguments or
groups again. So verbs share options without saying them twice, and mypy knows each by its name. The first parameter is
the invocation, `context`. What all of it comes to is worked out for the verb that is asked for, and for no other.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, get_type_hints

import typer

from itmsctl.values.lean import dataclass

if TYPE_CHECKING:
    from itmsctl.cli.output import Column

REQUIRED = inspect.Parameter.empty
_CONTEXT = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)


class OptionGroup(Protocol):
    """What stands for options together. A dataclass does by itself; anything else by `Annotated[its type, group]`."""

    def parameters(self) -> Sequence[inspect.Parameter]:
        """Return an option or argument for each value."""

    def made(self, given: Mapping[str, Any]) -> Any:
        """Return what the function gets, of all values of the verb by their names."""


@dataclass(frozen=True, eq=False, repr=False)
class _One:
    parameter: inspect.Parameter

    def parameters(self) -> Sequence[inspect.Parameter]:
        return [self.parameter]

    def made(self, given: Mapping[str, Any]) -> Any:
        return given[self.parameter.name]


class _Fields:
    def __init__(self, cls: type) -> None:
        self._cls = cls
        hints = get_type_hints(cls, include_extras=True)
        self._parts = {f.name: _group_of(f.name, hints[f.name], _default_of(f)) for f in fields(cls)}

    def parameters(self) -> Sequence[inspect.Parameter]:
        return [parameter for part in self._parts.values() for parameter in part.parameters()]

    def made(self, given: Mapping[str, Any]) -> Any:
        return self._cls(**{name: part.made(given) for name, part in self._parts.items()})


def _default_of(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return REQUIRED if field.default is MISSING else field.default


def _group_of(name: str, annotation: Any, default: Any) -> OptionGroup:
    if isinstance(annotation, type) and is_dataclass(annotation):
        return _Fields(annotation)
    for mark in (annotation, *getattr(annotation, "__metadata__", ())):
        if hasattr(mark, "made"):
            found: OptionGroup = mark
            return found
    return _One(option(name, annotation, default))


def option(name: str, annotation: Any, default: Any = REQUIRED) -> inspect.Parameter:
    """Return an option or argument by its name in the code, what the parser reads of it, and its default."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


class Verb:
    """A function as the parser calls it: a value for each option, which it gets in the groups that it declares."""

    def __init__(self, function: Callable[..., Any], types: dict[str, Any], columns: Sequence[Column]) -> None:
        self.__dict__.update(vars(function))  # its marks
        self.__name__, self.__doc__, self.__annotations__ = function.__name__, function.__doc__, {}
        self._function, self._types, self.columns = function, types, columns

    @cached_property
    def _parts(self) -> dict[str, OptionGroup]:
        declared = dict(inspect.signature(self._function).parameters)
        if declared.pop("context", None) is None:
            raise TypeError(f"the verb `{self.__name__}` has no parameter `context`")
        said = {name: p.annotation for name, p in declared.items() if name not in self._types}
        types = get_type_hints(
            SimpleNamespace(__annotations__=said), vars(sys.modules[self._function.__module__]), include_extras=True
        )
        return {name: _group_of(name, (types | self._types)[name], p.default) for name, p in declared.items()}

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.Signature([_CONTEXT, *(p for part in self._parts.values() for p in part.parameters())])

    def __call__(self, ctx: typer.Context, **given: Any) -> Any:
        """Call the function."""
        return self._function(ctx.obj, **{name: part.made(given) for name, part in self._parts.items()})

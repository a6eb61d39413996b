"""Templates in an operator's own words, filled in with what is known of a computer (HE3).

The language is small on purpose: names and their parts, `default` and a few filters of text; no arithmetic, no calls
and no blocks. So filling in takes time and memory in proportion to the template and its values. Values are context,
never source: one that reads like a template arrives literally. jinja2 reads the text; what it means is decided here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from itmsctl.errors import TemplateError
from itmsctl.values.names import did_you_mean

if TYPE_CHECKING:
    from jinja2 import nodes

MAX_BYTES = 1024 * 1024
MAX_SOURCE = 64 * 1024
_WHAT_IS_THERE = (
    "names such as {{ computer.site }}, and the filters default, upper, lower, trim, replace, join, first, last"
)


@dataclass(frozen=True, slots=True)
class _Missing:
    """What a name stands for where nothing is known."""

    said: str
    name: str


class _UnknownError(Exception):
    """A value that is missing was to be written."""

    def __init__(self, missing: _Missing) -> None:
        super().__init__(missing.said)
        self.missing = missing


class _RefusedError(Exception):
    """The language does not have this."""


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[nodes.Node, ...]:
    from jinja2 import Environment, TemplateSyntaxError
    from jinja2.nodes import Output, TemplateData

    if len(text) > MAX_SOURCE:
        raise TemplateError(f"`{text[:80]}` is longer than a template of {MAX_SOURCE} characters may be")
    hint = "a brace that is meant to stay is written {{ '{{' }}"
    try:
        body = Environment(keep_trailing_newline=True, autoescape=True).parse(text).body
    except TemplateSyntaxError as error:
        raise TemplateError(f"`{text[:80]}` is not a template", why=error.message or "", hint=hint) from None
    except RecursionError:
        raise TemplateError(f"`{text[:80]}` is not a template", why="it is nested too deeply", hint=hint) from None
    parts: list[nodes.Node] = []
    for node in body:
        if not isinstance(node, Output):
            raise TemplateError(
                f"`{text[:80]}` has a block", why="a template has no `{% ... %}`", hint=f"it has {_WHAT_IS_THERE}"
            )
        parts += node.nodes
    try:
        for part in parts:
            if not isinstance(part, TemplateData):
                _check(part)
    except (_RefusedError, RecursionError) as error:
        raise TemplateError(
            f"`{text[:80]}` has what a template may not have", why=str(error), hint=f"it has {_WHAT_IS_THERE}"
        ) from None
    return tuple(parts)


def _check(node: nodes.Node) -> None:
    """Raise _RefusedError for an expression that the language does not have."""
    from jinja2 import nodes as kinds

    match node:
        case kinds.Name():
            return
        case kinds.Const(value=bool() | int() | float() | str()):
            return
        case kinds.Getattr(node=inner):
            _check(inner)
        case kinds.Getitem(node=inner, arg=kinds.Const(value=str() | int())):
            _check(inner)
        case kinds.Filter(node=kinds.Node() as inner, name=name, kwargs=[], dyn_args=None, dyn_kwargs=None):
            if name not in _FILTERS:
                raise _RefusedError(f"`{name}` is not a filter here")
            if not all(isinstance(argument, kinds.Const) for argument in node.args):
                raise _RefusedError(f"what `{name}` is given must be written out")
            _check(inner)
        case _:
            raise _RefusedError(f"{type(node).__name__.lower()} is not part of the language")


def check(text: str) -> None:
    """Raise TemplateError for what is not a template."""
    _parsed(text)


def render(text: str, values: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a template with values filled in: `{"computer": {"site": "rome"}}` for `{{ computer.site }}`.

    Raises TemplateError for what is not known, for what cannot stand in a text, and for a result over MAX_BYTES.
    """
    parts = _parsed(text)
    try:
        written = [_written(_value(part, values)) for part in parts]
    except _UnknownError as error:
        known = [key for group in values.values() for key in group]
        raise TemplateError(
            f"`{text[:80]}` cannot be filled in: {error.missing.said}",
            hint=did_you_mean(error.missing.name, known) or "known: " + ", ".join(sorted(known)),
        ) from None
    except _RefusedError as error:
        raise TemplateError(f"`{text[:80]}` cannot be filled in", why=str(error)) from None
    if sum(map(len, written)) > MAX_BYTES:
        raise TemplateError(f"`{text[:80]}` became longer than {MAX_BYTES} characters")
    return "".join(written)


def _value(node: nodes.Node, values: Mapping[str, Any]) -> Any:
    from jinja2 import nodes as kinds

    match node:
        case kinds.TemplateData(data=text):
            return text
        case kinds.Const(value=constant):
            return constant
        case kinds.Name(name=name):
            return values[name] if name in values else _Missing(f"`{name}` is not known", name)
        case kinds.Getattr(node=inner, attr=key) | kinds.Getitem(node=inner, arg=kinds.Const(value=key)):
            return _part(_value(inner, values), key, inner)
        case kinds.Filter(node=inner, name=name, args=arguments) if inner is not None:
            constants = [argument.value for argument in arguments if isinstance(argument, kinds.Const)]
            return _filtered(name, _value(inner, values), constants)
    raise _RefusedError(f"{type(node).__name__.lower()} is not part of the language")


def _part(whole: Any, key: str | int, node: nodes.Node) -> Any:
    """Return what a part of a value is; a part of what is missing is missing too."""
    if isinstance(whole, _Missing):
        return whole
    where = f"{_path(node)}.{key}"
    if isinstance(whole, Mapping):
        if whole.get(key) is not None:
            return whole[key]
        return _Missing(f"`{where}` has no value" if key in whole else f"`{where}` is not known", str(key))
    if isinstance(whole, (list, tuple)) and isinstance(key, int):
        return whole[key] if -len(whole) <= key < len(whole) else _Missing(f"`{where}` has no value", str(key))
    raise _RefusedError(f"`{_path(node)}` has no part `{key}`")


def _path(node: nodes.Node) -> str:
    from jinja2 import nodes as kinds

    match node:
        case kinds.Name(name=name):
            return name
        case kinds.Getattr(node=inner, attr=key) | kinds.Getitem(node=inner, arg=kinds.Const(value=key)):
            return f"{_path(inner)}.{key}"
    return "it"


def _written(value: Any) -> str:
    if isinstance(value, _Missing):
        raise _UnknownError(value)
    if isinstance(value, Mapping):
        raise _RefusedError("it is a group of values: name one of them")
    if isinstance(value, (list, tuple)):
        raise _RefusedError("it is a list: write `| join(', ')` after it, or name one of them, [0]")
    return str(value)


# --- filters: each grows a text by no more than its own arguments, once for each member of a list ---------------------


def _filtered(name: str, value: Any, arguments: Sequence[Any]) -> Any:
    least, most, act = _FILTERS[name]
    if not least <= len(arguments) <= most:
        raise _RefusedError(f"`{name}` takes {least if least == most else f'{least} to {most}'} arguments")
    if isinstance(value, _Missing) and name not in _FOR_MISSING:
        return value
    return act(value, *arguments)


def _default(value: Any, other: Any = "", for_empty: Any = False) -> Any:
    return other if isinstance(value, _Missing) or (for_empty and not value) else value


def _join(value: Any, between: Any = "") -> str:
    members = [_written(member) for member in _members(value)]
    if sum(map(len, members)) + len(members) * len(str(between)) > MAX_BYTES:
        raise _RefusedError(f"it became longer than {MAX_BYTES} characters")
    return str(between).join(members)


def _replace(value: Any, old: Any, new: Any) -> str:
    text, old, new = _written(value), str(old), str(new)
    if not old or len(text) + text.count(old) * (len(new) - len(old)) > MAX_BYTES:
        raise _RefusedError(f"`replace` needs something to replace, and no more than {MAX_BYTES} characters of result")
    return text.replace(old, new)


def _members(value: Any) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise _RefusedError("it is one value, not a list")
    return value


def _nth(position: int) -> Callable[[Any], Any]:
    return lambda value: _members(value)[position] if _members(value) else _Missing("the list is empty", "")


_FOR_MISSING = frozenset({"default", "d"})
_FILTERS: Mapping[str, tuple[int, int, Callable[..., Any]]] = {
    "default": (0, 2, _default),
    "d": (0, 2, _default),
    "upper": (0, 0, lambda value: _written(value).upper()),
    "lower": (0, 0, lambda value: _written(value).lower()),
    "trim": (0, 0, lambda value: _written(value).strip()),
    "replace": (2, 2, _replace),
    "join": (0, 1, _join),
    "first": (0, 0, _nth(0)),
    "last": (0, 0, _nth(-1)),
}

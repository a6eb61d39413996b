"""Templates in an operator's own words, filled in with what is known of a computer (reliability HE3).

Values are context, never source: one that reads like a template arrives literally. The sandbox is the one of jinja2
that changes nothing; what is not known is an error that names it, unless the template says `| default(...)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from itmsctl.errors import TemplateError
from itmsctl.values.names import did_you_mean

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_BYTES = 1024 * 1024


class _Known:
    """Named values as a template sees them: only by name, no attribute of ours, none of Python's."""

    __slots__ = ("_called", "_values")

    def __init__(self, called: str, values: Mapping[str, Any]) -> None:
        self._called = called
        self._values = values

    def __getitem__(self, name: str) -> Any:
        from jinja2 import StrictUndefined

        where = f"{self._called}.{name}"
        value = self._values.get(name)
        if isinstance(value, Mapping):
            return _Known(where, value)
        if value is None:
            hint = f"`{where}` has no value" if name in self._values else f"`{where}` is not known"
            return StrictUndefined(hint=hint, name=name)
        return tuple(value) if isinstance(value, list) else value


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)


@lru_cache(maxsize=256)
def _template(text: str) -> Template:
    from jinja2 import TemplateSyntaxError

    try:
        return _environment().from_string(text)
    except TemplateSyntaxError as error:
        hint = "a brace that is meant to stay is written {{ '{{' }}"
        raise TemplateError(f"`{text[:80]}` is not a template", why=error.message or "", hint=hint) from None


def check(text: str) -> None:
    """Raise TemplateError for what is not a template."""
    _template(text)


def render(text: str, values: Mapping[str, Mapping[str, Any]]) -> str:
    """Answer a template with values filled in: `{"computer": {"site": "rome"}}` for `{{ computer.site }}`.

    Raises TemplateError for what is not known, and for what the sandbox does not allow.
    """
    from jinja2 import TemplateError as Refused
    from jinja2 import UndefinedError

    template = _template(text)
    context = {name: _Known(name, known) for name, known in values.items()}
    try:
        found = template.render(context)
    except UndefinedError as error:
        said = error.message or "something is not known"
        near = said.split("`")[1].rsplit(".", 1)[-1] if "`" in said else ""
        known = [key for group in values.values() for key in group]
        raise TemplateError(
            f"`{text[:80]}` cannot be filled in: {said}",
            hint=did_you_mean(near, known) or "known: " + ", ".join(sorted(known)),
        ) from None
    except (Refused, TypeError, ValueError, ArithmeticError, LookupError, AttributeError, MemoryError) as error:
        raise TemplateError(f"`{text[:80]}` cannot be filled in", why=str(error)) from None
    if len(found) > MAX_BYTES:
        raise TemplateError(f"`{text[:80]}` became longer than {MAX_BYTES} characters")
    return found

"""Words of the command line become values without pydantic, whose import would cost a short command a quarter more.

The parser reads every value through pydantic. What can be read in one way only (text, plain numbers, lists of text) is
read here; all else is left to the parser, and so is every message about a value that does not fit, but what is no
number at all is called so in our own words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from typer import BadParameter, core
from typer._coercion import RuntimeParam, TypeDescriptor, build_runtime_param

from itmsctl.errors import InputError
from itmsctl.values.kind import Type
from itmsctl.values.types import meaning

_TYPES = {int: Type.INT, float: Type.REAL}
_WHOLE = r"-?[0-9]{1,15}"
_NUMBER = r"-?[0-9]{1,15}(\.[0-9]{1,15})?"
_Read = Callable[[Any, TypeDescriptor], Any]


class _UnclearError(Exception):
    """The parser has to say what a value means, or why it does not fit."""


@dataclass(frozen=True, eq=False, repr=False)
class _PlainParam(RuntimeParam):
    """How a value of a parameter is read."""

    descriptor: TypeDescriptor
    read: _Read

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            return self.read(value, self.descriptor)
        except _UnclearError:
            return self._parsed(value, param, ctx)

    def _parsed(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            return build_runtime_param(self.descriptor).coerce(value, param, ctx)
        except BadParameter as error:
            try:
                meaning(_TYPES.get(self.descriptor.annotation, Type.TEXT)).value(value)
            except InputError as ours:
                error.message = ours.message
            raise


def _text(value: Any, _: TypeDescriptor) -> str:
    if type(value) is not str:
        raise _UnclearError
    try:
        value.encode("utf-8")  # a byte that was no UTF-8 came as half of a surrogate pair
    except UnicodeEncodeError:
        raise _UnclearError from None
    return value


def _texts(value: Any, descriptor: TypeDescriptor) -> list[str]:
    if not isinstance(value, list | tuple):
        raise _UnclearError
    return [_text(item, descriptor) for item in value]


def _numbers(kind: type[int] | type[float], form: str) -> _Read:
    def read(value: Any, descriptor: TypeDescriptor) -> float:
        number = kind(value) if type(value) is str and re.fullmatch(form, value) else value
        least, most = descriptor.parameter_info.min, descriptor.parameter_info.max
        if type(number) is not kind:
            raise _UnclearError
        if (least is not None and number < least) or (most is not None and number > most):
            raise _UnclearError
        return number

    return read


def _unclear(*_: Any) -> Any:
    raise _UnclearError


_READS: dict[Any, _Read] = {str: _text, list[str]: _texts, int: _numbers(int, _WHOLE), float: _numbers(float, _NUMBER)}


def _plain(descriptor: TypeDescriptor) -> RuntimeParam:
    info = descriptor.parameter_info
    is_plain = info.parser is None and not (info.clamp or descriptor.is_path or descriptor.is_file)
    read = _READS.get(descriptor.annotation, _unclear) if is_plain else _unclear
    return _PlainParam(info, descriptor.annotation, descriptor, read)


def use() -> None:
    """Let the parser read values so, from now on."""
    core.build_runtime_param = _plain  # type: ignore[attr-defined]  # looked up there for each parameter

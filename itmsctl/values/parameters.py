"""Parameters that a stored text declares, such as a task's or a report's: `NAME[:TYPE][=DEFAULT]`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.errors import InputError
from itmsctl.values.lean import dataclass
from itmsctl.values.names import did_you_mean
from itmsctl.values.naming import naming
from itmsctl.values.typed import PARAMETER_TYPES, ValueType, is_template, type_of

TEXT = ValueType()
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")

Given = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Parameter:
    """A declared parameter. Without a default, a value must be given."""

    name: str
    type: ValueType = TEXT
    default: str | None = None

    def written(self, value: str | Sequence[str]) -> str:
        """Return a value as its type writes it; a template stays one. Raises InputError."""
        if isinstance(value, str) and is_template(value):
            return value
        return self.type.written(value, f"parameter `{self.name}`")

    def __str__(self) -> str:
        return f"{self.name}:{self.type}" + ("" if self.default is None else f"={self.default}")


def check_parameter(name: str) -> str:
    """Return the name of a parameter if it can be part of an environment variable's name; raise InputError."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"`{name}` is not the name of a parameter", hint="a letter, then up to 63 letters, digits or underscores"
        )
    return name


def declaration(text: str, known: Sequence[str] = PARAMETER_TYPES) -> Parameter:
    """Read `NAME[:TYPE][=DEFAULT]`. Raises InputError for a name, a type, or a default that the type does not take."""
    head, equals, default = text.partition("=")
    name, _, word = head.partition(":")
    parameter = Parameter(check_parameter(name.strip()), type_of(word.strip(), known) if word else TEXT)
    if not equals:
        return parameter
    return Parameter(parameter.name, parameter.type, parameter.written(default))


def parameter_fields(declarations: Sequence[str], known: Sequence[str] = PARAMETER_TYPES) -> dict[str, Any]:
    """Return the two fields, `parameters` and `parameter_types`, that declarations give. Raises InputError."""
    defaults: dict[str, str] = {}
    types: dict[str, str] = {}
    for text in declarations:
        parameter = declaration(text, known)
        if parameter.name in defaults or parameter.name in types:
            raise InputError(f"parameter `{parameter.name}` is declared twice")
        if parameter.default is not None:
            defaults[parameter.name] = parameter.default
        if parameter.default is None or parameter.type.word != "text":
            types[parameter.name] = str(parameter.type)
    return {"parameters": defaults, "parameter_types": types}


def declared(fields: Mapping[str, Any], known: Sequence[str] = PARAMETER_TYPES) -> dict[str, Parameter]:
    """Return the parameters that these two fields declare: those with a default, and those of which the type is known.

    Raises InputError for a name or a type that is none, or a default that it does not take.
    """
    defaults, types = fields.get("parameters") or {}, fields.get("parameter_types") or {}
    found = {}
    for name in dict.fromkeys((*defaults, *types)):
        with naming("parameter_types", name):
            kind = type_of(types[name], known) if name in types else TEXT
        try:
            check_parameter(name)
        except InputError as error:
            raise error.about("parameters" if name in defaults else "parameter_types", name, key=True) from None
        parameter, default = Parameter(name, kind), defaults.get(name)
        with naming("parameters", name):
            found[name] = Parameter(name, kind, None if default is None else parameter.written(default))
    return found


def values_of(parameters: Mapping[str, Parameter], given: Given, what: str) -> dict[str, str]:
    """Return the written value of every parameter: what was given, else its default. `what` declares them.

    Raises InputError for one that is not declared, one without a value, or a value that its type does not take.
    """
    for name in given:
        if name not in parameters:
            hint = did_you_mean(name, parameters) or f"declared: {', '.join(sorted(parameters)) or 'none'}"
            raise InputError(f"{what} has no parameter `{name}`", hint=hint).about("parameters", name, key=True)
    values: dict[str, str] = {}
    for name, parameter in parameters.items():
        value = given.get(name, parameter.default)
        if value is None:
            raise InputError(f"parameter `{name}` has no value", hint=f"--param {name}=... ({parameter.type})")
        with naming("parameters", name):
            values[name] = parameter.written(value)
    return values

"""Programs of a package as its fields say them, and as its manifest does (PKG-22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.errors import FieldError, InputError
from itmsctl.packages.kinds import IF_ASKED, PROGRAM
from itmsctl.packages.manifest import ANY, LIMIT_S, MEANINGS, MOST_PROGRAMS, SYSTEMS, PackageProgram
from itmsctl.values.names import near_or_all
from itmsctl.values.naming import naming
from itmsctl.values.times import seconds
from itmsctl.values.untrusted import is_storable

_LONGEST_LINE = 4000  # characters; a longer one belongs into a file of the package
_LONGEST_NAME = 60
_LONGEST_LIMIT_S = 7 * 86400
_COMMANDS = (*SYSTEMS, ANY)
_PARTS = {part.name: part for part in PROGRAM}

PlainProgram = Mapping[str, Any]  # what a member of the field `programs` holds: only what was said


def programs_of(given: Sequence[Any]) -> list[dict[str, Any]]:
    """Return programs in their one form: a text `NAME=COMMAND LINE` is a command of every system.

    Raises FieldError that names the member and its part.
    """
    if len(given) > MOST_PROGRAMS:
        raise FieldError(f"{len(given)} programs are more than {MOST_PROGRAMS}").about("programs")
    found: list[dict[str, Any]] = []
    for place, member in enumerate(given):
        with naming("programs", place):
            one = _program(member)
        if any(one["name"] == other["name"] for other in found):
            raise FieldError(f"program `{one['name']}` is there twice").about("programs", place, "name")
        found.append(one)
    return found


def for_manifest(programs: Sequence[PlainProgram]) -> tuple[PackageProgram, ...]:
    """Return programs as a manifest holds them."""
    return tuple(
        PackageProgram(
            one["name"],
            {system: one[system] for system in _COMMANDS if system in one},
            {int(code): said for code, said in one.get("codes", {}).items()},
            one.get("run_as"),
            one.get("reboot", IF_ASKED),
            float(one.get("limit", LIMIT_S)),
        )
        for one in programs
    )


def _program(member: Any) -> dict[str, Any]:
    given = dict(member) if isinstance(member, Mapping) else _from_text(str(member))
    for part in given:
        if part not in _PARTS:
            raise FieldError(f"a program has no `{part}`", hint=near_or_all(str(part), _PARTS)).about("programs")
    found = {name: _part(name, given[name]) for name in _PARTS if given.get(name) not in (None, "", {})}
    if "name" not in found:
        raise FieldError("a program needs a name", hint="install=COMMAND LINE")
    if not any(system in found for system in _COMMANDS):
        raise FieldError(f"program `{found['name']}` has no command line", hint=f"of {', '.join(_COMMANDS)}")
    return found


def _from_text(text: str) -> dict[str, Any]:
    name, _, line = text.partition("=")
    return {"name": name.strip(), ANY: line.strip()}


def _part(name: str, value: Any) -> Any:
    with naming("programs", name):
        match name:
            case "codes":
                return codes_of(value)
            case "limit":
                return _limit(value)
        if not isinstance(value, str) or not is_storable(value):
            raise FieldError(f"`{name}` of a program is a text")
        if any(char in value for char in "\r\n\0"):
            raise FieldError(f"`{name}` of a program is one line", hint="a script of the package holds more")
        longest = _LONGEST_LINE if name in _COMMANDS else _LONGEST_NAME
        if len(value) > longest:
            raise FieldError(f"`{name}` of a program is longer than {longest} characters")
        choices = _PARTS[name].choices
        if choices and value not in choices:
            raise FieldError(f"`{value}` is not a value of `{name}`", hint=near_or_all(value, choices))
        return value.strip()


def codes_of(given: Any) -> dict[str, str]:
    """Return what exit codes mean, by code as text and in order. Raises FieldError."""
    if not isinstance(given, Mapping):
        raise FieldError("exit codes are written as CODE=MEANING", hint="3010=reboot")
    found: dict[int, str] = {}
    for code, said in given.items():
        try:
            number = int(str(code))
        except ValueError:
            raise FieldError(f"`{code}` is not an exit code", hint="a whole number, such as 3010") from None
        if not -(2**31) <= number < 2**32:
            raise FieldError(f"`{code}` is larger than an exit code")
        if said not in MEANINGS:
            raise FieldError(f"`{said}` is not what an exit code means", hint=near_or_all(str(said), MEANINGS))
        found[number] = said
    return {str(code): found[code] for code in sorted(found)}


def _limit(value: Any) -> float:
    try:
        found = float(value) if isinstance(value, (int, float)) else seconds(str(value))
    except (ValueError, InputError):
        raise FieldError(f"`{value}` is not a duration", hint="such as 30m") from None
    if not 0 < found <= _LONGEST_LIMIT_S:
        raise FieldError("a time limit is more than 0 and at most 7d")
    return found

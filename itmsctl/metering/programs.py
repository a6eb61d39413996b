"""Which programs a policy means."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from typing import Any, NamedTuple

from itmsctl.errors import FieldError
from itmsctl.values.versions import version_key

FIELDS = ("files", "paths", "products", "vendors", "versions")
_MOST, _LONGEST = 500, 400  # patterns of a field, characters of one
_LEFT_OUT = "!"
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt, "=": operator.eq,
}  # fmt: skip


class ProgramSeen(NamedTuple):
    """A program as a computer tells it: its file name, and what else is known; empty where it is not."""

    file: str
    path: str = ""
    product: str = ""
    vendor: str = ""
    version: str = ""

    @property
    def name(self) -> str:
        """Return what people call it: the file name in small letters, without .exe."""
        name = self.file.lower()
        return name.removesuffix(".exe") or name


@dataclass(frozen=True)
class ProgramRule:
    """Programs that match one pattern of each field that has any, and none that is left out (`!name`).

    Capitals count as small letters. What is not known of a program matches no pattern.
    """

    files: Sequence[str] = ()
    paths: Sequence[str] = ()
    products: Sequence[str] = ()
    vendors: Sequence[str] = ()
    versions: Sequence[str] = ()

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> ProgramRule:
        """Return the rule that the fields of a policy say."""
        return cls(*(tuple(fields.get(name) or ()) for name in FIELDS))

    def matches(self, program: ProgramSeen) -> bool:
        """Return whether a program is meant."""
        file, path, product, vendor = self._tests
        return (
            file((program.file, program.name))
            and path((program.path,))
            and product((program.product,))
            and vendor((program.vendor,))
            and _is_of_version(self.versions, program.version)
        )

    @cached_property
    def _tests(self) -> tuple[Callable[[Sequence[str]], bool], ...]:
        return tuple(_test(patterns) for patterns in (self.files, self.paths, self.products, self.vendors))


def checked_rule(fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the patterns of a policy without blanks around them. Raises FieldError for one that says nothing."""
    found: dict[str, list[str]] = {}
    for name in FIELDS:
        members = fields.get(name) or ()
        if len(members) > _MOST:
            raise FieldError(f"{len(members)} patterns are more than {_MOST}", hint="add a policy").about(name)
        for place, member in enumerate(members):
            text = member.strip()
            if not text.removeprefix(_LEFT_OUT).strip() or len(text) > _LONGEST or len(text.splitlines()) > 1:
                why = f"one line of at most {_LONGEST} characters"
                raise FieldError(f"`{member[:40]!r}` is not a pattern", hint=why).about(name, place)
            found.setdefault(name, []).append(text)
    return found


def refuse_empty_rule(fields: Mapping[str, Any]) -> None:
    """Raise FieldError where a policy names no program."""
    if not any(not text.startswith(_LEFT_OUT) for name in FIELDS for text in fields.get(name) or ()):
        raise FieldError("it names no program", hint="--file firefox, or --file '*' for all").about("files")


def _test(patterns: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    wanted = _pattern([text for text in patterns if not text.startswith(_LEFT_OUT)])
    unwanted = _pattern([text.removeprefix(_LEFT_OUT) for text in patterns if text.startswith(_LEFT_OUT)])

    def test(values: Sequence[str]) -> bool:
        said = [value.lower() for value in values if value]
        if wanted is not None and not any(wanted.match(value) for value in said):
            return False
        return unwanted is None or not any(unwanted.match(value) for value in said)

    return test


def _pattern(texts: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(translate(text.lower()) for text in texts), re.DOTALL) if texts else None


def _is_of_version(conditions: Sequence[str], version: str) -> bool:
    """Return whether a version satisfies one condition, and is none that is left out."""
    if not conditions:
        return True
    wanted = [text for text in conditions if not text.startswith(_LEFT_OUT)]
    unwanted = [text.removeprefix(_LEFT_OUT) for text in conditions if text.startswith(_LEFT_OUT)]
    if not version:
        return not wanted
    return (not wanted or any(_holds(text, version) for text in wanted)) and not any(
        _holds(text, version) for text in unwanted
    )


def _holds(condition: str, version: str) -> bool:
    text = condition.strip()
    for sign, compare in _COMPARED.items():
        if text.startswith(sign):
            return compare(version_key(version), version_key(text.removeprefix(sign)))
    found = _pattern([text])
    return found is not None and found.match(version.lower()) is not None

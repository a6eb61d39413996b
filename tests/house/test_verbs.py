"""A verb is declared in one way: a typed function, whose parameters are options or typed groups of them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from itmsctl.cli.declare import Verb
from tests.house import PACKAGE, sources
from tests.house.test_registries import every_command

MOST_IGNORED = 40
MECHANISM = {"cli/declare.py"}


def verbs() -> list[tuple[str, Any]]:
    return [(" ".join(path), command.callback) for path, command in every_command()]


def functions() -> dict[str, Any]:
    """Return the function behind each verb; several verbs may have the same."""
    return {path: vars(callback)["_function"] for path, callback in verbs()}


def command_modules() -> list[Path]:
    return [path for path in sources() if {"commands", "commands.py"} & set(path.relative_to(PACKAGE).parts)]


def test_every_verb_of_every_group_is_declared_by_the_mechanism() -> None:
    found = verbs()
    assert len(found) > 150
    assert [path for path, callback in found if not isinstance(callback.__wrapped__, Verb)] == []


def test_every_parameter_of_every_verb_has_a_type_that_mypy_sees() -> None:
    loose = [(path, why) for path, function in functions().items() for why in untyped(function)]
    assert loose == []


def untyped(function: Any) -> Iterator[str]:
    first, *others = inspect.signature(function).parameters.values()
    if (first.name, str(first.annotation)) != ("context", "Context"):
        yield f"{first} is not `context: Context`"
    for parameter in others:
        said = str(parameter.annotation)
        if parameter.kind in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}:
            yield f"{parameter} takes anything"
        if parameter.annotation is parameter.empty or said in {"Any", "object"} or said.startswith("Mapping"):
            yield f"{parameter} may be anything"


def test_a_group_of_options_is_a_frozen_dataclass_of_typed_fields() -> None:
    seen = 0
    for cls in groups():
        seen += 1
        with pytest.raises(FrozenInstanceError):
            setattr(object.__new__(cls), next(iter(get_type_hints(cls))), None)
        for name, hint in get_type_hints(cls, include_extras=True).items():
            assert is_dataclass(hint) or get_args(hint)[0] is not Any, (cls, name)
    assert seen > 8


def groups() -> set[type]:
    """Return every group of options that is a dataclass, those inside others too."""
    found: set[type] = set()
    parts = [part for _, callback in verbs() for part in parts_of(callback.__wrapped__)]
    while parts:
        part = parts.pop()
        if "_cls" in vars(part):
            found.add(vars(part)["_cls"])
            parts += vars(part)["_parts"].values()
    return found


def parts_of(verb: Verb) -> list[Any]:
    inspect.signature(verb)
    return list(vars(verb)["_parts"].values())


@pytest.mark.parametrize(
    "words",
    [r"__signature__", r"__annotations__", r"inspect\.Parameter", r"^\s*\w+\.columns = ", r"\w+\.obj\b"],
)
def test_no_module_of_commands_makes_a_verb_by_hand(words: str) -> None:
    found = re.compile(words, re.MULTILINE)
    assert [path for path in command_modules() if found.search(path.read_text(encoding="utf-8"))] == []
    # The guard sees what it is to see: the mechanism itself does such things, or the parser's side of it.
    others = [path for path in (PACKAGE / "cli").glob("*.py") if found.search(path.read_text(encoding="utf-8"))]
    assert others or "columns" in words


def test_no_module_of_commands_reads_options_by_string_key() -> None:
    """What a verb was given has names that mypy knows: a bag of any values is read by nobody."""
    found = [(path.relative_to(PACKAGE).as_posix(), *one) for path in command_modules() for one in bags(path)]
    assert found == []


def bags(path: Path) -> Iterator[tuple[str, str]]:
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)} & {
            "given", "asked", "options", "inputs", "kwargs",
        }  # fmt: skip
        for node in ast.walk(function):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in names:
                yield function.name, ast.unparse(node)


@pytest.mark.parametrize("words", [r"\(dry run, nothing was written\)", r"sort\.lstrip\(\"-\"\)"])
def test_what_every_verb_says_or_reads_alike_stands_once(words: str) -> None:
    text = {path: len(re.findall(words, path.read_text(encoding="utf-8"))) for path in PACKAGE.rglob("*.py")}
    assert {path.parent.name: count for path, count in text.items() if count} == {"cli": 1}


def test_few_lines_are_hidden_from_mypy_each_with_its_reason() -> None:
    hidden = [
        line for path in sources() for line in path.read_text(encoding="utf-8").splitlines() if "type: ignore" in line
    ]
    assert len(hidden) <= MOST_IGNORED
    assert [line for line in hidden if not re.search(r"type: ignore\[[\w, -]+\] +#.*\w", line)] == []

"""What is read without pydantic is read as the parser reads it; what is not plain is left to the parser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer import core
from typer._coercion import build_runtime_param

from itmsctl.cli import plain_values

TEXTS = [
    *("", "rome", " x ", "0", "7", "-7", "007", "+7", "1_000", "5.0", "5.5", ".5", "1e3", "nan", "inf", "-0", "½", "é"),
    *("\udcff", "٣", "9" * 15, "9" * 16, "9" * 40, "true", "None"),
]
CASES: list[tuple[Any, Any]] = [
    (str | None, typer.Option("--x")),
    (int | None, typer.Option("--x")),
    (int | None, typer.Option("--x", min=1, max=30)),
    (float | None, typer.Option("--x")),
    (float | None, typer.Option("--x", min=-100, max=1000)),
    (list[str], typer.Option("--x")),
    (Path | None, typer.Option("--x")),
    (list[int], typer.Option("--x")),
]


def parsed(annotation: Any, option: Any, text: str) -> tuple[str, Any]:
    app = typer.Typer(add_completion=False)
    found: list[Any] = []

    def run(x: Any = None) -> None:
        found.append(x)

    run.__annotations__ = {"x": Annotated[annotation, option]}
    app.command()(run)
    command = typer.main.get_command(app)
    try:
        command.main([f"--x={text}"], prog_name="x", standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - whatever it is, both must raise it
        return type(error).__name__, getattr(error, "message", str(error))
    return "value", repr(found)


@pytest.mark.parametrize(("annotation", "option"), CASES, ids=lambda case: str(getattr(case, "min", case)))
def test_a_value_means_what_the_parser_says(annotation: Any, option: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in TEXTS:
        monkeypatch.setattr(core, "build_runtime_param", build_runtime_param)
        wanted = parsed(annotation, option, text)
        plain_values.use()
        found = parsed(annotation, option, text)
        if found != wanted:  # only the words are ours, and only of what is no number
            number = "number" if annotation == float | None else "whole number"
            assert found == (wanted[0], f"`{text}` is not a valid {number}")
            assert (wanted[0], wanted[1][:16]) == ("BadParameter", "Input should be "), text


@pytest.mark.parametrize(
    ("annotation", "text", "words"),
    [
        (int | None, "many", "`many` is not a valid whole number"),
        (int | None, "5.5", "`5.5` is not a valid whole number"),
        (float | None, "1,5", "`1,5` is not a valid number"),
    ],
)
def test_what_is_no_number_is_refused_in_the_words_of_all_other_places(annotation: Any, text: str, words: str) -> None:
    plain_values.use()
    assert parsed(annotation, typer.Option("--x"), text) == ("BadParameter", words)

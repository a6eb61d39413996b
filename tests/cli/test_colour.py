"""When colour is used: never off a terminal unless forced; `--color` wins over every variable."""

from __future__ import annotations

import pytest

from tests.conftest import Run

ESC = "\x1b["
CASES = [
    # terminal, environment, flags, colour?
    (True, {}, (), True),
    (False, {}, (), False),
    (True, {"NO_COLOR": "1"}, (), False),
    (True, {"NO_COLOR": ""}, (), True),
    (True, {"CLICOLOR": "0"}, (), False),
    (True, {"TERM": "dumb"}, (), False),
    (True, {"TERM": ""}, (), True),
    (False, {"CLICOLOR_FORCE": "1"}, (), True),
    (False, {"CLICOLOR_FORCE": "0"}, (), False),
    (False, {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, (), False),
    (True, {"NO_COLOR": "1"}, ("--color", "always"), True),
    (True, {}, ("--color", "never"), False),
    (False, {}, ("--color", "always"), True),
    (False, {"TERM": "dumb"}, ("--color=always",), True),
    (True, {"ITMSCTL_COLOR": "never"}, (), False),
]


@pytest.mark.parametrize(("terminal", "env", "flags", "wanted"), CASES)
def test_colour(ok: Run, terminal: bool, env: dict[str, str], flags: tuple[str, ...], wanted: bool) -> None:
    ok("site", "add", "rome")
    shown = ok("site", "list", "-o", "table", *flags, terminal=terminal, env=env)
    assert (ESC in shown.out) is wanted
    assert "rome" in shown.out


def test_colour_carries_no_meaning(ok: Run) -> None:
    ok("site", "add", "rome", "--region", "Lazio")
    import re

    plain = ok("site", "list", "-o", "table", "--color", "never", terminal=True).out
    coloured = ok("site", "list", "-o", "table", "--color", "always", terminal=True).out
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


@pytest.mark.parametrize("form", ["json", "ndjson", "csv", "tsv", "yaml", "name"])
def test_data_is_never_coloured(ok: Run, form: str) -> None:
    ok("site", "add", "rome")
    assert ESC not in ok("site", "list", "-o", form, "--color", "always", terminal=True).out

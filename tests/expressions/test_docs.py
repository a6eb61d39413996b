"""Every example of docs/filters.md parses against the fields of the house; every slip does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from itmsctl.errors import ExpressionError
from itmsctl.expressions.parse import parse
from itmsctl.expressions.selectors import parse_selector

PAGE = (Path(__file__).parents[2] / "docs" / "filters.md").read_text(encoding="utf-8")
EXAMPLES = [line for block in re.findall(r"```sql\n(.*?)```", PAGE, re.S) for line in block.splitlines() if line]
SLIPS = re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", PAGE, re.M)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_parse(example):
    parse(example)


@pytest.mark.parametrize(("typed", "meant"), SLIPS)
def test_slips_are_refused_and_what_is_meant_parses(typed, meant):
    parse(meant)
    with pytest.raises(ExpressionError):
        parse(typed)


def test_the_page_has_examples():
    assert len(EXAMPLES) > 25
    assert len(SLIPS) >= 6
    (selector,) = re.findall(r"-l '(.+?)'", PAGE)
    parse_selector(selector)

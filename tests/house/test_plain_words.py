"""Words that CONTRIBUTING keeps out of code and messages: each has a plainer one beside it there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEPT_OUT = re.compile(r"\banew\b|\bis wanted\b(?! else|$|\))|\b(database|program|server|verb) wants\b")


def test_words_that_have_a_plainer_one_are_not_used() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in sorted((ROOT / "itmsctl").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if KEPT_OUT.search(line)
    ]
    assert found == [], "the word list in CONTRIBUTING.md says what to write"

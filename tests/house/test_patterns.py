"""Patterns that must not occur, each with the reason. What ruff can see, ruff sees; this is the rest."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.house import PACKAGE, ROOT, documents, sources


@dataclass(frozen=True)
class Pattern:
    """Words that must not occur, why, and where they may (paths below the package)."""

    words: str
    why: str
    allowed: tuple[str, ...] = field(default=())


PATTERNS = (
    Pattern(r"AutoAddPolicy|WarningPolicy", "a host key is accepted only where the administrator asked"),
    Pattern(r"shell=True", "no text becomes a local shell"),
    Pattern(r"yaml\.(unsafe_|full_)?load\(", "YAML builds nothing but text, lists and maps"),
    Pattern(r"extractall\(", "an archive may name any path"),
    Pattern(r"(?<![\w.])text\(\s*f[\"']", "SQL is bound, never put together from values"),
    Pattern(r"executescript\(", "it commits behind the unit of work"),
    Pattern(r"datetime\.(now|utcnow|today)\(|time\.time\(\)", "time is an argument", ("values/times.py",)),
    Pattern(r"(?<![\w.])print\(", "data goes through the output, words through the context"),
    # A control socket's path has 108 bytes, and TMPDIR may be long; it lies in a new folder of mode 0700.
    Pattern(r"[\"']/tmp\b", "the state of a user stays in the user's folders", ("transports/openssh_master.py",)),
    Pattern(
        r"\bpickle\b|\bmarshal\b",
        "stored bytes never become objects",
        ("resources/service/reading.py", "cmdb/spilled.py"),
    ),
    Pattern(r"(?<![\w.])(eval|exec)\(", "text never becomes code"),
    Pattern(r"verify\s*=\s*False|CERT_NONE", "a certificate is checked"),
)


def code_of(path: Path) -> str:
    """Answer a module without its docstrings and comments: words about a pattern are not the pattern."""
    return ast.unparse(_Bare().visit(ast.parse(path.read_text(encoding="utf-8"))))


class _Bare(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        is_words = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return ast.copy_location(ast.Pass(), node) if is_words else self.generic_visit(node)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.words)
def test_a_forbidden_pattern_does_not_occur(pattern: Pattern) -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.relative_to(PACKAGE).as_posix() not in pattern.allowed and re.search(pattern.words, code_of(path))
    ]
    assert found == [], pattern.why


def test_the_patterns_find_what_they_look_for(tmp_path: Path) -> None:
    """A guard that cannot bark is none."""
    bad = ["print(1)", 'text(f"select {x}")', "yaml.load(s)", 'open("/tmp/x")', "client.set(AutoAddPolicy())"]
    (tmp_path / "bad.py").write_text("\n".join(bad))
    caught = [p.words for p in PATTERNS if re.search(p.words, code_of(tmp_path / "bad.py"))]
    assert len(caught) == 5


def test_an_exemption_says_why() -> None:
    """`noqa` and `type: ignore` carry their reason on the same line."""
    bare = re.compile(r"# (noqa|type: ignore)(:\s*[A-Z0-9, ]+|\[[a-z, -]+\])?\s*$")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*sources(), *(ROOT / ".ci").glob("*.py")]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if bare.search(line)
    ]
    assert found == []


def test_no_text_names_the_machine_it_was_written_on() -> None:
    places = re.compile(r"/(work|root|home/[a-z]+)/[a-z]|(?<!/var)/tmp/itms\b")
    texts = [
        *documents(),
        *sources(),
        *(ROOT / "examples").rglob("*.*"),
        *(ROOT / ".ci").iterdir(),
        *(ROOT / "templates").rglob("*.*"),
    ]
    found = [
        str(path.relative_to(ROOT))
        for path in texts
        if path.is_file() and path.suffix != ".pyc" and places.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []

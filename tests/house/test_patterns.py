"""Patterns that must not occur, each with the reason. What ruff can see, ruff sees; this is the rest."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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
    Pattern(
        r"datetime\.(now|utcnow|today)\(|time\.time\(\)",
        "time is an argument",
        # The last three are where a program begins that runs on a computer, without a context.
        (
            "values/times.py",
            "inventory/endpoint/program.py",
            "inventory/endpoint/package.py",
            "agents/endpoint/main.py",
        ),
    ),
    Pattern(r"(?<![\w.])print\(", "data goes through the output, words through the context"),
    # A control socket's path has 108 bytes, and TMPDIR may be long; it lies in a new folder of mode 0700.
    Pattern(r"[\"']/tmp\b", "the state of a user stays in the user's folders", ("transports/openssh_master.py",)),
    Pattern(
        r"\bpickle\b|\bmarshal\b",
        "stored bytes never become objects",
        ("cmdb/spilled.py", "inventory/marks.py", "inventory/remembered.py"),  # the latter two read nothing back
    ),
    Pattern(r"(?<![\w.])(eval|exec)\(", "text never becomes code"),
    Pattern(r"verify\s*=\s*False|CERT_NONE", "a certificate is checked"),
    # Who is in a collection by hand is asked by no field. The last one touches a file.
    Pattern(
        r"\.touch\(",
        "what filters look at again follows from what their fields are computed from: `FilterField.of`",
        ("cmdb/derived.py", "targeting/service/departures.py", "tasks/service/live.py"),
    ),
)


def code_of(path: Path) -> str:
    """Return a module without its docstrings and comments: words about a pattern are not the pattern."""
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
    bad = [
        "unit.touch('sites', ids)",
        "print(1)",
        'text(f"select {x}")',
        "yaml.load(s)",
        'open("/tmp/x")',
        "client.set(AutoAddPolicy())",
    ]
    (tmp_path / "bad.py").write_text("\n".join(bad))
    caught = [p.words for p in PATTERNS if re.search(p.words, code_of(tmp_path / "bad.py"))]
    assert len(caught) == 6


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


# What stands in a command that is shown to be typed and needs no quoting: numbers, names of ours, words made for it.
_PLAIN = {
    "kind.name", "kind", "kind_name", "self.kind.name", "kinds[0]", "noun", "service", "min(views)",
    "run.name", "row.name", "presenter.name", "active[0]", "sets[-1]", "seq", "start.seq + 1",
    "span(after)", "math.ceil(node.kbit_peak.value)", "row.winner_guid", "row.loser_guid",
    "subnet.name", "report.run.name", "high", "most.value", "hours", "low", "said(day)", "wanted", "use", "others",
    "max(1, ram - least)", "said(least)", "said(most)", "said(default)", "options(short)", "options(mends)", "zone",
    "sets", "rest", "more", "minutes", "now", "now + timedelta(days=1)",
    "subnet.name.split('/')[0]", "kept.name", "fill[0]", "to_site", "print_", "fingerprint", "__version__",
    "verb", "file.role", "found.id",
}  # fmt: skip


def _commands(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and expression of what stands unquoted in a text behind `itmsctl `, up to the end of the command."""
    quoted = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and re.search(r"shell_arg\(|run\.name", ast.unparse(node.value))
        for names in node.targets
        for target in ast.walk(names)
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        inside = False
        for part in node.values:
            if isinstance(part, ast.Constant):
                text = str(part.value)
                begins = re.search(r"itmsctl [a-z-]+[^;,()]*$", text)
                inside = bool(begins) or (inside and not re.search(r"[;,()`]|: ", text))
            elif isinstance(part, ast.FormattedValue) and inside:
                said = ast.unparse(part.value)
                if not said.startswith("shell_arg(") and said not in _PLAIN | quoted:
                    yield part.lineno, said


def test_a_command_to_type_is_quoted() -> None:
    found = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: {said}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for line, said in _commands(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "values.untrusted.shell_arg quotes what a person is to type:\n" + "\n".join(found)

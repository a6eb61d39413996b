from __future__ import annotations

import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import ExpressionError
from itmsctl.expressions import ages, dialects, patterns, regexes

LIKES = st.text(alphabet="ab%_\\[]*?^-AéÉ\n.", max_size=8)
TEXTS = st.text(alphabet="abAB%_\\[]*?^-éÉ\n.", max_size=8)


@settings(max_examples=600, deadline=None)
@given(pattern=LIKES, text=TEXTS)
def test_like_in_python_is_like_in_sqlite(pattern, text):
    try:
        normal = patterns.normalised(pattern)
    except ValueError:
        assert (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1
        return
    connection = sqlite3.connect(":memory:")
    glob, folded = connection.execute(
        "select ? glob ?, ? like ? escape '\\'", (text, patterns.glob(normal), text, normal)
    ).fetchone()
    connection.close()
    assert bool(patterns.test(normal, fold=False)(text)) is bool(glob)
    assert bool(patterns.test(normal, fold=True)(text)) is bool(folded)


def test_like_never_goes_back():
    matches = patterns.test(patterns.normalised("%a" * 15 + "b"), fold=True)
    assert not matches("a" * 20_000)


@pytest.mark.parametrize(
    ("pattern", "escape"), [("a\\", "\\"), ("a", ""), ("a", "%"), ("x" * 1001, "\\"), ("%a" * 17, "\\")]
)
def test_like_patterns_that_are_refused(pattern, escape):
    with pytest.raises(ValueError):
        patterns.normalised(pattern, escape)


REFUSED = [
    "", "a**", "*a", "a|", "()", "(a", "a)", "(?=a)", "(?!a)", "(?<=a)", "(?P<n>a)", "(?i", "(?m)a", "(?-i)a",
    "(a(?i)b)",
    "\\1", "\\pL", "\\p{Greek}", "\\Qa\\E", "\\C", "\\Z", "a{", "a{x}", "a{256}", "a{3,2}", "(a{100}){100}",
    "((a{0,50}){0,50})",
    "[", "[a", "[z-a]", "[\\d-x]", "[[:foo:]]", "[[.a.]]" + "[", "^*", "\\b+", "\\x", "\\x{110000}", "\\x{D800}",
    "\\x00",
    "a" * 1001, "(" * 31 + "a" + ")" * 31, "\\", "a++", "a*{2}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED)
def test_regular_expressions_that_are_refused(pattern):
    with pytest.raises(regexes.PatternError):
        regexes.searcher(pattern)


ATOMS = [
    *("a", "b", "A", ".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "é", "[ab]", "[^a]", "[a-c]", "[^\\w]", "[\\s\\d]"),
    *(
        "\\.",
        "[[:alpha:]_]",
        "[^[:space:]]",
        "\\n",
        "\\x41",
        "[]a]",
        "[^]a]",
        "[a-]",
        "\\-",
        "\\\\",
        "[\\\\]",
        "-",
        "/",
    ),
    *("\\b", "\\B"),
]


@st.composite
def regular(draw):
    """Patterns built from what the language has; most are taken."""
    atom = st.sampled_from(ATOMS)
    part = st.tuples(atom, st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?"])).map(
        "".join
    )
    branch = st.lists(part, min_size=1, max_size=4).map("".join)
    group = st.lists(branch, min_size=1, max_size=2).map(lambda found: f"({'|'.join(found)})")
    body = st.lists(branch | group, min_size=1, max_size=3).map("".join)
    flags = draw(st.sampled_from(["", "", "(?i)", "(?s)", "(?is)"]))
    return flags + draw(st.sampled_from(["", "^"])) + draw(body) + draw(st.sampled_from(["", "$"]))


@settings(max_examples=600, deadline=None)
@given(pattern=regular(), texts=st.lists(st.text(alphabet="abcA1_ \n.-é/\\]", max_size=7), min_size=1, max_size=8))
def test_re2_and_postgresql_agree(postgres_connection, pattern, texts):
    try:
        search = regexes.searcher(pattern)
    except regexes.PatternError:
        return
    value = sa.column("value", sa.Text())
    rows = sa.values(sa.column("ord", sa.Integer()), value, name="v").data(list(enumerate(texts)))
    test = dialects.regex(dialects.code_point(rows.c.value), pattern)
    found = postgres_connection.execute(sa.select(test).select_from(rows).order_by(rows.c.ord)).scalars().all()
    assert found == [search(text) is not None for text in texts]


FOUND = [
    # pattern, text in which it is found, text in which it is not
    ("\\Aa", "ab", "ba"),
    ("a\\z", "ba", "a\n"),
    ("^a", "ab", "b\na"),
    ("a$", "ba", "a\nb"),
    ("a.b", "xaxbx", "a\nb"),
    ("(?s)a.b", "a\nb", "ab"),
    ("(?i)WEB-[A-F]", "web-b", "web-g"),
    ("(?i)[^a]", "b", "A"),
    ("(?i)é", "é", "É"),
    ("^\\w+$", "a_1", "é"),
    ("^\\d{2,3}?$", "12", "1234"),
    ("\\bdb\\b", "a db-1", "adb"),
    ("\\Bdb", "adb", "a db"),
    ("^(web|db)[0-9]+$", "db12", "webdb1"),
    ("^[\\w.-]+$", "a.b-c", "a b"),
    ("[[:punct:]]", "a!", "a b"),
    ("^[^[:digit:]x]+$", "abc", "ab1"),
    ("\\$1\\.5", "$1.5", "$1x5"),
    ("^[]\\]]$", "]", "["),
    ("\\x{e9}\\t", "é\t", "é t"),
]


@pytest.mark.parametrize(("pattern", "within", "without"), FOUND)
def test_what_a_pattern_finds(pattern, within, without):
    search = regexes.searcher(pattern)
    assert search(within)
    assert not search(without)


@pytest.fixture(scope="module")
def postgres_connection(postgres_engine):
    with postgres_engine.connect() as connection:
        yield connection


@pytest.mark.parametrize(
    "pattern", ["\\w{255}", "(\\W{10}){100}", "(?i)" + "[a-zé]" * 150, ".*" * 100, "(a|b|c)*" * 60]
)
def test_the_largest_patterns_are_taken_by_both(postgres_connection, pattern):
    regexes.searcher(pattern)
    test = dialects.regex(dialects.code_point(sa.literal("x" * 300)), pattern)
    assert postgres_connection.scalar(sa.select(test)) is (regexes.searcher(pattern)("x" * 300) is not None)


def test_the_function_for_sqlite():
    ((name, arguments, found),) = dialects.sqlite_functions()
    connection = sqlite3.connect(":memory:")
    connection.create_function(name, arguments, found, deterministic=True)
    asked = f"select {name}('^a', 'ab'), {name}('^b', 'ab'), {name}('a', null)"
    assert connection.execute(asked).fetchone() == (1, 0, None)
    connection.close()


def test_reading_a_stored_filter_imports_neither_parser_nor_re2():
    code = (
        "import sys\n"
        "from itmsctl.expressions import dialects, encoding, evaluate, explain, records, registry, selectors, sql\n"
        "selectors.parse_selector('env=prod'); dialects.sqlite_functions()\n"
        "print([name for name in ('sqlglot', 're2', 'sqlmodel') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 days", 30 * 86400),
        ("1 day 2 hours", 93600),
        ("1.5h", 5400),
        ("90s", 90),
        ("2 WEEKS", 1209600),
        ("1day", 86400),
    ],
)
def test_ages(text, expected):
    assert ages.microseconds(text) == expected * 1_000_000


@pytest.mark.parametrize(
    "text", ["", "days", "1", "1 month", "2 years", "1 fortnight", "-1 day", "1 day x", "9" * 12 + " weeks"]
)
def test_ages_that_are_refused(text):
    with pytest.raises(ValueError):
        ages.microseconds(text)


def test_a_stored_pattern_that_is_no_longer_taken_is_a_clear_error():
    from itmsctl.expressions import tree as t
    from itmsctl.expressions.evaluate import compile_python
    from itmsctl.expressions.sql import compile_sql
    from itmsctl.values.kind import Type
    from tests.expressions.world import NOW, REGISTRY

    tree = t.Regex(t.Ref("computer", "name", Type.TEXT), "(?=x)")
    with pytest.raises(ExpressionError):
        compile_python(tree, now=NOW, registry=REGISTRY)
    with pytest.raises(ExpressionError):
        compile_sql(tree, resource_id=sa.column("id"), now=NOW, registry=REGISTRY)

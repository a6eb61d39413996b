from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import ExpressionError
from itmsctl.expressions import tree as t
from itmsctl.expressions.encoding import from_json, to_json
from itmsctl.expressions.parse import parse
from itmsctl.expressions.wording import text
from itmsctl.values import addresses
from itmsctl.values.kind import Type
from tests.expressions.strategies import trees
from tests.expressions.world import REGISTRY

NAME = t.Ref("computer", "name", Type.TEXT)
PORT = t.Ref("computer", "port", Type.INT)
SEEN = t.Ref("computer", "last_seen", Type.TIME)
ADDRESS = t.Ref("addresses", "address", Type.ADDRESS, bare="address")
ENV = t.Ref("tags", "value", Type.TEXT, key="env")
SIZE = t.Ref("software", "size", Type.INT)
DAY = 86_400_000_000

MEANINGS = [
    ("name = 'a'", t.Compare("=", NAME, t.Literal("a"))),
    ("NAME = 'it''s'", t.Compare("=", NAME, t.Literal("it's"))),
    ("'a' = name", t.Compare("=", NAME, t.Literal("a"))),
    ("22 < port", t.Compare(">", PORT, t.Literal(22))),
    ("port != -1", t.Compare("!=", PORT, t.Literal(-1))),
    ("port <> 1.5", t.Compare("!=", PORT, t.Literal(1.5))),
    ("port between 1 and 2", t.And((t.Compare(">=", PORT, t.Literal(1)), t.Compare("<=", PORT, t.Literal(2))))),
    ("name in ('a', 'b')", t.In(NAME, (t.Literal("a"), t.Literal("b")))),
    ("name not in ('a')", t.Not(t.In(NAME, (t.Literal("a"),)))),
    ("name like 'a%'", t.Like(NAME, "a%")),
    ("name not ilike 'a!%' escape '!'", t.Not(t.Like(NAME, "a\\%", True))),
    ("name like 'a\\%%%'", t.Like(NAME, "a\\%%")),
    ("name ~ '^a'", t.Regex(NAME, "^a")),
    ("name !~ '^a'", t.Not(t.Regex(NAME, "^a"))),
    ("name is null", t.IsNull(NAME)),
    ("name is not null", t.Not(t.IsNull(NAME))),
    ("managed", t.Flag(t.Ref("computer", "managed", Type.BOOL))),
    ("not managed = false", t.Not(t.Compare("=", t.Ref("computer", "managed", Type.BOOL), t.Literal(False)))),
    ("tags.env = 'prod'", t.Compare("=", ENV, t.Literal("prod"))),
    ("tags.Env is null", t.IsNull(t.Ref("tags", "value", Type.TEXT, key="Env"))),
    ('tags."cost center" is null', t.IsNull(t.Ref("tags", "value", Type.TEXT, key="cost center"))),
    ("os.build > 5", t.Compare(">", t.Ref("os", "build", Type.INT), t.Literal(5))),
    ("address = '10.0.0.1'", t.Compare("=", ADDRESS, t.Literal(addresses.to_bytes("10.0.0.1")))),
    # Negations of a field with several values mean "none of them".
    ("address != '::1'", t.Not(t.Compare("=", ADDRESS, t.Literal(addresses.to_bytes("::1"))))),
    ("software(software.size > 1)", t.ClassExists("software", t.Compare(">", SIZE, t.Literal(1)))),
    ("software()", t.ClassExists("software")),
    ("count(software) >= 2", t.Count("software", None, ">=", 2)),
    ("3 > count(software(size > 1))", t.Count("software", t.Compare(">", SIZE, t.Literal(1)), "<", 3)),
    ("collected(software)", t.Collected("software")),
    ("last_seen > now()", t.Compare(">", SEEN, t.Now())),
    ("last_seen > now() - interval '30 days'", t.Compare(">", SEEN, t.Now(-30 * DAY))),
    ("last_seen > NOW() + interval '1 day 2 hours' - interval '1h'", t.Compare(">", SEEN, t.Now(DAY + DAY // 24))),
    ("last_seen >= '2026-01-31'", t.Compare(">=", SEEN, t.Literal(datetime(2026, 1, 31, tzinfo=UTC)))),
    (
        "last_seen = '2026-01-31T01:00:00+02:00'",
        t.Compare("=", SEEN, t.Literal(datetime(2026, 1, 30, 23, tzinfo=UTC))),
    ),
    ("true", t.Constant(True)),
    (
        "not name = 'a' and port = 1 or managed",
        t.Or(
            (
                t.And((t.Not(t.Compare("=", NAME, t.Literal("a"))), t.Compare("=", PORT, t.Literal(1)))),
                t.Flag(t.Ref("computer", "managed", Type.BOOL)),
            )
        ),
    ),
]


@pytest.mark.parametrize(("source", "tree"), MEANINGS)
def test_meanings(source, tree):
    assert parse(source, REGISTRY) == tree


def test_times_before_the_year_1000_keep_their_width():
    tree = parse("last_seen > '0001-01-01'", REGISTRY)
    assert from_json(to_json(tree)) == tree
    assert parse(text(tree), REGISTRY) == tree


def test_within_is_a_range():
    found = parse("within(address, '10.0.0.0/8')", REGISTRY)
    assert found == t.Within(ADDRESS, addresses.to_bytes("10.0.0.0"), addresses.to_bytes("10.255.255.255"))
    one = addresses.to_bytes("2001:db8::5")
    assert parse("within(address, '2001:db8::5')", REGISTRY) == t.Within(ADDRESS, one, one)


# What is typed, where the error points, words of the message, words of the hint.
TRAPS = [
    ("port = 16gb", 1, 8, "not a number", "no unit"),
    ("last_seen > now() - 30d", 1, 21, "not a number", "interval '30 days'"),
    ("name='a' name", 1, 10, "out of place", "and"),
    ("name='a' port = 1", 1, 10, "out of place", "and"),
    ("name='a'; drop table x", 1, 9, "`;`", "one expression"),
    ("address in '10.0.0.0/8'", 1, 12, "list in brackets", "within(address, '10.0.0.0/8')"),
    ("name in 'a'", 1, 9, "list in brackets", "in ('a')"),
    ('name = "rome"', 1, 8, "quoted name", "'rome'"),
    ("name = `rome`", 1, 8, "not part", ""),
    ("name = \u2018rome\u2019", 1, 8, "typographic", "'text'"),
    ("name = rome", 1, 8, "not a field", "'rome'"),
    ("nmae = 'a'", 1, 1, "not a field", "`name`"),
    ("name == 'a'", 1, 6, "`==`", "write ="),
    ("name = 'a' && port = 1", 1, 12, "`&&`", "and"),
    ("name = 'a' || port = 1", 1, 12, "`||`", "or"),
    ("!managed", 1, 1, "`!`", "not"),
    ("name ~* 'a'", 1, 6, "`~*`", "(?i)"),
    ("name rlike 'a'", 1, 6, "not part", "~"),
    ("name similar to 'a'", 1, 6, "not part", "~"),
    ("name is unknown", 1, 9, "not part", "is null"),
    ("name isnull", 1, 6, "not part", "is null"),
    ("managed is true", 1, 1, "null only", "not field"),
    ("name is distinct from 'a'", 1, 9, "not part", "is not null"),
    ("name = null", 1, 1, "null", "is null"),
    ("name", 1, 1, "no condition", "name = ..."),
    ("port", 1, 1, "no condition", ""),
    ("name = 'a' and", 1, 12, "lacks a value", ""),
    ("name =", 1, 6, "lacks a value", ""),
    ("(name = 'a'", 1, 1, "not closed", ""),
    ("name = 'a')", 1, 11, "out of place", "bracket"),
    ("name = 'a", 1, 8, "quote is not closed", "''"),
    ("port = 1\n  and\n name = \"x\"", 3, 9, "quoted name", ""),
    ("port = 1 and\n\tnot nmae = 'x'", 2, 6, "not a field", "`name`"),
    ("port = 1 -- comment", 1, 10, "comment", ""),
    ("port /* x */ = 1", 1, 6, "comment", ""),
    ("name = 'a' 'b'", 1, 12, "side by side", ""),
    ("name = $$a$$", 1, 8, "not part", ""),
    ("name = E'a'", 1, 8, "not part", ""),
    ("name = :x", 1, 8, "`:`", "in the expression"),
    ("name = ?", 1, 8, "`?`", "in the expression"),
    ("port::text = '1'", 1, 5, "`::`", "type"),
    ("cast(port as text) = '1'", 1, 1, "not part", "no cast"),
    ("case when managed then true end", 1, 1, "not part", "and, or, not"),
    ("name in (select 'a')", 1, 10, "not part", "without select"),
    ("select 1", 1, 1, "out of place", "one condition"),
    ("exists(software)", 1, 1, "not part", "software("),
    ("port + 1 > 2", 1, 1, "needs a field", ""),
    ("port = 1 = 2", 1, 1, "needs a field", ""),
    ("1 = 1", 1, 1, "needs a field", ""),
    ("lower(name) = 'a'", 1, 1, "not part", ""),
    ("name in ()", 1, 1, "empty list", ""),
    ("name in ('a',)", 1, 13, "behind the comma", ""),
    ("port > 'x'", 1, 8, "a whole number, not text", "without quotes"),
    ("name = 1", 1, 8, "text, not a number", "'1'"),
    ("name = true", 1, 1, "not true or false", ""),
    ("managed = 1", 1, 11, "true or false", "not managed"),
    ("managed > false", 1, 1, "no order", ""),
    ("port like '2%'", 1, 1, "not text", ""),
    ("address like '10.%'", 1, 1, "not text", "within"),
    ("address > '10.0.0.1'", 1, 1, "is an address", "within"),
    ("address = '10.0.0.0/8'", 1, 11, "a prefix", "within"),
    ("address = 'pc-1'", 1, 11, "not an IP address", ""),
    ("within(address, '10.0.0.1/8')", 1, 17, "not a prefix", "10.0.0.0/8"),
    ("within(name, '10.0.0.0/8')", 1, 8, "not an address", ""),
    ("within(address)", 1, 1, "a field and a prefix", ""),
    ("last_seen > 'yesterday'", 1, 13, "not a time", "2026-01-31"),
    ("last_seen > 5", 1, 13, "a time, not a number", "now()"),
    ("last_seen > now() - interval '1 month'", 1, 13, "not an interval", "days"),
    ("last_seen > now() - interval '1' day", 1, 34, "not part", "interval '30 days'"),
    ("last_seen > current_timestamp", 1, 13, "not part", ""),
    ("last_seen > current_date", 1, 13, "not part", ""),
    ("port > now()", 1, 8, "not a time", ""),
    ("name like 'a\\'", 1, 11, "escape", "") ,
    ("name like 'a' escape 'xy'", 1, 11, "one character", ""),
    ("name ~ '(?=x)'", 1, 8, "regular expression", ""),
    ("name ~ 'a**'", 1, 8, "two repeats", ""),
    ("port = 99999999999999999999", 1, 8, "larger", ""),
    ("load = 1e999", 1, 8, "too large", ""),
    ("software(kind = 'a')", 1, 10, "not a field of software", "size"),
    ("software(nme = 'a')", 1, 10, "not a field of software", "`name`"),
    ("sofware(name = 'a')", 1, 1, "not a data class", "`software`"),
    ("software.name = 'a'", 1, 1, "several software", "software(name"),
    ("software", 1, 1, "not a field", "software(name"),
    ("size > 5", 1, 1, "not a field", "software(size"),
    ("os(name = 'a')", 1, 1, "one row", "os.name"),
    ("computer(name = 'a')", 1, 1, "one row", "write name"),
    ("software(name = 'a', size = 1)", 1, 22, "one condition", "and"),
    ("software(addresses(zone = 'a'))", 1, 10, "only fields of software", ""),
    ("software(os.name = 'a')", 1, 10, "only fields of software", ""),
    ("count(software)", 1, 1, "not a condition", ""),
    ("count(*) > 1", 1, 7, "`*`", "") ,
    ("count(software) > 1.5", 1, 19, "whole number", ""),
    ("count(distinct software) > 1", 1, 7, "not part", ""),
    ("count(name) > 1", 1, 7, "not a data class", ""),
    ("collected(x)", 1, 11, "not a data class", ""),
    ("zone = name", 1, 8, "several values", "bracket"),
    ("zone between 'a' and 'b'", 1, 1, "several values", ""),
    ("name = port", 1, 8, "different types", ""),
    ("tags.select = 'a'", 1, 6, "lacks a value", 'tags."select"'),
    ("tags.cost-center = 'a'", 1, 1, "needs a field", 'tags."cost-center"'),
    ("a.b.c = 1", 1, 1, "not part", ""),
    ("name = 'a' collate \"C\"", 1, 20, "quoted name", ""),
    ("", 1, 1, "empty", "true"),
    ("  \n ", 1, 1, "empty", ""),
    ("name = 'a\0'", 1, 10, "no text", ""),
    ("name = '\ud800'", 1, 9, "no text", ""),
    ("name = 'x'" + " or name = 'x'" * 1999, 1, 1, "more than 2000 parts", "--target"),
    ("name = 'x'" + " or name = 'x'" * 3000, 1, 8422, "too large", "--target"),
    ("name = '" + "x" * 65536 + "'", 1, 1, "64 KiB", ""),
    ("(" * 51 + "managed" + ")" * 51, 1, 51, "nested deeper", ""),
    ("not " * 51 + "managed", 1, 201, "nested deeper", ""),
    ("(" * 30_000, 1, 51, "nested deeper", ""),
]  # fmt: skip


@pytest.mark.parametrize(("source", "line", "column", "message", "hint"), TRAPS)
def test_traps(source, line, column, message, hint):
    with pytest.raises(ExpressionError) as caught:
        parse(source, REGISTRY)
    error = caught.value
    assert (error.details["line"], error.details["column"]) == (line, column), error.message
    assert message in error.message
    assert hint in error.hint
    assert error.exit_status == 3


def test_depth_of_fifty_is_taken():
    tree = parse("(" * 50 + "managed" + ")" * 50, REGISTRY)
    assert tree == parse("managed", REGISTRY)
    assert parse("not " * 50 + "managed", REGISTRY) is not None


def test_a_thousand_alternatives_are_one_level():
    tree = parse(" or ".join(f"name = 'pc-{n}'" for n in range(1900)), REGISTRY)
    assert isinstance(tree, t.Or)
    assert len(tree.parts) == 1900


def test_the_recursion_limit_is_put_back():
    import sys

    before = sys.getrecursionlimit()
    parse("(" * 40 + "managed" + ")" * 40, REGISTRY)
    assert sys.getrecursionlimit() == before


WORDS = [
    *("name", "port", "=", "'a'", "1", "(", ")", "and", "or", "not", "in", "like", "software", ",", "is", "null", "."),
    *(
        "now",
        "()",
        "interval",
        "'1 day'",
        "-",
        "count",
        ">",
        "~",
        "tags",
        "case",
        "when",
        "end",
        "select",
        "from",
        "::",
    ),
    *("[", "]", "*", "within", "collected", "true", "between", "as", "any", "all", "exists", "!", ";", '"', "''", "%"),
]


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_any_text_is_a_tree_or_a_clear_error(source):
    try:
        tree = parse(source, REGISTRY)
    except ExpressionError as error:
        found = error.details
    else:
        assert parse(text(tree), REGISTRY) == tree
        return
    assert {"line", "column", "offset"} <= found.keys()


@settings(max_examples=300, deadline=None)
@given(trees())
def test_json_and_text_read_back_as_an_equal_tree(tree):
    assert from_json(to_json(tree)) == tree
    again = parse(text(tree), REGISTRY)
    assert parse(text(again), REGISTRY) == again
    assert t.classes_used(again) == t.classes_used(tree)
    assert t.uses_now(again) == t.uses_now(tree)


@pytest.mark.parametrize(
    "data", [None, {}, {"v": 2, "expression": []}, {"v": 1}, {"v": 1, "expression": ["nor"]},
             {"v": 1, "expression": ["compare", "==", ["ref", "a", "b", "text", "", False], ["text", "x"]]},
             {"v": 1, "expression": ["flag", ["text", "x"]]}, {"v": 1, "expression": ["and"]}],
)  # fmt: skip
def test_damaged_json_is_refused(data):
    with pytest.raises(ExpressionError, match="cannot be read"):
        from_json(data)

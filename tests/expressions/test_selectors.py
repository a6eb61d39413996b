from __future__ import annotations

import pytest

from itmsctl.errors import ExpressionError
from itmsctl.expressions.evaluate import Record, compile_python
from itmsctl.expressions.parse import parse
from itmsctl.expressions.selectors import parse_selector
from tests.expressions.world import NOW, REGISTRY

SAME = [
    ("env=prod", "tags.env = 'prod'"),
    ("env==prod", "tags.env = 'prod'"),
    (" env = prod , tier in ( web , db ) ", "tags.env = 'prod' and tags.tier in ('web', 'db')"),
    ("!retired", "tags.retired is null"),
    ("key", "tags.key is not null"),
    ("role!=x", "tags.role is null or not tags.role = 'x'"),
    ("tier notin (a)", "tags.tier is null or not tags.tier in ('a')"),
    ("tier in(a)", "tags.tier in ('a')"),
    ("in in (in)", "tags.\"in\" in ('in')"),
    ("inner", "tags.inner is not null"),
    ("env=", "tags.env = ''"),
    ("app.kubernetes.io/name=a-b:c/d@1.2", "tags.\"app.kubernetes.io/name\" = 'a-b:c/d@1.2'"),
    ("env='two words, it''s'", "tags.env = 'two words, it''s'"),
]


@pytest.mark.parametrize(("selector", "expression"), SAME)
def test_selectors(selector, expression):
    assert parse_selector(selector, REGISTRY) == parse(expression, REGISTRY)


BAD = [
    ("", 1), ("env=prod,", 10), (",", 1), ("env prod", 5), ("tier in web", 9), ("tier in (web", 13), ("tier in ()", 10),
    ("=x", 1), ("!", 2), ("env=a=b", 6), ('env="a"', 5), ("env=a b", 7), ("(env=a)", 1), ("a;b", 2), ("a\0", 2),
]  # fmt: skip


@pytest.mark.parametrize(("selector", "column"), BAD)
def test_errors_point_into_the_selector(selector, column):
    with pytest.raises(ExpressionError) as caught:
        parse_selector(selector, REGISTRY)
    assert caught.value.details["column"] == column


def test_not_equal_picks_computers_without_the_tag():
    predicate = compile_python(parse_selector("role!=x,tier notin (a,b)", REGISTRY), now=NOW, registry=REGISTRY)
    assert predicate(Record({"tags": []})) is True
    assert predicate(Record({"tags": [{"key": "role", "value": "x"}]})) is False

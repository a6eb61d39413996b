from __future__ import annotations

import pytest

from itmsctl.errors import ExpressionError
from itmsctl.expressions import records
from itmsctl.expressions import tree as t
from itmsctl.expressions.parse import parse
from itmsctl.expressions.registry import COMPUTER, WORDS, Registry, check
from itmsctl.values.kind import FilterClass, FilterField, Type, house
from tests.expressions.world import CLASSES, REGISTRY

UNUSABLE = {Type.VERSION, Type.PREFIX, Type.LIST, Type.MAP}


def _names():
    for cls in [*house().filter_classes(), *CLASSES]:
        registry = REGISTRY if cls in CLASSES else Registry.default()
        for field in cls.fields:
            if field.type in UNUSABLE:
                continue
            inner = f"{cls.name}({field.name} is null)"
            single = field.name if cls.name == COMPUTER else f"{cls.name}.{field.name}"
            yield pytest.param(registry, inner if cls.multi else f"{single} is null", id=f"{cls.name}.{field.name}")
        for bare, _ in cls.any_fields:
            yield pytest.param(registry, f"{bare} is null", id=bare)
        yield pytest.param(registry, f"collected({cls.name})", id=cls.name)
        if cls.multi:
            yield pytest.param(registry, f"count({cls.name}) > 1 or {cls.name}()", id=f"{cls.name}()")
        if cls.map_key:
            yield pytest.param(registry, f"{cls.name}.env is null", id=f"{cls.name}.KEY")


@pytest.mark.parametrize(("registry", "expression"), list(_names()))
def test_every_class_and_field_name_parses(registry, expression):
    parse(expression, registry)


def test_rooms_declare_classes():
    names = {cls.name for cls in Registry.default().classes}
    assert {"computer", "addresses", "tags"} <= names


def test_no_name_is_a_word_of_the_language_or_taken_twice():
    for registry in (Registry.default(), REGISTRY):
        names = [cls.name for cls in registry.classes]
        bare = [f.name for c in registry.classes if c.name == COMPUTER for f in c.fields]
        bare += [name for c in registry.classes for name, _ in c.any_fields]
        assert len(bare) == len(set(bare))
        assert not WORDS & {*names, *bare, *(f.name for c in registry.classes for f in c.fields)}


def test_map_classes_declare_their_key_and_value_as_fields():
    for registry in (Registry.default(), REGISTRY):
        for cls in registry.classes:
            if cls.map_key:
                assert registry.map_key(cls).type is Type.TEXT
                assert registry.map_value(cls).column_name == cls.map_value


@pytest.mark.parametrize(
    "name", ["partition", "database", "session", "update", "trigger", "filter", "date", "log", "format", "map"]
)
def test_such_names_would_be_noticed(name):
    registry = Registry([*CLASSES, FilterClass(name, "x", "id", (FilterField("a", Type.TEXT, "a"),), "x", multi=True)])
    with pytest.raises(ExpressionError):
        parse(f"{name}(a = 'x')", registry)


def test_fields_are_listed_as_they_are_written():
    names = {info.name for info in REGISTRY.fields()}
    assert {"name", "os.name", "software(name)", "product", "tags.KEY", "address"} <= names


def test_a_stored_tree_is_checked_against_the_fields_of_today():
    tree = parse("software(size > 5) or os.name = 'x'", REGISTRY)
    check(tree, REGISTRY)
    without = Registry([c for c in CLASSES if c.name != "os"])
    with pytest.raises(ExpressionError, match="`os` is not a data class"):
        check(tree, without)
    other = FilterClass("software", "t", "id", (FilterField("size", Type.TEXT, "s"),), "x", multi=True)
    with pytest.raises(ExpressionError, match="was int and is text now"):
        check(tree, Registry([*(c for c in CLASSES if c.name != "software"), other]))


def test_what_a_filter_depends_on():
    tree = parse("software(size > 5) and tags.env = 'x' and not collected(os) and last_seen < now()", REGISTRY)
    assert t.fields_used(tree) == {("software", "size"), ("tags", "value"), ("computer", "last_seen")}
    assert t.classes_used(tree) == {"software", "tags", "os", "computer"}
    assert t.uses_now(tree)
    assert not t.uses_now(parse("software(size > 5)", REGISTRY))
    assert t.uses_now(parse("software(installed in (now()))", REGISTRY))
    assert records.needs([tree], REGISTRY) == {
        "software": {"size"}, "tags": {"key", "value"}, "computer": {"last_seen"}, "os": set()
    }  # fmt: skip

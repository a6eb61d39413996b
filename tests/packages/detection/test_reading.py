"""How rules are written: forms that mean the same, problems and where they stand."""

from __future__ import annotations

import contextlib

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import ExpressionError
from itmsctl.packages.detection import parse, text_of
from itmsctl.packages.detection.rule import (
    AnyRule,
    EveryRule,
    FileLeaf,
    FileTest,
    InventoryLeaf,
    NotRule,
    PackageLeaf,
    ProductLeaf,
    RegistryLeaf,
    Rule,
    ScriptLeaf,
    ServiceLeaf,
    leaves,
)

A, B, C = PackageLeaf("a"), PackageLeaf("b"), PackageLeaf("c")
MEANINGS: tuple[tuple[str, Rule], ...] = (
    ("package hello", PackageLeaf("hello")),
    ("package hello>=2.10", PackageLeaf("hello", ">=", "2.10")),
    ("package hello == 1.0~rc1 by dpkg", PackageLeaf("hello", "=", "1.0~rc1", "dpkg")),
    ("package 'a b''c'", PackageLeaf("a b'c")),
    ('package "it\'s"', PackageLeaf("it's")),
    ("file /usr/bin/hello", FileLeaf("/usr/bin/hello")),
    ("file C:\\x\\y.exe version >= 1.2 size > 10kB", FileLeaf("C:\\x\\y.exe", (
        FileTest("version", ">=", "1.2"), FileTest("size", ">", 10240)))),
    ("folder '/opt/a b'", FileLeaf("/opt/a b", is_folder=True)),
    ("registry HKEY_LOCAL_MACHINE\\Software\\X", RegistryLeaf("HKLM\\Software\\X")),
    ("registry hklm\\X value '' ~ '^1'", RegistryLeaf("HKLM\\X", "", "~", "^1")),
    ("product 90160000-008c-0000-1000-0000000ff1ce", ProductLeaf("{90160000-008C-0000-1000-0000000FF1CE}")),
    ("script 'exit 3' exit = 3", ScriptLeaf("exit 3", 3)),
    ("service ssh is running", ServiceLeaf("ssh", "running")),
    ("inventory software(name = 'x' and version >= '2')", InventoryLeaf("software(name = 'x' and version >= '2')")),
    ("inventory (os_family = 'linux' or true)", InventoryLeaf("os_family = 'linux' or true")),
    ("inventory count(disks()) > 2 and package a", EveryRule((InventoryLeaf("count(disks()) > 2"), A))),
    ("package a and package b or package c", AnyRule((EveryRule((A, B)), C))),
    ("package a and (package b or package c)", EveryRule((A, AnyRule((B, C))))),
    ("not package a and package b", EveryRule((NotRule(A), B))),
    ("all: [package a, any: [package b, package c]]", EveryRule((A, AnyRule((B, C))))),
    ("all: [\n  package a,\n  package b\n]", EveryRule((A, B))),
    ("- package a\n- package b\n", EveryRule((A, B))),
    ("any:\n  - package a\n  - all:\n      - package b\n      - not: package c\n",
     AnyRule((A, EveryRule((B, NotRule(C)))))),
    ("all:\n- package a\n# why\n\n- not:\n    any: [package b, package c]", EveryRule((A, NotRule(AnyRule((B, C)))))),
    ("not:\n  package a", NotRule(A)),
)  # fmt: skip


@pytest.mark.parametrize(("text", "rule"), MEANINGS, ids=[text[:40] for text, _ in MEANINGS])
def test_a_text_means_a_rule_and_is_written_again(text: str, rule: Rule) -> None:
    assert parse(text) == rule
    assert parse(text_of(rule)) == rule
    assert "\n" not in text_of(rule)


@pytest.mark.parametrize("text", [text for text, _ in MEANINGS if text.startswith(("all:\n", "any:\n", "- "))])
def test_lists_in_lines_mean_in_yaml_what_they_mean_here(text: str) -> None:
    def of(value: object) -> Rule:
        match value:
            case list():
                return EveryRule(tuple(map(of, value)))
            case {"all": parts}:
                return EveryRule(tuple(map(of, parts)))
            case {"any": parts}:
                return AnyRule(tuple(map(of, parts)))
            case {"not": part}:
                return NotRule(of(part))
        return parse(str(value))

    assert of(yaml.safe_load(text)) == parse(text)


PROBLEMS = (
    ("pakage x", 1, 1, "did you mean `package`?"),
    ("package", 1, 8, "in quotes"),
    ("package hello >=", 1, 17, "in quotes"),
    ("package hello >= ~", 1, 18, ""),
    ("package a package b", 1, 11, "`and` or `or`"),
    ("package a by foo", 1, 14, "one of dpkg"),
    ("package a and", 1, 14, "one of package"),
    ("(package a", 1, 1, ""),
    ("package a)", 1, 10, ""),
    ("all: [package a", 1, 6, ""),
    ("all: package a", 1, 6, "all: ["),
    ("all:\n  - package x\n - file y", 3, 2, ""),
    ("all:\n  package x", 2, 3, ""),
    ("any:\n", 1, 1, "each on a line"),
    ("package a and\npakage b", 2, 1, "did you mean `package`?"),
    ("- package a\n- fil /x", 2, 3, "did you mean `file`?"),
    ("registry FOO", 1, 10, "HKLM"),
    ("file /x sise > 3", 1, 9, "did you mean `size`?"),
    ("file /x size > lots", 1, 16, "10MB"),
    ("file /x modified > soon", 1, 20, "2026-01-31"),
    ("file /x sha256 = abc", 1, 18, "64"),
    ("file /x sha256 > abc", 1, 16, "one of ="),
    ("inventory", 1, 10, "software("),
    ("inventory software(name", 1, 11, ""),
    ("product 123", 1, 9, "{9016"),
    ("service x sleeping", 1, 11, "running"),
    ("script true", 1, 8, "script '"),
    ("registry HKLM\\X value a ~ '('", 1, 27, ""),
    ("package 'never closed", 1, 9, "twice"),
    ("", 1, 1, "leave the rule out"),
    ("package a\0b", 1, 10, ""),
)


@pytest.mark.parametrize(("text", "line", "column", "hint"), PROBLEMS, ids=[repr(one[0][:40]) for one in PROBLEMS])
def test_a_problem_says_where_it_is(text: str, line: int, column: int, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert (caught.value.details["line"], caught.value.details["column"]) == (line, column)
    assert hint in caught.value.hint


_DEEP = "\n".join(f"{'  ' * depth}not:" for depth in range(100)) + "\n" + "  " * 100 + "package a"


@pytest.mark.parametrize(
    "text",
    [
        *("(" * 500 + "package a", "not " * 500 + "package a", " and ".join(["package a"] * 201)),
        *("package " + "a" * 1001, _DEEP),
    ],
)
def test_a_rule_is_bounded(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


_TEXT = st.text(st.characters(min_codepoint=32, blacklist_categories=("Cs",)), min_size=1, max_size=12).filter(
    str.strip
)
_VERSION = st.sampled_from(("1", "1.0~rc1", "2:3-4", "a'b 1"))
_LEAVES = st.one_of(
    st.builds(PackageLeaf, _TEXT, st.sampled_from(("=", ">=", "!=")), _VERSION, st.sampled_from(("", "dpkg"))),
    st.builds(FileLeaf, _TEXT, st.just(()), st.booleans()),
    st.builds(RegistryLeaf, _TEXT.map(lambda t: "HKLM\\a" + t.replace("\\", "")), _TEXT, st.just("="), _TEXT),
    st.builds(ServiceLeaf, _TEXT, st.sampled_from(("", "running"))),
    st.builds(ScriptLeaf, _TEXT, st.integers(0, 255), st.just("="), _TEXT),
)
_RULES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(NotRule, inner),
        st.builds(EveryRule, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(AnyRule, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


@given(_RULES)
@settings(max_examples=60)
def test_every_rule_is_read_as_it_was_written(rule: Rule) -> None:
    found = parse(text_of(rule))
    assert text_of(found) == text_of(rule)
    assert list(leaves(found)) == list(leaves(rule))


@given(st.text(st.sampled_from("pakge fil/ny:[](),'\"-\nortHKLM\\=><1"), max_size=60))
@settings(max_examples=150)
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        assert parse(text_of(parse(text)))

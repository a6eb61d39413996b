"""The grammar of `--target`, from tables of cases."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import SelectorError
from itmsctl.targeting.selector import All, Joined, Name, Selector, SelectorSource, parse, quoted, render

A, B, C = Name("a"), Name("b"), Name("c")

MEANS = [
    ("a", A),
    (" a ", A),
    ("web-servers", Name("web-servers")),
    ("a&b", Name("a&b")),
    ("r&d|x", Name("r&d|x")),
    ("all", All()),
    ("All", Name("All")),
    ("'all'", Name("all")),
    ("filter:all", Name("all", "filter")),
    ("a & b", Joined("&", A, B)),
    ("a - b", Joined("-", A, B)),
    ("a | b", Joined("|", A, B)),
    ("a & b - c", Joined("-", Joined("&", A, B), C)),
    ("a - b & c", Joined("&", Joined("-", A, B), C)),
    ("a - (b & c)", Joined("-", A, Joined("&", B, C))),
    ("a | b & c", Joined("|", A, Joined("&", B, C))),
    ("a | b - c | a", Joined("|", Joined("|", A, Joined("-", B, C)), A)),
    ("(a | b) & c", Joined("&", Joined("|", A, B), C)),
    ("((a))", A),
    ("(a|b) & c", Joined("&", Name("a|b"), C)),
    ("all - servers", Joined("-", All(), Name("servers"))),
    ("patch rome", Name("patch rome")),
    ("  two   words ", Name("two words")),
    ("'patch rome'", Name("patch rome")),
    ('"patch rome" - b', Joined("-", Name("patch rome"), B)),
    ("'it''s' & b", Joined("&", Name("it's"), B)),
    ("'a & b'", Name("a & b")),
    ("filter:linux", Name("linux", "filter")),
    ("group:'my group' | target:t", Joined("|", Name("my group", "group"), Name("t", "target"))),
    ("view:offices", Name("offices", "view")),
    ("prod:web", Name("prod:web")),
    ("@hosts.txt", SelectorSource("hosts.txt")),
    ("@run:17:failed|unknown", SelectorSource("run:17:failed|unknown")),
    ("a - @hosts.txt", Joined("-", A, SelectorSource("hosts.txt"))),
    ("(@x)", SelectorSource("x")),
    ("ünïcode & 名前", Joined("&", Name("ünïcode"), Name("名前"))),
]

REFUSED = [
    ("", "empty"),
    ("   ", "empty"),
    ("a &", "ends where a name"),
    ("& a", "column 1: expected a name"),
    ("a & & b", "column 5: expected a name"),
    ("a b & c", "column 3: expected an operator"),
    ("(a", "column 1: the bracket is not closed"),
    ("a)", "column 2: expected an operator"),
    ("()", "column 2: expected a name"),
    ("'a", "column 1"),
    ('a & "b', "column 5"),
    ("a 'b'", "column 3: expected an operator"),
    ("filter:", "column"),
    ("(" * 60 + "a" + ")" * 60, "deeper than"),
]


@pytest.mark.parametrize(("text", "meaning"), MEANS)
def test_what_a_selector_means(text: str, meaning: Selector) -> None:
    assert parse(text) == meaning


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_is_refused_names_the_place(text: str, said: str) -> None:
    with pytest.raises(SelectorError) as refused:
        parse(text)
    assert said in refused.value.message
    assert refused.value.exit_status == 3


NAMES = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and text[0] not in "-@"
)
LEAVES = st.one_of(
    st.just(All()), NAMES.map(Name), st.builds(Name, NAMES, st.sampled_from(["filter", "group", "target", "view"]))
)
TREES = st.recursive(LEAVES, lambda inner: st.builds(Joined, st.sampled_from("&-|"), inner, inner), max_leaves=8)


@given(TREES)
def test_what_is_written_reads_back_as_the_same(tree: Selector) -> None:
    assert parse(render(tree)) == tree


@given(NAMES)
def test_a_quoted_name_is_that_name(name: str) -> None:
    assert parse(quoted(name)) == Name(name)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SelectorError):
        assert parse(render(parse(text))) == parse(text)

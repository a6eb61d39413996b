"""Fields of a computer: what is taken, in which form, and what is refused; names that read alike."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import FieldError, InputError
from itmsctl.resources import record, twins
from itmsctl.resources.merging import merged, split


@pytest.mark.parametrize(
    ("field", "given_", "kept"),
    [
        ("address", ["10.0.0.1", " 10.0.0.1 ", "10.0.0.2"], ["10.0.0.1", "10.0.0.2"]),
        ("address", ["2001:DB8:0:0::1"], ["2001:db8::1"]),
        ("address", ["[2001:db8::1]"], ["2001:db8::1"]),
        ("address", ["fe80::1%eth0"], ["fe80::1%eth0"]),
        ("address", ["fe80::1", "10.0.0.1"], ["fe80::1", "10.0.0.1"]),
        ("address", ["::ffff:10.0.0.1"], ["10.0.0.1"]),
        ("address", ["pc1.example.com."], ["pc1.example.com"]),
        ("address", ["bücher.example"], ["bücher.example"]),
        ("address", "10.0.0.1", ["10.0.0.1"]),
        ("address", [], []),
        ("management_address", "PC1.example", "PC1.example"),
        ("port", "22", 22),
        ("port", 65535, 65535),
        ("user", " root ", "root"),
        ("user", "EXAMPLE\\adm", "EXAMPLE\\adm"),
        ("os_family", "Linux", "linux"),
        ("os_family", "", None),
        ("serial", ["B", "A", "b"], ["A", "B"]),
        ("tags", {"env": "prod", "note": "a=b;c"}, {"env": "prod", "note": "a=b;c"}),
        ("tags", {"retired": ""}, {"retired": ""}),
        ("tags", None, {}),
        ("description", "line one\nline two", "line one\nline two"),
    ],
)
def test_forms_that_are_kept(field: str, given_: Any, kept: Any) -> None:
    assert record.checked({field: given_}) == {field: kept}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", ["10.0.0.300"]),
        ("address", ["10.0.0.01"]),
        ("address", ["10.1"]),
        ("address", ["0.0.0.0"]),
        ("address", ["255.255.255.255"]),
        ("address", ["224.0.0.1"]),
        ("address", ["ff02::1"]),
        ("address", ["fe80::1"]),
        ("address", ["FEBF::1", "[fe80::2]"]),
        ("management_address", "fe80::1"),
        ("address", ["::"]),
        ("address", ["10.0.0.1:22"]),
        ("address", ["10.0.0.0/8"]),
        ("address", ["a b"]),
        ("address", ["-oProxyCommand=x"]),
        ("address", ["x;id"]),
        ("address", ["٣.1.1.1"]),
        ("address", [f"10.0.{n // 250}.{n % 250}" for n in range(1, 258)]),
        ("address", {"a": 1}),
        ("address", [["10.0.0.1"]]),
        ("port", "0"),
        ("port", "65536"),
        ("port", "22.5"),
        ("port", True),
        ("port", "ssh"),
        ("user", "-oProxyCommand=x"),
        ("user", "ro\not"),
        ("user", "x" * 257),
        ("os_family", "linus"),
        ("tags", {"": "x"}),
        ("tags", {"a b": "x"}),
        ("tags", {"-a": "x"}),
        ("tags", {"a=b": "x"}),
        ("tags", {"k" * 129: "x"}),
        ("tags", {"k": "x" * 4097}),
        ("tags", {"k": "a\nb"}),
        ("tags", {"k": {"nested": 1}}),
        ("tags", {f"k{n}": "" for n in range(513)}),
        ("tags", ["a"]),
        ("description", "x" * 4097),
        ("description", {"a": 1}),
        ("serial", [f"s{n}" for n in range(300)]),
    ],
)
def test_values_that_are_refused_name_their_field(field: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        record.checked({field: value})
    assert caught.value.details["field"] == field


def test_a_port_in_an_address_is_answered_with_the_option() -> None:
    with pytest.raises(InputError) as caught:
        record.checked({"address": ["h1.example:22"]})
    assert "--port" in caught.value.hint


def test_an_unknown_field_offers_the_near_one() -> None:
    with pytest.raises(FieldError, match="no field `adress`") as caught:
        record.checked({"adress": "10.0.0.1"})
    assert "address" in caught.value.hint


def test_last_seen_is_not_the_administrators() -> None:
    with pytest.raises(FieldError):
        record.checked({"last_seen": "2026-01-01"})


@pytest.mark.parametrize(
    "name",
    ["", " ", "a ", "-rf", "@file", "a\x00", "a\u202eb", "x" * 256, "4c4c4544-0042-3510-8052-b4c04f4d3332"],
)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        record.checked_name(name)


@pytest.mark.parametrize("name", ["pc1", "pc1@rome", "PC 1", "x" * 255, "日本", "🖥", "=1+1", "שלום", "pc#1"])
def test_names_that_are_taken(name: str) -> None:
    assert record.checked_name(name) == name


@given(st.text(max_size=300))
def test_no_name_breaks_the_check(name: str) -> None:
    try:
        stored = record.checked_name(name)
    except InputError:
        return
    assert record.checked_name(stored) == stored


@pytest.mark.parametrize(
    ("name", "reads_like"),
    [
        ("\u0440\u04411", "pc1"),  # Cyrillic
        ("\u03c1c1", "pc1"),  # Greek
        ("\uff50\uff43\uff11", "pc1"),  # full width
        ("pc1.", "pc1"),
        ("PC1", "pc1"),
        ("pc\u20111", "pc-1"),
        ("日本", "日本"),
        ("ж1", "ж1"),
    ],
)
def test_the_plain_name_that_a_name_reads_like(name: str, reads_like: str) -> None:
    assert twins.skeleton(name) == reads_like


def test_case_alone_makes_no_twin() -> None:
    assert twins.same_spelling("PC1", "pc1")
    assert twins.same_spelling("e\u0301", "\u00c9")
    assert not twins.same_spelling("\uff50\uff43\uff11", "pc1")


_fields = st.fixed_dictionaries(
    {
        "address": st.lists(st.sampled_from(["10.0.0.1", "10.0.0.2", "h.example"]), unique=True),
        "serial": st.lists(st.sampled_from(["A", "B", "C"]), unique=True).map(sorted),
        "port": st.none() | st.integers(1, 3),
        "description": st.none() | st.sampled_from(["x", "y"]),
        "tags": st.dictionaries(st.sampled_from("abc"), st.sampled_from("xy")),
    }
)


@given(_fields, _fields)
def test_a_split_right_after_a_merge_gives_the_winner_back(winner: dict[str, Any], loser: dict[str, Any]) -> None:
    after = merged(winner, loser)
    back = split(after, winner, loser)
    assert {name: back[name] for name in winner} == winner


def test_what_was_changed_since_the_merge_stays() -> None:
    winner, loser = {"port": None, "tags": {"a": "x"}}, {"port": 22, "tags": {"b": "y"}, "address": ["10.0.0.2"]}
    now = merged(winner, loser) | {"port": 2222, "tags": {"a": "x", "b": "changed", "c": "z"}}
    back = split(now, winner, loser)
    assert back["port"] == 2222
    assert back["tags"] == {"a": "x", "b": "changed", "c": "z"}
    assert back["address"] == []

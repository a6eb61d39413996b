"""Names: what is allowed, which two are one."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.values.names import check_name, did_you_mean, is_guid, name_key, new_guid


@pytest.mark.parametrize(
    "name", ["web01", "são paulo", "日本-01", "[/x]", "a" * 255, "no", "0777", "x.y_z", "O'Brien & Söhne"]
)
def test_allowed(name: str) -> None:
    assert check_name(name) == unicodedata.normalize("NFC", name)


def test_stored_composed() -> None:
    assert check_name("Sa\u0303o") == "S\u00e3o"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "empty"),
        ("  ", "empty"),
        (" a", "begins or ends with a space"),
        ("a\u00a0", "begins or ends with a space"),
        ("a" * 256, "256 characters"),
        ("a\x1b[2J", "U+001B at 2"),
        ("a\nb", "U+000A at 2"),
        ("a\u202eb", "U+202E at 2"),
        ("a\u200bb", "U+200B at 2"),
        ("a\u2028b", "U+2028 at 2"),
        ("a\ue000", "U+E000 at 2"),
        ("a\ud800", "U+D800 at 2"),
        ("00000000-0000-0000-0000-00000000000A", "reads like a GUID"),
        ("a\0b", "U+0000 at 2"),
        ("-rf", "begins with `-`"),
        ("@file", "begins with `@`"),
        ('{"name":"victim"}', "begins with `{`"),  # piped by -o name it would mean the other
    ],
)
def test_refused(name: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        check_name(name, "site")
    assert words in caught.value.message
    assert "site" in caught.value.message


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Web01", "WEB01"),
        ("straße", "STRASSE"),
        ("\uff57\uff45\uff42", "web"),
        ("ﬁle", "file"),
        ("Σας", "σας"),
        ("K", "k"),
    ],
)
def test_same_name(one: str, two: str) -> None:
    assert name_key(one) == name_key(two)


def test_different_names() -> None:
    assert len({name_key(name) for name in ("web01", "web02", "web-01", "wéb01")}) == 4


@given(st.text())
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


# Mostly what may stand in a name, so that few examples are refused.
_PLAIN = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


@given(st.text(_PLAIN, min_size=1, max_size=300))
def test_what_is_allowed_stays_allowed_and_the_same(name: str) -> None:
    try:
        stored = check_name(name)
    except InputError:
        assume(False)
    assert check_name(stored) == stored
    assert name_key(stored) == name_key(name)


def test_guids() -> None:
    one, two = new_guid(), new_guid()
    assert one != two
    assert is_guid(one)
    assert is_guid(one.upper())


@pytest.mark.parametrize(
    "text",
    ["", "web01", "x" * 36, "{00000000-0000-0000-0000-00000000000}", "0" * 36, "00000000000000000000000000000000"],
)
def test_no_guids(text: str) -> None:
    assert not is_guid(text)


def test_did_you_mean() -> None:
    assert did_you_mean("adress", ["name", "address"]) == "did you mean `address`?"
    assert did_you_mean("zzz", ["name", "address"]) == ""
    assert did_you_mean("x", []) == ""
    families = ("windows", "linux", "unix", "mac")
    for word, family in (("macOS", "mac"), ("Darwin", "mac"), ("win", "windows"), ("Ubuntu", "linux"), ("AIX", "unix")):
        assert did_you_mean(word, families) == f"did you mean `{family}`?"
    assert did_you_mean("darwin", ["name", "address"]) == ""

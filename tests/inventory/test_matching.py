"""Whose report it is: GUID, UUID, serial number, name; and when nobody can say."""

from __future__ import annotations

import pytest

from itmsctl.inventory.matching import Recognised, Roster, recognise, who_of
from itmsctl.inventory.told import Subject

A, B, C = 1, 2, 3
GUID = "8f0e4f4e-27a5-4d52-a0f2-5b9d6a0a8c11"
UUID_A, UUID_B = "4c4c4544-0001-3510-8052-b4c04f4b4d31", "4c4c4544-0002-3510-8052-b4c04f4b4d32"


def roster(**known: Subject) -> Roster:
    found = Roster()
    for number, (name, subject) in enumerate(known.items(), start=1):
        found.add(number, name, who_of(subject))
    return found


def said(subject: Subject, known: Roster) -> Recognised:
    return recognise(who_of(subject), known)


def of(name: str = "", *, guid: str = "", **identities: str) -> Subject:
    return Subject(name, guid, {kind: [text] for kind, text in identities.items()})


def test_a_reimaged_computer_is_recognised_by_its_keys() -> None:
    known = roster(a=of("a", uuid=UUID_A, serial="SER-A"), b=of("b", serial="SER-B"))
    assert said(of("fresh", uuid=UUID_A.upper(), serial="ser-a", machine_id="0" * 31 + "1"), known).computer == A
    assert said(of("fresh", serial="SER-B"), known).computer == B
    # the other byte order of the same UUID
    assert said(of("x", uuid="44454c4c-0100-1035-8052-b4c04f4b4d31"), known).computer == A


def test_a_guid_counts_before_all_else_but_not_against_keys() -> None:
    known = roster(a=of("a", guid=GUID, serial="SER-A"), b=of("b", serial="SER-B"))
    assert said(of("other", guid=GUID.upper()), known).computer == A
    assert said(of("other", guid=GUID, serial="NEW"), known).computer == A
    stolen = said(of("other", guid=GUID, serial="SER-B"), known)
    assert stolen.computer is None
    assert "`a`" in stolen.why
    assert "`b`" in stolen.why
    known.buried.add("8f0e4f4e-27a5-4d52-a0f2-5b9d6a0a8c22")
    assert "was removed" in said(of("a", guid="8f0e4f4e-27a5-4d52-a0f2-5b9d6a0a8c22"), known).why


def test_values_of_two_computers_say_nobody() -> None:
    known = roster(a=of("a", uuid=UUID_A), b=of("b", serial="SER-B"))
    found = said(of("a", uuid=UUID_A, serial="SER-B"), known)
    assert found.computer is None
    assert found.hint == "if they are one: itmsctl computer merge a b"


def test_clones_stay_apart() -> None:
    known = roster(a=of("a", uuid=UUID_A, serial="SER-A"))
    clone = said(of("clone", uuid=UUID_A, serial="SER-C"), known)
    assert (clone.computer, clone.name) == (None, "clone")
    known.add(B, "clone", who_of(of("clone", uuid=UUID_A, serial="SER-C")))
    # The UUID is that of two now, and tells of neither.
    assert said(of("third", uuid=UUID_A), known).name == "third"
    assert said(of("third", uuid=UUID_A, serial="SER-C"), known).computer == B


def test_a_name_says_it_where_keys_say_nothing() -> None:
    known = roster(a=of("a"), b=of("b", uuid=UUID_B, serial="SER-B"))
    known.by_name["a.example.com"] = A
    assert said(of("A", serial="Default string"), known).computer == A
    assert said(of("elsewhere", fqdn="a.example.com."), known).computer == A
    # a board was changed: one of two values still agrees
    assert said(of("b", uuid=UUID_A, serial="SER-B"), known).computer == B
    # another machine of that name: its own full name is free
    assert said(of("b", serial="SER-X", fqdn="b.oslo.example.com"), known).name == "b.oslo.example.com"
    # none is free: it is told apart by its serial number, or its UUID
    assert said(of("b", serial="SER/X 1"), known).name == "b@SERX1"
    assert said(of("b", uuid=UUID_A), known).name == "b@4c4c4544"
    known.by_name["b@serx1"] = C
    known.own[C] = {"serial": frozenset({"other"})}
    refused = said(of("b", serial="SER/X 1"), known)
    assert (refused.computer, refused.name) == (None, "")
    assert "another UUID or serial" in refused.why


@pytest.mark.parametrize("subject", [of(), of(serial="None"), of("x" * 300), Subject(" ", "no guid")])
def test_who_says_nothing_of_himself_is_nobody(subject: Subject) -> None:
    assert "does not say whose it is" in said(subject, roster(a=of("a"))).why


def test_a_thousand_of_one_placeholder_and_one_dock_stay_a_thousand() -> None:
    known = Roster()
    for n in range(1000):
        one = of(f"pc{n}", serial="Default string", mac="00:50:b6:12:34:56", machine_id="0123456789abcdef" * 2)
        found = said(one, known)
        assert found.name == f"pc{n}"
        known.add(n, found.name, who_of(one))
    assert len(set(known.by_name.values())) == 1000
    assert said(of("pc7", serial="To be filled by O.E.M.", mac="00:50:b6:12:34:56"), known).computer == 7

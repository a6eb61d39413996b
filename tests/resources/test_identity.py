"""Identity values: normal forms, junk, and whose a set of values is."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.resources.identity import KINDS, Identity, bearers, hyphened, identity, junk_reason, swap

DELL = "4c4c4544-0042-3510-8052-b4c04f4d3332"

SAME = [
    ("uuid", "4C4C4544-0042-3510-8052-B4C04F4D3332", DELL),
    ("uuid", "{4c4c4544-0042-3510-8052-b4c04f4d3332}", DELL),
    ("uuid", "4c4c4544004235108052b4c04f4d3332", DELL),
    ("uuid", "urn:uuid:4c4c4544-0042-3510-8052-b4c04f4d3332", DELL),
    ("uuid", "44454c4c-4200-1035-8052-b4c04f4d3332", DELL),  # the other byte order
    ("machine_id", "0123456789ABCDEF0123456789abcde0", "01234567-89ab-cdef-0123-456789abcde0"),
    ("mac", "00-1B-21-3C-4D-5E", "00:1b:21:3c:4d:5e"),
    ("mac", "001b.213c.4d5e", "00:1b:21:3c:4d:5e"),
    ("mac", "001b213c4d5e", "00:1b:21:3c:4d:5e"),
    ("serial", "  abc 123x ", "ABC  123X"),
    ("fqdn", "PC1.Example.COM.", "pc1.example.com"),
    ("fqdn", "bücher.example", "xn--bcher-kva.example"),
]


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_texts_of_one_value_have_one_key(kind: str, one: str, other: str) -> None:
    assert identity(kind, one).key == identity(kind, other).key
    assert not identity(kind, one).junk


JUNK = [
    *[("uuid", text) for text in (
        "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "Not Settable",
        "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009", "Not Present",
        "12345678-1234-5678-90AB-CDDEEFAABBCC", "Default string", "To be filled by O.E.M.",
    )],
    *[("serial", text) for text in (
        "Default string", "DEFAULT STRING", "To be filled by O.E.M.", "To Be Filled By O.E.M", "System Serial Number",
        "None", "0", "00000000", "123456789", "Not Specified", "N/A", "VMware, Inc.", "VirtualBox", "Unknown",
        "xxxxxxx",
        "1", "-", "....", "0123456789",
        "INVALID",
    )],
    *[("machine_id", text) for text in ("0" * 32, "f" * 32, "uninitialized")],
    *[("mac", text) for text in (
        "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "01:00:5e:00:00:fb", "02:42:ac:11:00:02", "da:a1:19:00:11:22",
        "0a:00:27:00:00:00", "00:50:56:c0:00:08", "00:50:56:C0:00:01", "52:54:00:12:34:56", "00:05:9a:3c:7a:00",
        "00:e0:4c:68:00:01", "8c:ae:4c:01:02:03", "9C-EB-E8-01-02-03", "00:00:00:00:00:00:00:e0",
    )],
    *[("fqdn", text) for text in (
        "localhost", "localhost.localdomain", "LOCALHOST.", "pc1", "pc1.localdomain", "localhost6.localdomain6",
        "10.1.2.3",
    )],
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), JUNK)
def test_placeholders_and_shared_values_never_identify(kind: str, text: str) -> None:
    read = identity(kind, text)
    assert read.junk, read
    assert junk_reason(kind, read.key)


REAL = [
    ("mac", "00:50:56:9a:12:34"),  # a guest of VMware
    ("mac", "00:0c:29:9a:12:34"),
    ("mac", "00:15:5d:01:02:03"),  # of Hyper-V
    ("mac", "52:54:00:9a:12:34"),  # of KVM: locally administered, and kept
    ("mac", "00:1b:21:3c:4d:5e"),
    ("serial", "VMware-56 4d 1a 2b 3c 4d 5e 6f-70 81 92 a3 b4 c5 d6 e7"),
    ("serial", "00123"),
    ("serial", "PF0ABCDE"),
    ("uuid", DELL),
    ("machine_id", "4c4c4544004235108052b4c04f4d3332"),
    ("fqdn", "localhost1.example.com"),
    ("fqdn", "pc1.example.com"),
    ("fqdn", "_x.example"),
]


@pytest.mark.parametrize(("kind", "text"), REAL)
def test_real_values_identify(kind: str, text: str) -> None:
    read = identity(kind, text)
    assert not read.junk
    assert junk_reason(kind, read.key) == ""


WRONG = [
    ("uuid", "4c4c4544"),
    ("uuid", "zc4c4544-0042-3510-8052-b4c04f4d3332"),
    ("machine_id", "abc"),
    ("mac", "00:1b:21:3c:4d"),
    ("mac", "00:1b:21:3c:4d:5g"),
    ("fqdn", "a b.example"),
    ("fqdn", "a..example"),
    ("fqdn", "-a.example"),
    ("fqdn", "x" * 64 + ".example"),
    ("serial", "\x1b[2J"),
    ("serial", "a\x00b"),
    ("serial", "   "),
    ("serial", "x" * 256),
    ("serial", "a\u202eb"),
]


@pytest.mark.parametrize(("kind", "text"), WRONG)
def test_what_is_no_value_of_the_kind_is_refused(kind: str, text: str) -> None:
    with pytest.raises(InputError, match="is no"):
        identity(kind, text)


@given(st.uuids())
def test_both_byte_orders_of_any_uuid_meet_in_one_key(value: uuid.UUID) -> None:
    other = hyphened(swap(value.hex))
    assert other == str(uuid.UUID(bytes=value.bytes_le))
    assert identity("uuid", str(value)).key == identity("uuid", other).key
    assert identity("uuid", str(value)).value == str(value)


@given(st.sampled_from(KINDS), st.text(max_size=80))
def test_reading_answers_or_refuses_and_is_stable(kind: str, text: str) -> None:
    try:
        first = identity(kind, text)
    except InputError:
        return
    again = identity(kind, first.value)
    assert (again.key, again.value, again.junk) == (first.key, first.value, first.junk)


def _value(kind: str, key: str, junk: bool = False) -> Identity:
    return Identity(kind, key, key, junk)


@pytest.mark.parametrize(
    ("values", "carriers", "expected"),
    [
        ([_value("uuid", "a")], {("uuid", "a"): {1}}, [1]),
        ([_value("uuid", "a")], {}, []),
        ([_value("uuid", "a")], {("uuid", "a"): {1, 2}}, []),  # carried by several: identifies none
        ([_value("uuid", "a", junk=True)], {("uuid", "a"): {1}}, []),
        ([_value("machine_id", "a")], {("machine_id", "a"): {1}}, []),  # cloned with the disk
        ([_value("mac", "a")], {("mac", "a"): {1}}, []),  # moves with the card
        ([_value("uuid", "a"), _value("serial", "s")], {("uuid", "a"): {1}, ("serial", "s"): {2}}, [1, 2]),
        ([_value("uuid", "a"), _value("serial", "s")], {("uuid", "a"): {1, 2}, ("serial", "s"): {2}}, [2]),
        ([_value("serial", "a")], {("uuid", "a"): {1}}, []),  # another kind's value
    ],
)
def test_whose_a_set_of_values_is(
    values: list[Identity], carriers: dict[tuple[str, str], set[int]], expected: list[int]
) -> None:
    frozen = {key: frozenset(having) for key, having in carriers.items()}
    assert [bearer.computer for bearer in bearers(values, frozen)] == expected

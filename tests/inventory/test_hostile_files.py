"""Files that mean harm: each is refused with its place, or read without what is poison; nothing else is raised."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import FileFormatError
from itmsctl.inventory.delta import report
from itmsctl.inventory.format import format_names
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.taking import prefix_length
from itmsctl.inventory.told import Subject, Told
from tests.inventory.collections import AT

HEAD = '<?xml version="1.0"?>\n'


def read(data: bytes, format_name: str | None = None) -> list[tuple[Subject, Told]]:
    return list(read_inventory(io.BytesIO(data), "bad.nse", at=AT, format_name=format_name))


def refused(data: bytes, format_name: str | None = None) -> str:
    with pytest.raises(FileFormatError) as error:
        read(data, format_name)
    assert error.value.message.startswith("bad.nse"), error.value.message
    return error.value.message.removeprefix("bad.nse")


def glpi(**content: Any) -> bytes:
    return json.dumps({"deviceid": "x", "content": {"hardware": {"name": "pc1"}, **content}}).encode()


REQUEST = "<REQUEST><CONTENT><HARDWARE><NAME>{}</NAME></HARDWARE></CONTENT></REQUEST>"
BOMB = '<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n'
FETCH = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
OUTSIDE = '<!DOCTYPE r SYSTEM "http://192.0.2.1/x.dtd">\n'


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ((HEAD + BOMB + REQUEST.format("&b;")).encode(), ":2:16: declarations of document types and entities"),
        ((HEAD + FETCH + REQUEST.format("&x;")).encode(), ":2:13: declarations of document types"),
        ((HEAD + OUTSIDE + REQUEST.format("x")).encode(), ":2:44: declarations of document types"),
        ((HEAD + REQUEST.format("&x;")).encode(), ":2:35: not XML: undefined entity"),
        (b"<a>" * 100_000, ":1:193: nested deeper than 64"),
        ((HEAD + REQUEST.format("x"))[:40].encode(), ":2:19: not XML: no element found"),
        (HEAD.encode() + b"<a b='1' b='2'/>", ":2:10: not XML: duplicate attribute"),
        ((HEAD + REQUEST.format("\x01")).encode(), "not well-formed (invalid token)"),
        ((HEAD + REQUEST.format("caf\xe9")).encode("latin-1"), "not well-formed (invalid token)"),
        (b'<?xml version="1.0" encoding="shift_jis"?><a/>', "multi-byte encodings are not supported"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "not XML: unknown encoding"),
        ((HEAD + REQUEST.format("x") * 2).encode(), "junk after document element"),
        (b"<a><b></a></b>", ":1:9: not XML: mismatched tag"),
        (b"<x" + b"y" * 2_000_000, "a tag or a comment is longer than 256 KiB"),
        (b"<a><!--" + b"y" * 2_000_000, "a tag or a comment is longer than 256 KiB"),
        (b"<a>" + b"y" * 2_000_000 + b"</a>", "a text is longer than 1 MiB"),
        (b"<html><body>not an inventory</body></html>", "no format of another tool"),
    ],
)
def test_bad_xml_is_refused_with_its_place(data: bytes, why: str) -> None:
    assert why in refused(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"[" * 200_000, "nested deeper than 64"),
        (b'{"content": ' + b'{"a":' * 70 + b"1" + b"}" * 71, "nested deeper than 64"),
        (b'{"content": {"hardware": {"name": "a",\n "name": "b"}}}', ":2:2: the key `name` comes twice"),
        (b'{"content": {"hardware": ', "not JSON: Expecting value"),
        (b'{"content":\n {"hardware" 1}}', ":2:14: not JSON: Expecting ':' delimiter"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON: Exceeds the limit"),
        (b'{"content": {"hardware": {"name": "caf\xe9"}}}', ":1: byte 0xe9 is not UTF-8"),
        (b'{"x": "' + b'\\"' * 3_000_000, "not JSON: Unterminated string"),
        (b'{"a": [' + b"1," * 3_100_000 + b"1]}", "more than 3,000,000 values"),
        (b"{}", "no format of another tool"),
        (b"[]", "nothing is in it"),
        (b"", "nothing is in it"),
        (b" \n\t\n", "nothing is in it"),
        (b"\x1f\x8b\x08\x00" + b"\0" * 100, "packed with gzip"),
        (b"PK\x03\x04" + b"\0" * 100, "packed with zip"),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 64, "no format of another tool"),
        (b"\xff\xfe\x00\xd8", "is not UTF-16-LE"),
        (b"a: &x [1]\nb: *x\n", "no format of another tool"),
        (b"all:\n  hosts: &x\n    a:\n  children: *x\n", "anchors are not read"),
    ],
)
def test_other_bad_files_are_refused_with_their_place(data: bytes, why: str) -> None:
    assert why in refused(data)


def test_a_format_that_is_named_says_what_it_misses() -> None:
    assert "these are no facts of Facter" in refused(b'{"a": 1}', "facter")
    assert "ansible is json, text, yaml, and this is xml" in refused(b"<a/>", "ansible")
    assert "value 2 is no result of osquery" in refused(
        b'{"name":"x","hostIdentifier":"h","snapshot":[]}\n{"a":1}\n', "osquery"
    )


POISON = (
    "'; DROP TABLE computer;--", "<script>alert(1)</script>", "100%_a", "[/bold]\x1b[2J", "\u202egnp.exe",
    "=cmd|' /C calc'!A0",
    "a\x00b", "\ud800", "x" * 70_000, "0000-00-00", "{{ 7*7 }}", "$(id)", "../../etc/passwd",
)  # fmt: skip


@pytest.mark.parametrize("poison", POISON)
def test_poison_in_any_field_is_data(poison: str) -> None:
    section = {"name": poison, "version": poison, "publisher": poison, "install_date": poison, "filesize": poison}
    ((_, told),) = read(glpi(softwares=[section], operatingsystem={"full_name": poison, "boot_time": poison}))
    kept = report(data_class("software"), told.classes["software"])
    (row,) = kept.rows.values()
    assert "\0" not in row["name"]
    assert not any(0xD800 <= ord(char) <= 0xDFFF for char in row["name"])
    assert len(row["name"]) <= 65536 + 8
    if poison.isascii() and poison.isprintable() and len(poison) < 1000:
        assert row["name"] == poison


@pytest.mark.parametrize(
    "value", [2**70, -(2**70), 1e308, 10**40, "9" * 400, "1e999", True, None, [], {}, [[1]], {"a": {}}]
)
def test_a_value_of_another_kind_hurts_only_itself(value: Any) -> None:
    """An object where a text should be, a number beyond limits: the rest of the file counts."""
    found = glpi(
        cpus=[{"speed": value, "core": value, "name": "i5"}],
        drives=[{"total": value, "free": value, "type": "/"}],
        memories=[{"capacity": value, "caption": value}],
        networks=[{"description": "eth0", "mac": value, "ipaddress": value, "mtu": value, "speed": value}],
        softwares=[{"name": "bash", "version": value, "filesize": value, "install_date": value}, value],
        operatingsystem=value,
        users=value,
        batteries=[{"capacity": value, "date": value, "voltage": value}],
    )
    ((subject, told),) = read(found)
    assert subject.name == "pc1"
    assert told.classes["software"][0]["name"] == "bash"
    for one, rows in told.classes.items():
        report(data_class(one), rows)


@pytest.mark.parametrize("row", ['interface="eth0"', 'address="none"', 'address="[2001:db8::1]"', 'c1="10.0.0.1"'])
def test_an_address_that_is_none_hurts_nobody(row: str) -> None:
    rows = f'<inventoryClass name="interface_addresses"><data><resource><row {row}/></resource></data></inventoryClass>'
    who = '<from><resource name="pc1"/></from>'
    ((subject, _),) = read(f"<message>{who}<body><inventory>{rows}</inventory></body></message>".encode())
    assert subject.name == "pc1"


@pytest.mark.parametrize(
    ("mask", "length"),
    [("ffff:fff0::", 28), ("ffff::ffff", None), ("::ffff:255.255.255.0", None), ("[ffff::]", 16), ("255.0.0.0", 8)],
)
def test_a_mask_that_is_none_has_no_length(mask: str, length: int | None) -> None:
    assert prefix_length(mask) == length


def test_nan_and_infinity_say_nothing() -> None:
    data = b'{"content": {"hardware": {"name": "pc1", "memory": NaN, "swap": -Infinity}}}'
    ((_, told),) = read(data)
    assert list(told.classes) == ["identification"]


def test_powershell_writes_utf_16() -> None:
    ((subject, _),) = read(glpi().decode().encode("utf-16"))
    assert subject.name == "pc1"


def test_half_a_file_is_never_read_as_a_whole_one() -> None:
    """Cut at every byte: refused, never a computer with less than it has (F19)."""
    whole = [glpi(softwares=[{"name": "bash", "version": "5"}]), (HEAD + REQUEST.format("pc1")).encode()]
    for data in whole:
        assert read(data)
        for end in range(len(data)):
            refused(data[:end])


_KEYS = st.sampled_from(
    ["content", "hardware", "name", "softwares", "networks", "kernel", "facterversion", "os", "networking",
    "interfaces",
     "mountpoints", "processors", "ansible_hostname", "ansible_facts", "ansible_interfaces", "ansible_mounts",
     "snapshot",
     "hostIdentifier", "columns", "diffResults", "added", "removed", "hostname", "osquery_version", "seen_time",
     "software",
     "itms-inventory", "class", "rows", "lines", "sha256", "deviceid", "_meta", "hostvars", "all", "hosts", "children"]
) | st.text(max_size=3)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=6),
    max_leaves=30,
)


def harmless(data: bytes, format_name: str | None) -> None:
    try:
        found = read(data, format_name)
    except FileFormatError:
        return
    for _, told in found:
        for one, rows in told.classes.items():
            report(data_class(one), rows)


_FORMAT = st.none() | st.sampled_from(sorted(format_names()))


@given(st.dictionaries(_KEYS, _JSON, max_size=8), _FORMAT)
@settings(max_examples=150, deadline=None)
def test_no_json_raises_anything_else(value: dict[str, Any], format_name: str | None) -> None:
    harmless(json.dumps(value).encode(), format_name)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")), _FORMAT)
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise_anything_else(data: bytes, format_name: str | None) -> None:
    harmless(data, format_name)


_TAGS = st.sampled_from(
    ["REQUEST", "CONTENT", "HARDWARE", "NAME", "SOFTWARES", "message", "body", "inventory", "row", "resource"]
)
_XML = st.recursive(
    st.text(alphabet="ab1/:.&;<", max_size=6),
    lambda inner: st.tuples(_TAGS, st.lists(inner, max_size=4)).map(
        lambda one: f"<{one[0]}>{''.join(one[1])}</{one[0]}>"
    ),
    max_leaves=20,
)


@given(_XML, _FORMAT)
@settings(max_examples=150, deadline=None)
def test_no_xml_raises_anything_else(text: str, format_name: str | None) -> None:
    harmless(f"<REQUEST><CONTENT>{text}</CONTENT></REQUEST>".encode(), format_name)
    harmless(text.encode(), format_name)


# A file of this size is made while it is read, in a process of its own whose memory is bounded.
_FLAT = """
import resource, sys
from datetime import UTC, datetime
from tests.inventory.test_hostile_files import STREAMS
from itmsctl.errors import FileFormatError
from itmsctl.inventory.service.loading import read_inventory
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
try:
    found = list(read_inventory(STREAMS[sys.argv[1]](), "big", at=datetime.now(UTC)))
    print(sum(len(rows) for _, told in found for rows in told.classes.values()))
except FileFormatError as error:
    print(error.message)
status = open("/proc/self/status").read()  # its own peak: ru_maxrss of a new program is that of who started it
print(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) >> 10)
"""


class Endless(io.RawIOBase):
    """A stream of a head, a part again and again, and an end."""

    def __init__(self, head: bytes, part: Callable[[int], bytes], count: int, end: bytes) -> None:
        self._rest, self._part, self._count, self._end = head, part, count, end
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        parts = [self._rest]
        size = len(self._rest)
        while size < len(buffer) and self._at <= self._count:
            parts.append(self._part(self._at) if self._at < self._count else self._end)
            size += len(parts[-1])
            self._at += 1
        data = b"".join(parts)
        self._rest = data[len(buffer) :]
        buffer[: len(data[: len(buffer)])] = data[: len(buffer)]
        return len(data[: len(buffer)])


def _row(number: int) -> bytes:
    return b"<SOFTWARES><NAME>n%d</NAME><VERSION>1.%d</VERSION><FROM>rpm</FROM><ARCH>x86_64</ARCH></SOFTWARES>\n" % (
        number, number,
    )  # fmt: skip


def _entry(number: int) -> bytes:
    return b'{"name":"n%d","version":"1.%d","from":"rpm","arch":"x86_64"},' % (number, number)


_OPEN, _CLOSE = b"<REQUEST><CONTENT><HARDWARE><NAME>pc1</NAME></HARDWARE>", b"</CONTENT></REQUEST>"
_JSON_OPEN, _JSON_CLOSE = b'{"content":{"hardware":{"name":"pc1"},"softwares":[', b'{"name":"last"}]}}'
STREAMS: dict[str, Callable[[], Any]] = {
    "text": lambda: io.BufferedReader(Endless(b"<a>", lambda _: b"y" * (1 << 20), 1024, b"</a>")),
    "texts": lambda: io.BufferedReader(Endless(b"<a>", lambda _: b"<b>" + b"y" * 60_000 + b"</b>", 20_000, b"</a>")),
    "xml rows": lambda: io.BufferedReader(Endless(_OPEN, _row, 1_000_000, _CLOSE)),
    "200,000 xml rows": lambda: io.BufferedReader(Endless(_OPEN, _row, 200_000, _CLOSE)),
    "json rows": lambda: io.BufferedReader(Endless(_JSON_OPEN, _entry, 1_000_000, _JSON_CLOSE)),
    "200,000 json rows": lambda: io.BufferedReader(Endless(_JSON_OPEN, _entry, 200_000, _JSON_CLOSE)),
    "json text": lambda: io.BufferedReader(Endless(b'{"a":"', lambda _: b"y" * (1 << 20), 1024, b'"}')),
    "blanks": lambda: io.BufferedReader(Endless(b"{", lambda _: b" \n" * (1 << 19), 1024, b"}")),
}


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        ("text", "a text is longer than 1 MiB"),
        ("texts", "more than 96 MiB of text"),
        ("xml rows", "more than 2,000,000 elements"),
        ("200,000 xml rows", "200001"),
        ("json rows", "larger than 48 MiB"),
        ("200,000 json rows", "200002"),
        ("json text", "larger than 48 MiB"),
        ("blanks", "larger than 48 MiB"),
    ],
)
def test_memory_stays_flat(stream: str, said: str) -> None:
    """A gigabyte of text, a million rows: refused; 200,000 rows of one computer: read. Below 300 MiB each."""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", _FLAT, stream], capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answer, peak = done.stdout.splitlines()
    assert said in answer
    assert int(peak) < 300, f"{peak} MiB"

"""YAML that comes in: text, lists and maps, and nothing else (reliability IM1-IM4)."""

from __future__ import annotations

import time

import pytest

from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.errors import FileFormatError, YamlAliasError, YamlDuplicateKeyError, YamlTagError


def value(text: str) -> object:
    (document,) = read_yaml(text.encode(), "x.yaml")
    return document.value


def test_every_scalar_stays_text() -> None:
    read = value(
        "country: no\nver: 1.10\nmac: 12:34:56\noct: 0777\nday: 2026-11-22\nf: 1e3\nempty:\nt: ~\nn: null\nq: 'null'\n"
    )
    assert read == {
        "country": "no", "ver": "1.10", "mac": "12:34:56", "oct": "0777", "day": "2026-11-22", "f": "1e3",
        "empty": None, "t": None, "n": None, "q": "null",
    }  # fmt: skip


def test_documents_and_places() -> None:
    first, second = read_yaml(b"a: 1\n---\n---\nspec:\n  sites:\n  - name: x\n    size: 2\n", "x.yaml")
    assert first.value == {"a": "1"}
    assert str(second.place("spec", "sites", 0, "size")) == "x.yaml:7:11"
    assert str(second.place("spec", "sites", 5, "none")) == "x.yaml:6:3"
    assert str(second.place()) == "x.yaml:4:1"
    assert list(read_yaml(b"")) == []
    assert list(read_yaml(b"# nothing\n")) == []


def test_byte_order_mark_and_block_texts() -> None:
    (document,) = read_yaml(b"\xef\xbb\xbfa: |\n  x\n  y\nb: >-\n  x\n  y\n")
    assert document.value == {"a": "x\ny\n", "b": "x y"}


REFUSED = [
    ("a: !!python/object/apply:os.system ['touch x']", YamlTagError, "x.yaml:1:4: could not determine a constructor"),
    ("a: !!str x", YamlTagError, "x.yaml:1:4"),
    ("!x a: 1", YamlTagError, "x.yaml:1:1"),
    ("a: &a [x]\nb: *a", YamlAliasError, "x.yaml:1:4: anchors"),
    ("b: *a", YamlAliasError, "x.yaml:1:4: aliases"),
    ("b:\n  <<: {x: 1}", YamlAliasError, "x.yaml:2:3: merge keys"),
    ("role: viewer\nrole: admin", YamlDuplicateKeyError, "x.yaml:2:1: the key `role` comes twice"),
    ("? [a]\n: b", FileFormatError, "a key is a list or a map"),
    ("a: [1, 2", FileFormatError, "not YAML"),
    ("a: b: c", FileFormatError, "x.yaml:1:5: not YAML"),
    ("\ta: b", FileFormatError, "not YAML"),
    ("a: \x07", FileFormatError, "not YAML"),
    ("[" * 100, FileFormatError, "deeper than 64"),
    ("[" * 200_000, FileFormatError, "deeper than 64"),
]


@pytest.mark.parametrize(("text", "kind", "words"), REFUSED, ids=lambda part: str(part)[:20])
def test_refused(text: str, kind: type[FileFormatError], words: str) -> None:
    with pytest.raises(kind) as caught:
        value(text)
    assert words in caught.value.message
    assert caught.value.exit_status == 3
    assert caught.value.details["file"] == "x.yaml"


def test_alias_bomb_is_refused_at_once() -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"{c}: &{c} [*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    start = time.perf_counter()
    with pytest.raises(YamlAliasError):
        value(bomb)
    assert time.perf_counter() - start < 1


def test_not_utf8_names_the_line() -> None:
    with pytest.raises(FileFormatError, match=r"^x\.yaml:2: byte 0xff is not UTF-8"):
        list(read_yaml(b"a: 1\nb: \xff\n", "x.yaml"))
    with pytest.raises(FileFormatError, match="larger than 16 MiB"):
        list(read_yaml(b"#" * (17 << 20), "x.yaml"))

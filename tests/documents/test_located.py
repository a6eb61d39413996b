"""Where a character of a text stands in its file, however the text is written there."""

from __future__ import annotations

import json

import pytest

from itmsctl.documents.json_reader import read_json
from itmsctl.documents.located import Document, DocumentPlace
from itmsctl.documents.yaml_reader import read_yaml

WRITTEN = {
    "plain": "a: 1\nk: os = x and y\nb: 2\n",
    "plain, folded": "k: os = 'x'\n  and\n\n  y = 2\nb: 1\n",
    "single": "k: 'it''s = ''x'' y'\n",
    "single, folded": "k: 'it''s\n   = x\n\n\n   y'\n",
    "double": 'k: "a\\tb \\"q\\" \\u00e9\\U0001F980 z"\n',
    "double, folded": 'k: "one\n    two \\\n    three\\x41 4"\n',
    "flow": "{a: [1, 'x''y'], k: a or b}\n",
    "literal": "k: |\n  os = 'x'\n  and y\n\n    deeper = 1\n  or y\nb: 1\n",
    "literal, kept and indented": "x: 1\nk: |2+ # why\n    os = 1\n  and os = 1\n\nb: 1\n",
    "folded": "k: >-\n  os = 'x'\n  and y\n\n  or y\nb: 1\n",
    "CRLF": "a: 1\r\nk: |\r\n  one\r\n  two = 3\r\nb: 1\r\n",
    "after odd characters": 'a: "p\u2028  q"\nb: é🦀\nk: one two\n',
}


def character(document: Document, text: str, offset: int) -> str:
    place = document.root.part("k").character(offset)
    rows = text.replace("\r\n", "\n").replace("\u2028", "\n").split("\n")
    assert isinstance(place.column, int)
    return rows[place.line - 1][place.column - 1 :]


@pytest.mark.parametrize("style", WRITTEN)
def test_each_character_of_a_text_is_found(style: str) -> None:
    text = WRITTEN[style]
    (document,) = read_yaml(text.encode(), "f.yaml")
    value = document.value["k"]
    for offset, wanted in enumerate(value):
        if not wanted.isspace() and offset:
            found = character(document, text, offset)
            escaped = {"\\x41": "A", "\\u00e9": "é", "\\U0001F980": "🦀", '\\"': '"', "''": "'"}
            meant = next((mean for written, mean in escaped.items() if found.startswith(written)), found[:1])
            assert meant == wanted, (offset, value, found)


def test_each_character_of_json_is_found() -> None:
    value = 'a "q"\t\\ \u00e9 🦀 \ud7ff z'
    for text in (json.dumps({"x": 1, "k": value}), json.dumps({"k": value}, ensure_ascii=False, indent=2)):
        (document,) = read_json(text.encode(), "f.json")
        for offset, wanted in enumerate(value):
            if offset and wanted.isascii() and wanted.isalnum():
                assert character(document, text, offset)[:1] == wanted
        whole = document.root.part("k").character(value.index("🦀"))
        assert isinstance(whole.column, int)
        assert text.split("\n")[whole.line - 1][whole.column - 1 :][:1] in {"\\", "🦀"}


def test_what_an_error_names_is_walked_to_as_far_as_it_is_there() -> None:
    (document,) = read_yaml(b"spec:\n  steps:\n  - task: a\n  - {task: b, when: x and y}\n  tags: {q: 1}\n", "f.yaml")
    spec = document.root.part("spec")
    steps = {"field": "steps", "inside": [1, "when"]}
    assert spec.blamed(steps) == DocumentPlace("f.yaml", 4, 21)
    assert spec.blamed(steps | {"offset": 6}) == DocumentPlace("f.yaml", 4, 27)
    assert spec.blamed({"field": "steps", "inside": [1, "retries"], "offset": 6}) == DocumentPlace("f.yaml", 4, 5)
    assert spec.blamed({"field": "steps", "inside": [7, "when"]}) == DocumentPlace("f.yaml", 3, 3)
    assert spec.blamed({"field": "tags", "inside": ["q"]}) == DocumentPlace("f.yaml", 5, 13)
    assert spec.blamed({"field": "tags", "inside": ["q"], "key": True}) == DocumentPlace("f.yaml", 5, 10)
    assert spec.blamed({"field": "tags", "inside": ["r"], "key": True}) == DocumentPlace("f.yaml", 5, 9)
    assert spec.blamed({}) == spec.blamed({"field": "other"}) == DocumentPlace("f.yaml", 2, 3)
    assert str(spec.part("tags").place()) == "f.yaml:5:9"
    assert spec.part("tags").part("q").place().as_dict() == {"file": "f.yaml", "line": 5, "column": 13}

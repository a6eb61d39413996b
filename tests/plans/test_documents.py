"""Reading documents: forms, traps, hostile files; places of mistakes (IM1 to IM5)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.documents.json_reader import read_json
from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.errors import FileFormatError
from itmsctl.plans.traps import trap
from tests.conftest import Run
from tests.plans.conftest import Write


@pytest.mark.parametrize(
    "text",
    ["no", "Yes", "on", "n", "true", "0777", "0o17", "0x1F", "1e3", "1.5E+10", "12:30:00", "18:00", "1.10", "1_000",
     "+5", ".inf", "007", "1."],
)  # fmt: skip
def test_words_that_readers_disagree_on_want_quotes(text: str, bare_run: Run, write: Write) -> None:
    assert trap(text)
    for where in ("name: {}", "name: x\nspec: {{description: {}}}"):
        result = bare_run("apply", "-f", write("kind: site\n" + where.format(text) + "\n"), "--dry-run")
        assert result.code == 3
        assert f'quote it: "{text}"' in result.err
    quoted = write(f'kind: site\nname: "{text}"\n')
    assert bare_run("apply", "-f", quoted, "--dry-run").code == 0, "in quotes it is a text"


@pytest.mark.parametrize(
    "text", ["rome", "22", "-5", "1.5", "2026-01-05", "x: y", "1.2.3", "no-way", "é", "10.1.0.0/16", "a:b"]
)
def test_other_words_are_texts(text: str) -> None:
    assert trap(text) == ""


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("{port: 0022}", "`0022` is not a valid whole number"),
        ("{port: '22'}", "without quotes"),
        ("{port: 1e3}", "not a valid whole number"),
        ("{port: [22]}", "one value is expected, not a list"),
        ("{address: 10.1.1.1}", "a list is expected"),
        ("{tags: [a]}", "a map of names and texts is expected"),
        ("{tags: {a: null}}", "a text is expected, not nothing"),
        ("{os_family: linx}", "did you mean `linux`?"),
        ("{last_seen: x}", "is not set by anybody"),
        ("{adress: []}", "did you mean `address`?"),
        ("[a]", "`spec` is a map of fields"),
        ("{tag: {a: b}}", "did you mean `tags`?"),
    ],
)
def test_values_are_typed_by_their_field(bare_run: Run, write: Write, spec: str, what: str) -> None:
    result = bare_run("apply", "-f", write(f"kind: computer\nname: pc1\nspec: {spec}\n"))
    assert result.code == 3
    assert what in result.err
    assert "estate.yaml:3:" in result.err


def test_booleans_are_true_or_false(bare_run: Run, write: Write) -> None:
    for value in ("yes", "on", "1", "'true'", "True"):
        result = bare_run("apply", "-f", write(f"kind: site\nname: a\nspec: {{management_server: {value}}}\n"))
        assert (result.code, "is not true or false" in result.err) == (3, True), value
    assert bare_run("apply", "-f", write("kind: site\nname: a\nspec: {management_server: true}\n")).code == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("kind: !!python/object/apply:os.system [x]\n", "YAML-TAG"),
        ("a: &a [x]\nb: [*a, *a]\n", "anchors are not read"),
        ("kind: site\nkind: subnet\n", "comes twice"),
        ("kind: site\nname: [a]\n", "a name is a text"),
        ("just text\n", "a document is a map"),
        ("name: x\n", "says no `kind`"),
        ("kind: site\n", "says no `name`"),
        ("kind: stie\nname: x\n", "did you mean `site`?"),
        ("apiVersion: v1\nkind: site\nname: x\n", "no key `apiVersion`"),
        ("kind: site\nname: x\nregion: y\n", "write it under `spec`"),
        ("kind: site\nname: x\nstate: gone\n", "no state"),
        ("kind: site\nname: x\nset: []\n", "apply set is a text"),
        ("kind: site\nname: x\n---\nkind: site\nname: X\n", "stands in"),
        ("kind: import\nnoun: site\nfrom: a\n", "no table of `site` is read"),
        ("kind: import\nnoun: computer\nform: a\n", "did you mean `from`?"),
        ('kind: site\nname: "a\\u200bb"\n', "invisible character"),
        ("kind: [\n", "not YAML"),
        ("[" * 1000 + "]" * 1000, "nested deeper than 64"),
        ('{"kind": "site", "kind": "x"}', "comes twice"),
        ("\ufffe", "FILE-FORMAT"),
    ],
)
def test_what_is_no_document_is_refused_with_its_place(bare_run: Run, write: Write, text: str, what: str) -> None:
    result = bare_run("apply", "-f", write(text))
    assert result.code == 3, result.err
    assert what in result.err or "DOCUMENTS-REJECTED" in result.err
    assert "estate.yaml" in result.err
    assert "internal error" not in result.err
    assert bare_run("site", "list", "-o", "name").out == ""


def test_files_of_every_kind(bare_run: Run, write: Write, tmp_path: Path) -> None:
    write(b"\xef\xbb\xbfkind: site\r\nname: crlf\r\n", "a.yaml")
    write('{"kind": "site", "name": "one"}\n{"kind": "site", "name": "two"}\n', "b.ndjson")
    write('[{"kind": "site", "name": "three"}]', "c.json")
    write("- kind: site\n  name: four\n- kind: site\n  name: five\n", "d.yml")
    write("nothing to see", "readme.txt")
    write("kind: broken\n", ".hidden.yaml")
    write("kind: site\nname: deep\n", "deep/e.yaml")
    folder = tmp_path / "plans"
    (folder / "deep" / "loop").symlink_to(folder)
    (folder / "self.yaml").symlink_to(folder / "a.yaml")
    assert "\n6 created" in bare_run("apply", "-f", str(folder)).err
    assert bare_run("apply", "-f", str(folder), "-R").err.startswith("1 created, 0 updated, 6 unchanged")
    assert bare_run("apply", "-f", "-", stdin='{"kind": "site", "name": "six"}').code == 0
    assert bare_run("apply", "-f", "-", stdin="{kind: site, name: seven}").code == 0, "flow style is YAML"


def test_files_that_are_not_there(bare_run: Run, write: Write, tmp_path: Path) -> None:
    assert bare_run("apply").code == 2
    assert bare_run("apply", "-f", str(tmp_path / "nothing.yaml")).code == 5
    (tmp_path / "empty").mkdir()
    assert bare_run("apply", "-f", str(tmp_path / "empty")).code == 5
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert bare_run("apply", "-f", str(tmp_path / "loop.yaml")).code == 3
    os.mkfifo(tmp_path / "pipe")
    assert bare_run("apply", "-f", write(b"#" * (17 << 20))).code == 3
    assert "0 created" in bare_run("apply", "-f", write("")).err


def test_a_folder_of_a_thousand_files(bare_run: Run, write: Write, tmp_path: Path) -> None:
    for n in range(1000):
        write(f"kind: site\nname: s{n}\n", f"{n:04}.yaml")
    assert "1000 created" in bare_run("apply", "-f", str(tmp_path / "plans")).err


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(st.characters(codec="utf-8"), max_size=20)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


def typed(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return [typed(one) for one in value]
    if isinstance(value, dict):
        return {key: typed(one) for key, one in value.items()}
    return value


@given(st.lists(values, max_size=4))
def test_json_is_read_as_what_it_says(found: list[object]) -> None:
    import json

    text = "\n".join(json.dumps(one, ensure_ascii=False) for one in found)
    assert [d.value for d in read_json(text.encode())] == [typed(one) for one in found]


@given(st.text('{}[]",:01truefalsn \n\\', max_size=30))
def test_what_is_no_json_is_refused_as_that(text: str) -> None:
    import json

    try:
        expected = typed(json.loads(text))
    except ValueError:
        expected = None
    try:
        found = [d.value for d in read_json(text.encode())]
    except FileFormatError:
        assert expected is None or "twice" in text or '"' in text
        return
    if expected is not None and len(found) == 1:
        assert found == [expected]


def test_places_in_json_and_yaml_agree() -> None:
    text = '{"kind": "site",\n "spec": {"a": [1,\n   "x"]}}'
    (one,) = read_json(text.encode(), "f")
    (other,) = read_yaml(text.encode(), "f")
    for path in ((), ("kind",), ("spec",), ("spec", "a"), ("spec", "a", 0), ("spec", "a", 1)):
        assert one.place(*path) == other.place(*path)
    assert one.plain == other.plain == {("spec", "a", 0)}

"""`export` and `schema`: one order, one form, no secrets; schemas are what the kinds declare."""

from __future__ import annotations

import json

import pytest

from itmsctl.documents.yaml_reader import read_yaml
from itmsctl.plans.schema import schema_of_all
from itmsctl.values.kind import Kind, Owner
from itmsctl.values.kind_order import kinds_in_order
from tests.conftest import Run


@pytest.fixture
def estate(ok: Run) -> Run:
    ok("site", "add", "são paulo", "--region", "no")
    ok("site", "add", "0777")
    ok("subnet", "add", "10.1.0.0/16", "--site", "0777", "--description", "line one\nline two ")
    ok("computer", "add", "pc1", "--address", "10.1.2.3", "--tag", "env=1e3", "--port", "22")
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("filter", "add", "hand", "--member", "pc1")
    ok("view", "add", "floors")
    ok("group", "add", "one", "--view", "floors")
    ok("group", "add", "in-one", "--parent", "one", "--member", "pc1")
    ok("task", "add", "hello", "--command", "set -e\necho hello\n")
    ok("job", "add", "greet", "--step", "hello")
    return ok


def test_an_export_is_a_stream_of_documents_in_one_order(estate: Run) -> None:
    out = estate("export").out
    found = [document.value for document in read_yaml(out.encode(), "export")]
    named = [(d["kind"], d["name"]) for d in found]
    assert named == [
        ("computer", "pc1"), ("site", "0777"), ("site", "são paulo"), ("subnet", "10.1.0.0/16"), ("filter", "hand"),
        ("filter", "linux"), ("view", "floors"), ("group", "in-one"), ("group", "one"), ("task", "hello"),
        ("job", "greet"),
    ]  # fmt: skip
    assert 'name: "0777"' in out
    assert 'region: "no"' in out
    assert "  body: |\n    set -e\n    echo hello\n" in out
    guids = [document.pop("guid") for document in found]
    assert guids[0] == estate("computer", "show", "pc1").json["id"]
    assert len(set(guids)) == len(guids)
    assert found[2] == {"kind": "site", "name": "são paulo", "spec": {"region": "no"}}
    assert found[6] == {"kind": "view", "name": "floors"}
    assert "view" not in found[7]["spec"], "a child's view is its parent's"
    assert found[-1]["spec"] == {"steps": [{"task": "hello"}]}
    assert estate("export").out == out


def test_every_form_says_the_same(estate: Run) -> None:
    as_json = estate("export", "-o", "json").json
    assert estate("export", "-o", "ndjson").lines == as_json
    assert estate("export", "site", "subnet", "-o", "json").json == [
        d for d in as_json if d["kind"] in {"site", "subnet"}
    ]
    assert as_json[0]["spec"]["port"] == 22


def test_a_file_is_new_and_private(estate: Run, tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "all.yaml"
    assert estate("export", "--out", str(path)).out == ""
    assert path.read_text() == estate("export").out
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_asked_is_refused(run: Run) -> None:
    assert run("export", "-o", "csv").code == 2
    result = run("export", "stie")
    assert result.code == 2
    assert "did you mean `site`?" in result.err
    assert run("export").out == ""
    assert run("schema").code == 2
    assert run("schema", "site", "--all").code == 2


@pytest.mark.parametrize("kind", kinds_in_order(), ids=lambda k: k.name)
def test_a_schema_has_the_administrators_fields(kind: Kind, bare_run: Run) -> None:
    printed = bare_run("schema", kind.name).json
    fields = printed["properties"]["spec"]["properties"]
    assert set(fields) == {f.name for f in kind.fields if f.owner is Owner.ADMIN}
    assert printed["properties"]["kind"] == {"const": kind.name}


def test_the_schema_of_all_knows_every_kind_and_tables(bare_run: Run) -> None:
    printed = bare_run("schema", "--all").json
    assert printed == json.loads(json.dumps(schema_of_all(kinds_in_order())))
    assert printed["properties"]["kind"]["enum"] == [*(k.name for k in kinds_in_order()), "import"]
    assert printed["$defs"]["import"]["properties"]["noun"]["enum"] == ["computer"]

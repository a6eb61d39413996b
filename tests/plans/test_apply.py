"""`apply`: any order, all or nothing, absent keys left alone, deletion said; the second time nothing changes."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from itmsctl.values.predefined import every_predefined
from tests.conftest import Run
from tests.plans.conftest import ESTATE, Write


def actions(result: object) -> dict[str, str]:
    return {row["object"]: row["action"] for row in result.lines}  # type: ignore[attr-defined]


def test_an_estate_in_any_order_is_made_in_one_change_set(ok: Run, write: Write) -> None:
    path = write(ESTATE)
    done = actions(ok("apply", "-f", path, "-o", "ndjson"))
    assert len(done) == 16
    assert set(done.values()) == {"created"}
    assert len(ok("audit", "list", "-o", "ndjson").lines) == 1
    again = ok("apply", "-f", path, "-o", "ndjson")
    assert set(actions(again).values()) == {"unchanged"}
    assert len(ok("audit", "list", "-o", "ndjson").lines) == 1
    assert "0 created, 0 updated, 16 unchanged" in again.err
    assert ok("plan", "-f", path).out == ""
    ok("audit", "verify")
    ok("db", "check")


def test_what_is_exported_is_applied_and_exported_the_same(bare_run: Run, write: Write, tmp_path: Path) -> None:
    one, other = ("--db", str(tmp_path / "one.sqlite")), ("--db", str(tmp_path / "other.sqlite"))
    assert bare_run(*one, "apply", "-f", write(ESTATE)).code == 0
    for form in ("yaml", "json", "ndjson"):
        exported = bare_run(*one, "export", "-o", form).out
        assert bare_run(*one, "apply", "-f", write(exported, f"e.{form}")).err.startswith(
            f"0 created, 0 updated, {16 + len(every_predefined())} unch"
        )
    done = bare_run(*other, "apply", "-f", "-", stdin=exported)
    assert done.code == 0, done.err
    assert bare_run(*other, "export", "-o", "ndjson").out == exported


def test_absent_keys_are_left_alone_and_null_empties(ok: Run, write: Write) -> None:
    ok("apply", "-f", write(ESTATE))
    ok("apply", "-f", write("kind: site\nname: rome\nspec: {region: null, description: new}\n"))
    shown = ok("site", "show", "rome", "-o", "json").json
    assert (shown["region"], shown["description"], shown["time_zone"]) == (None, "new", "Europe/Rome")
    ok("apply", "-f", write("kind: computer\nname: pc1\nspec: {tags: {tier: web}}\n"))
    assert ok("computer", "show", "pc1", "-o", "json").json["tags"] == {"tier": "web"}, "a map is one value"


def test_deletion_is_said_and_confirmed_and_comes_in_the_order_turned_round(run: Run, ok: Run, write: Write) -> None:
    ok("apply", "-f", write(ESTATE))
    gone = "---\n".join(
        f"kind: {kind}\nname: {name}\nstate: absent\n"
        for kind, name in (("view", "floors"), ("group", "top"), ("group", "child"), ("policy", "p"), ("target", "t"))
    )
    path = write(gone, "gone.yaml")
    assert run("apply", "-f", path).code == 2
    done = ok("apply", "-f", path, "--yes", "-o", "ndjson")
    assert [row["object"] for row in done.lines] == ["policy/p", "target/t", "group/child", "group/top", "view/floors"]
    assert set(actions(done).values()) == {"deleted"}
    assert set(actions(ok("apply", "-f", path, "-o", "ndjson")).values()) == {"unchanged"}


def test_types_of_resources_come_behind_those_that_they_stand_under(ok: Run, write: Write) -> None:
    objects = [
        ("resource", "r1", "{type: a-rack, fields: {height: 1, outlets: 2}}"),
        ("resource-type", "a-rack", '{parent: rack, fields: ["outlets:int"]}'),
        ("resource-type", "rack", '{parent: device, fields: ["height:int"]}'),
    ]
    path = write("---\n".join(f"kind: {kind}\nname: {name}\nspec: {spec}\n" for kind, name, spec in objects))
    made = [f"{kind}/{name}" for kind, name, _ in reversed(objects)]
    assert [row["object"] for row in ok("apply", "-f", path, "-o", "ndjson").lines] == made
    exported = ok("export").out
    assert "0 created, 0 updated, 3 unchanged" in ok("apply", "-f", "-", stdin=exported).err
    gone = write("---\n".join(f"kind: {kind}\nname: {name}\nstate: absent\n" for kind, name, _ in objects), "gone.yaml")
    done = ok("apply", "-f", gone, "--confirm", "r1:3", "-o", "ndjson")
    assert [row["object"] for row in done.lines] == made[::-1]
    assert ok("export").out == ""
    ok("apply", "-f", "-", stdin=exported)
    assert ok("resource", "show", "r1", "-o", "json").json["fields"] == {"height": "1", "outlets": "2"}


def test_what_is_severe_wants_its_name_and_count(run: Run, ok: Run, write: Write) -> None:
    ok("apply", "-f", write("kind: site\nname: rome\n---\nkind: site\nname: oslo\n"))
    path = write("[{kind: site, name: rome, state: absent}, {kind: site, name: oslo, state: absent}]")
    assert run("apply", "-f", path, "--yes").code == 2
    assert run("apply", "-f", path, "--confirm", "rome:1").code == 9
    assert run("apply", "-f", path, "--dry-run").code == 0
    assert ok("site", "list", "-o", "name").out == "oslo\nrome\n"
    ok("apply", "-f", path, "--confirm", "rome:2")
    assert ok("site", "list", "-o", "name").out == ""


def test_what_is_still_used_stays_and_is_named(run: Run, ok: Run, write: Write) -> None:
    ok("apply", "-f", write(ESTATE))
    result = run("apply", "-f", write("kind: task\nname: hello\nstate: absent\n"), "--yes")
    assert result.code == 6
    assert "job `j`" in result.err


def test_every_mistake_is_named_and_nothing_is_applied(run: Run, ok: Run, write: Write) -> None:
    path = write(
        "kind: site\nname: rome\n---\nkind: subnet\nname: 10.1.0.0/16\nspec: {site: rmoe}\n---\n"
        "kind: filter\nname: f\nspec: {where: os_famly = 'x'}\n---\n"
        "kind: policy\nname: p\nspec: {task: nothing, target: all}\n---\n"
        "kind: computer\nname: pc1\nspec: {address: [10.1.1.1.1]}\n"
    )
    result = run("apply", "-f", path)
    assert result.code == 3
    told = [line for line in result.err.splitlines() if line.startswith(path)]
    assert [line.removeprefix(path).split(" ")[0] for line in told] == [":6:14:", ":10:15:", ":14:14:", ":18:18:"]
    assert "did you mean `rome`?" in told[0]
    assert "did you mean `os_family`?" in told[1]
    assert "4 mistakes; nothing was applied [DOCUMENTS-REJECTED]" in result.err
    assert ok("site", "list", "-o", "name").out == ""
    assert len(json.loads(run("apply", "-f", path, "--error-format", "json").err)["details"]["problems"]) == 4


def test_a_mistake_of_one_is_not_said_of_those_that_name_it(run: Run, write: Write) -> None:
    result = run("apply", "-f", write("kind: view\nname: all\n---\nkind: group\nname: g\nspec: {view: all}\n"))
    assert result.code == 3
    assert "1 mistake" in result.err


def test_a_circle_is_named(run: Run, write: Write) -> None:
    result = run(
        "apply",
        "-f",
        write("{kind: group, name: a, spec: {parent: b}}\n---\n{kind: group, name: b, spec: {parent: a}}"),
    )
    assert result.code == 3
    assert "group `a` -> group `b` -> group `a`" in result.err


def test_a_credential_is_not_made_of_a_document(run: Run, write: Write) -> None:
    result = run("apply", "-f", write("kind: credential\nname: root\nspec: {kind: password, user: root}\n"))
    assert result.code == 3
    assert "itmsctl credential add root --kind password" in result.err
    secret = run("apply", "-f", write("kind: credential\nname: root\nspec: {secret: x, version: 1}\n"))
    assert "has no field `secret`" in secret.err
    assert "`version` of a credential is not set by anybody" in secret.err


def test_two_names_that_read_alike_are_a_conflict(run: Run, ok: Run, write: Write) -> None:
    ok("computer", "add", "pc1")
    result = run("apply", "-f", write("kind: computer\nname: \u0440c1\n"))
    assert (result.code, "NAME-TOO-SIMILAR" in result.err or "reads like" in result.err) == (6, True)


def test_paths_of_a_task_count_from_its_document(ok: Run, write: Write) -> None:
    path = write("kind: task\nname: c\nspec: {type: copy, arguments: {source: a.txt, path: /tmp/a}}\n", "deep/t.yaml")
    ok("apply", "-f", path)
    assert ok("task", "show", "c", "-o", "json").json["arguments"]["source"] == str(Path(path).parent / "a.txt")
    assert ok("plan", "-f", path).out == ""


# --- tables -----------------------------------------------------------------------------------------------------------


TABLE = "kind: import\nnoun: computer\nfrom: computers.csv\n---\nkind: server\nname: pc2\nspec: {services: [task]}\n"


def test_a_table_is_applied_in_the_same_change_set(ok: Run, write: Write) -> None:
    write("name,address,tags\npc1,10.1.1.1,env=prod\npc2,10.1.1.2,env=test\n", "computers.csv")
    path = write(TABLE)
    done = ok("apply", "-f", path, "-o", "ndjson").lines
    assert done[0] | {"created": 2} == done[0]
    assert done[0]["object"] == "import/computers.csv"
    assert len(ok("audit", "list", "-o", "ndjson").lines) == 1
    assert ok("apply", "-f", path, "-o", "ndjson").lines[0]["unchanged"] == 2
    assert [row["object"] for row in ok("plan", "-f", path, "-o", "ndjson").lines] == []
    write("name,address,tags\npc1,10.1.1.9,env=prod\npc2,10.1.1.2,env=test\n", "computers.csv")
    assert ok("plan", "-f", path, "-o", "ndjson").lines[0]["changes"] == {
        "address": {"before": ["10.1.1.1"], "after": ["10.1.1.9"]}
    }


def test_bad_rows_are_named_and_nothing_is_applied(run: Run, ok: Run, write: Write) -> None:
    write("name,address\npc1,10.1.1.1.1\npc1,\n,10.1.1.3\n", "computers.csv")
    result = run("apply", "-f", write(TABLE))
    assert result.code == 3
    assert "computers.csv:2:address:" in result.err
    assert "computers.csv:4:name:" in result.err
    write("nmae\npc1\n", "computers.csv")
    assert "did you mean `name`?" in run("apply", "-f", write(TABLE)).err
    assert ok("computer", "list", "-o", "name").out == ""


@pytest.mark.parametrize("place", ["../computers.csv", "/etc/passwd", "nothing.csv", "link.csv", "."])
def test_a_table_lies_beside_its_document(run: Run, write: Write, place: str, tmp_path: Path) -> None:
    write("x", "x.yaml")
    (tmp_path / "computers.csv").write_text("name\npc1\n")
    (tmp_path / "plans" / "link.csv").symlink_to(tmp_path / "computers.csv")
    result = run("apply", "-f", write(f"kind: import\nnoun: computer\nfrom: {place}\n"))
    assert result.code == 3
    assert "estate.yaml:3:7: " in result.err


def test_a_computer_stands_in_a_document_or_in_a_table(run: Run, write: Write) -> None:
    write("name\npc1\nPC2\n", "computers.csv")
    text = "kind: import\nnoun: computer\nfrom: computers.csv\n---\nkind: computer\nname: pc2\n"
    result = run("apply", "-f", write(text))
    assert result.code == 3
    assert "stands in computers.csv:3 too" in result.err


# --- apply sets -------------------------------------------------------------------------------------------------------


def test_pruning_deletes_what_was_declared_in_the_set_only(run: Run, ok: Run, write: Write) -> None:
    ok("site", "add", "by-hand")
    both = "kind: site\nname: rome\n---\nkind: site\nname: oslo\n"
    ok("apply", "-f", write(both), "--set", "estate")
    ok("apply", "-f", write("kind: site\nname: paris\nset: other\n"), "--set", "estate")
    one = write("kind: site\nname: rome\n")
    assert ok("apply", "-f", one, "--set", "estate").err.startswith("0 created")
    assert run("apply", "-f", one, "--set", "Estate", "--prune").code == 2
    planned = ok("plan", "-f", one, "--set", "estate", "--prune", "-o", "ndjson").lines
    assert [(row["action"], row["object"]) for row in planned] == [("delete", "site/oslo")]
    done = ok("apply", "-f", one, "--set", "estate", "--prune", "--confirm", "estate:1", "-o", "ndjson")
    assert actions(done) == {"site/rome": "unchanged", "site/oslo": "deleted"}
    assert ok("site", "list", "-o", "name").out == "by-hand\nparis\nrome\n"
    assert run("apply", "-f", one, "--prune").code == 2


def test_an_object_that_another_set_declares_too_stays(ok: Run, write: Write) -> None:
    path = write("kind: site\nname: rome\n")
    ok("apply", "-f", path, "--set", "a")
    ok("apply", "-f", path, "--set", "b")
    ok("apply", "-f", write("kind: site\nname: oslo\n"), "--set", "a", "--prune")
    assert ok("site", "list", "-o", "name").out == "oslo\nrome\n"


# --- two at once ------------------------------------------------------------------------------------------------------


def test_two_applies_at_once_are_one_after_the_other(run: Run, ok: Run, write: Write) -> None:
    paths = [write("---\n".join(f"kind: site\nname: s{n}-{i}\n" for i in range(20)), f"{n}.yaml") for n in range(2)]
    codes: list[int] = []
    threads = [threading.Thread(target=lambda p=p: codes.append(run("apply", "-f", p).code)) for p in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0, 0]
    assert len(ok("site", "list", "-o", "name").out.splitlines()) == 40
    ok("audit", "verify")

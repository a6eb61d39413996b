"""Every mistake of documents stands at its own line and column, in words of documents; what is too much is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itmsctl.plans import problems
from itmsctl.plans.service import sources
from tests.conftest import Run
from tests.plans.conftest import Write

MANY = """\
kind: site
name: paris
spec:
  region: France
  link_kbit: -1
---
kind: computer
name: pc1
spec: {port: 99999}
---
kind: window
name: w
spec:
  type: maintenance
  targets: [all]
  daily: "25:00"
  duration_s: 1h
---
kind: schedule
name: s
spec:
  daily: "02:00"
  cron: "0 0 * * *"
---
kind: group
name: g
spec:
  parent: nix
---
kind: site
name: lyon
spec: {time_zone: Mars/Base}
---
kind: computer
name: pc2
spec:
  tags:
    "a b": x
---
kind: task
name: t
spec: {type: command, body: "true"}
---
kind: policy
name: p
spec:
  task: t
  target: all
  payload_kbit: -5
"""
WANTED = {
    ":5:14: ": "`-1` is too little for `link_kbit`; link_kbit 1 or more",
    ":9:14: ": "`99999` is no port",
    ":16:10: ": "`25:00` is not a time of day, from 00:00 to 23:59; daily 18:00",
    ":22:10: ": "daily and cron contradict each other; give one of at, daily",
    ":28:11: ": "no group `nix`",
    ":32:19: ": "`Mars/Base` is not a time zone",
    ":38:5: ": "`a b` cannot be a tag",
    ":49:17: ": "a run moves no less than nothing; payload_kbit 0 or more",
}


def test_each_mistake_behind_the_reader_stands_where_it_is(run: Run, write: Write) -> None:
    found = run("apply", "-f", write(MANY))
    assert found.code == 3
    lines = [line for line in found.err.splitlines() if "estate.yaml:" in line]
    for place, said in WANTED.items():
        assert [line for line in lines if f"estate.yaml{place}{said}" in line], (place, said, found.err)
    assert len(lines) == len(WANTED)
    assert " --" not in "".join(lines), "documents have fields, not options"
    assert run("site", "list").out == ""


KEYS = "kind: site\nname: rome\nnmae: x\nspec:\n  regoin: Lazio\n"
JOB = "kind: job\nname: j\nspec:\n  steps:\n    - task: t\n      retires: 2\n"
JSON = '{"kind": "site",\n "name": "rome",\n "spec": {"region": "Lazio",\n          "regoin": "Lazio"}}'


@pytest.mark.parametrize(
    ("text", "name", "places"),
    [(KEYS, "k.yaml", (":3:1: ", ":5:3: ")), (JOB, "j.yaml", (":6:7: ",)), (JSON, "k.json", (":4:11: ",))],
)
def test_a_key_that_is_not_known_is_named_where_the_key_stands(
    run: Run, write: Write, text: str, name: str, places: tuple[str, ...]
) -> None:
    found = run("apply", "-f", write(text, name))
    assert found.code == 3
    for place in places:
        assert f"{name}{place}" in found.err, found.err


# --- what stands elsewhere in the document says the same words --------------------------------------------------------

TASK = "---\nkind: task\nname: t\nspec: {type: command, body: id}\n"
DECOYED = {
    "site": ("kind: subnet\nname: 10.0.0.0/8\nspec:\n  description: nowhere\n  site: nowhere\n", "5:9", "no site"),
    "where": (
        "kind: filter\nname: f1\nspec:\n  description: the field colour is what we ask\n  where: colour = 'red'\n",
        "5:10", "`colour` is not a field",
    ),
    "block": (
        "kind: filter\nname: f\nspec:\n  description: colour\n  where: |\n    name = 'x'\n    and (port = 22\n"
        "      or colour = 'red')\n", "8:10", "`colour` is not a field",
    ),
    "folded": (
        "kind: filter\nname: f\nspec:\n  where: >-\n    name = 'x'\n    and colour = 'red'\n",
        "6:9", "`colour` is not a field",
    ),
    "quoted": (
        "kind: group\nname: g\nspec:\n  view: v\n  where: 'name = ''x'' and colour = ''y'' '\n---\n"
        "kind: view\nname: v\n",
        "5:28", "`colour` is not a field",
    ),
    "set": ("kind: target\nname: t\nspec: {views: [all], is: all - nix}\n", "3:32", "no filter, group or view `nix`"),
    "target": (
        f"kind: policy\nname: p\nspec: {{task: t, target: a & (b, transport: local}}\n{TASK}",
        "3:29", "column 5",
    ),
    "step": (
        "kind: job\nname: j\nspec:\n  description: retries 101, nowhere\n  steps:\n  - t\n  - {task: t, name: two}\n"
        f"  - task: t\n    name: three\n    retries: 101\n{TASK}", "10:14", "101 retries",
    ),
    "task of a step": (
        "kind: job\nname: j\nspec:\n  description: nowhere\n  steps: [{name: nowhere, task: nowhere}]\n",
        "5:33", "no task `nowhere`",
    ),
    "condition of a step": (
        "kind: job\nname: j\nspec:\n  steps:\n  - t\n  - task: t\n    name: two\n"
        f"    when: t.failed or tea.failed\n{TASK}", "8:23", "tea",
    ),
    "parameter of a step": (
        f"kind: job\nname: j\nspec:\n  steps:\n  - {{task: t, parameters: {{colour: red}}}}\n{TASK}",
        "5:28", "no parameter `colour`",
    ),
    "parameter of a policy": (
        "kind: policy\nname: p\nspec:\n  description: colour\n  task: t\n  target: all\n  transport: local\n"
        f"  parameters:\n    colour: red\n{TASK}", "9:5", "no parameter `colour`",
    ),
    "key of a map": (
        "kind: computer\nname: c\nspec:\n  description: a b\n  tags:\n    a: a b\n    a b: c\n", "7:5", "`a b`",
    ),
    "member": (
        "kind: computer\nname: c\nspec:\n  description: 10.1.1.300\n  address:\n  - 10.1.1.30\n  - 10.1.1.300\n",
        "7:5", "`10.1.1.300`",
    ),
    "name": ("kind: server\nname: pc9\nspec: {description: pc9, services: [task]}\n", "2:7", "no computer `pc9`"),
    "drill-down": (
        "kind: report\nname: r\nspec:\n  description: nme\n  sql: SELECT name FROM v_site\n"
        "  drilldown: site show {nme}\n", "6:14", "no column `nme`",
    ),
    "column of a mapping": (
        "kind: import-mapping\nname: m\nspec:\n  noun: computer\n  columns: [Name=name, nowhere=hop]\n",
        "5:24", "no field `hop`",
    ),
    "transformation of a mapping": (
        "kind: import-mapping\nname: m\nspec:\n  noun: computer\n  columns: [hop=name]\n"
        "  transforms: [name=trim, hop=trim]\n", "6:27", "no field `hop`",
    ),
    "method of a discovery": (
        "kind: discovery-profile\nname: d\nspec: {description: hop, methods: [ping, hop]}\n",
        "3:42", "`hop` is not a method",
    ),
    "port of a discovery": (
        "kind: discovery-profile\nname: d\nspec: {description: x, ports: ['22', x]}\n", "3:38", "`x` is not a port",
    ),
    "field of a type": (
        "kind: resource-type\nname: rack\nspec: {fields: [height:int]}\n---\n"
        "kind: resource-type\nname: low-rack\nspec: {parent: rack, fields: [height, height:text]}\n",
        "7:39", "`height` is declared twice",
    ),
    "field of a type above": (
        "kind: resource-type\nname: rack\nspec: {fields: [height:int]}\n---\n"
        "kind: resource-type\nname: low-rack\nspec: {parent: rack, fields: [depth, height:text]}\n",
        "7:38", "`rack` declares height:int",
    ),
    "field of a resource": (
        "kind: resource-type\nname: rack\nspec: {fields: [height:int]}\n---\n"
        "kind: resource\nname: r\nspec: {type: rack, description: depth, fields: {height: 1, depth: 2}}\n",
        "7:60", "no field `depth`",
    ),
    "hostile": (
        'kind: subnet\nname: 10.0.0.0/8\nspec:\n  description: "`x`\\e[31m"\n  site: "`x`\\e[31m\\u202e"\n',
        "5:9", "no site",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DECOYED)
def test_the_words_of_a_message_lead_nowhere_else(run: Run, write: Write, case: str) -> None:
    text, place, said = DECOYED[case]
    path = write(text)
    for verb in ("apply", "plan", "diff"):
        found = run(verb, "-f", path)
        (line,) = [line for line in found.err.splitlines() if path in line]
        assert (found.code, line.startswith(f"  why: {path}:{place}: ")) == (3, True), found.err
        assert said in line
        assert not {"\x1b", "\u202e"} & set(found.err)


def test_all_is_told_in_the_order_of_files_and_lines(run: Run, write: Write) -> None:
    first = write(
        "kind: subnet\nname: 10.1.0.0/16\nspec: {site: z}\n---\nkind: site\nname: a\nspec: {time_zone: X}\n", "a.yaml"
    )
    other = write(
        '[{"kind": "subnet", "name": "10.2.0.0/16", "spec": {"site": "y"}},\n'
        ' {"kind": "site", "name": "b",\n  "spec": {"link_kbit": 0}}]\n',
        "b.json",
    )
    found = run("apply", "-f", other, "-f", first, "--error-format", "json")
    details = json.loads(found.err)["details"]
    told = [(place["file"], place["line"], place["column"], place["field"]) for place in details["places"]]
    assert told == [
        (first, 3, 14, "site"),
        (first, 7, 19, "time_zone"),
        (other, 1, 61, "site"),
        (other, 3, 25, "link_kbit"),
    ]
    assert (details["file"], details["line"], details["column"], details["field"]) == told[0]
    assert [line.split(": ")[0] for line in details["problems"]] == [f"{f}:{n}:{c}" for f, n, c, _ in told]


def test_all_values_of_an_object_are_told(run: Run, write: Write) -> None:
    spec = "spec:\n  link_kbit: 99999999999\n  time_zone: Xa\n"
    subnet = "kind: subnet\nname: 10.1.0.0/16\nspec: {site: z}\n"
    found = run("apply", "-f", write(f"kind: site\nname: a\n{spec}---\n{subnet}"), "--error-format", "json")
    told = [(place["line"], place["field"]) for place in json.loads(found.err)["details"]["places"]]
    assert told == [(4, "link_kbit"), (5, "time_zone"), (9, "site")]


def test_documents_given_as_a_plan_are_told_how_to_apply_them(run: Run, write: Write) -> None:
    for text in ("kind: site\nname: a\n", '{"kind": "site", "name": "a"}', "\udc80"):
        path = write(text) if text.isprintable() or "\n" in text else write("x: [")
        found = run("apply", path)
        assert (found.code, f"itmsctl apply -f {path}" in found.err) == (3, True), found.err


def test_a_key_that_comes_twice_is_told_where_it_comes_again(run: Run, write: Write) -> None:
    twice = write("kind: site\nname: a\nspec:\n  region: x\n  region: y\n", "a.yaml")
    found = run("apply", "-f", twice, "--error-format", "json")
    details = json.loads(found.err)["details"]
    assert details["places"] == [{"file": twice, "line": 5, "column": 3}]
    assert "`region` comes twice" in details["problems"][0]


def test_a_saved_plan_keeps_where_its_documents_stand(run: Run, ok: Run, write: Write, tmp_path: Path) -> None:
    path = write("kind: view\nname: v\n---\nkind: task\nname: t\nspec: {type: command, body: id}\n")
    saved = tmp_path / "p.plan"
    ok("plan", "-f", path, "--out", str(saved))
    kept = json.loads(saved.read_text())
    assert [one["place"] for one in kept["objects"]] == [f"{path}:1:1", f"{path}:4:1"]
    assert ok("apply", str(saved)).err.endswith("2 created, 0 updated, 0 unchanged\n")


@pytest.mark.parametrize("name", ["-", "", " ", "@x", "a\nb"])
def test_an_apply_set_has_a_name(run: Run, write: Write, name: str) -> None:
    path = write("kind: site\nname: a\n")
    for verb in ("apply", "plan", "diff"):
        found = run(verb, "-f", path, "--set", name)
        assert (found.code, "--set: the name of an apply set" in found.err) == (2, True), found.err
    said = run("apply", "-f", write(f"kind: site\nname: a\nset: [ok, {json.dumps(name)}]\n"))
    assert (said.code, ":3:11: the name of an apply set" in said.err) == (3, True), said.err
    assert run("apply-set", "list").out == ""


# --- too much ---------------------------------------------------------------------------------------------------------


def test_a_file_full_of_mistakes_ends_early(run: Run, write: Write) -> None:
    text = "kind: site\nname: x\nspec:\n" + "".join(f"  k{n}: v\n" for n in range(50_000))
    found = run("apply", "-f", write(text), "--error-format", "json")
    assert (found.code, f"{problems.MOST} mistakes, and no more were looked for" in found.err) == (3, True)
    assert found.err.count("has no field") == problems.MOST


@pytest.mark.parametrize("form", ["yaml", "json", "list"])
def test_more_documents_than_are_read_are_refused(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(sources, "MAX_DOCUMENTS", 20)

    def text(count: int) -> str:
        if form == "yaml":
            return "".join(f"---\nkind: site\nname: s{n}\n" for n in range(count))
        one = [f'{{"kind": "site", "name": "s{n}"}}' for n in range(count)]
        return "\n".join(one) if form == "json" else "[" + ",\n".join(one) + "]"

    name = "many.yaml" if form == "yaml" else "many.json"
    assert run("apply", "-f", write(text(20), name), "--dry-run").code == 0
    found = run("apply", "-f", write(text(21), name))
    assert (found.code, "more than 20 documents" in found.err, "kind import" in found.err) == (3, True, True)
    assert run("site", "list").out == ""


# --- a plan in a pipe -------------------------------------------------------------------------------------------------


def test_a_plan_in_a_pipe_writes_line_ends_once(run: Run, write: Write) -> None:
    text = 'kind: task\nname: t\nspec: {type: command, body: "set -eu\\ncat x"}\n---\nkind: job\nname: j\n'
    found = run("plan", "-f", write(text + "spec: {steps: [t]}\n"))
    assert r"body: set -eu\ncat x" in found.out
    assert "\\\\n" not in found.out
    assert "empty" not in next(line for line in found.out.splitlines() if "job/j" in line)


def test_documents_that_declare_nothing_are_told(run: Run, write: Write) -> None:
    two = write("kind: site\nname: b\n---\nkind: site\nname: a\n", "two.yaml")
    assert run("apply", "-f", two, "--set", "est").code == 0
    empty = write("", "empty.yaml")
    asked = run("apply", "-f", empty, "--set", "est", "--prune")
    assert "the documents declare nothing: a prune of set est takes all of it" in asked.err
    assert "delete site `a` and 1 more" in asked.err
    assert "declare nothing" in run("plan", "-f", empty, "--set", "est", "--prune").err
    assert run("apply", "-f", empty).err.startswith("warning: the documents declare nothing\n")

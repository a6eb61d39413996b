"""Every mistake of documents stands at its own line and column, in words of documents; what is too much is refused."""

from __future__ import annotations

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

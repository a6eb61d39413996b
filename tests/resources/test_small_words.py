"""What other systems write a little otherwise: taken where it is clear, else answered with what to type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

ANSIBLE = Path(__file__).parents[3] / "shared" / "real" / "ansible"


def test_a_range_of_addresses_is_answered_with_its_prefixes(run: Run) -> None:
    refused = run("subnet", "add", "10.1.5.10-10.1.5.20")
    assert (refused.code, "10.1.5.10/31 10.1.5.12/30 10.1.5.16/30 10.1.5.20/32" in refused.err) == (3, True)
    assert "2001:db8::/127" in run("subnet", "add", "2001:db8::-2001:db8::1").err
    for text in ("10.1.5.20-10.1.5.10", "10.0.0.1-2001:db8::1", "a-b"):
        assert "write it as 10.1.0.0/16" in run("subnet", "add", text).err


def test_a_subnet_without_a_length_is_told_to_be_one_address(ok: Run) -> None:
    assert "10.1.0.0/32 holds one address" in ok("subnet", "add", "10.1.0.0").err
    assert ok("subnet", "add", "10.2.0.0/32").err == "10.2.0.0/32: created\n"


def test_addresses_and_macs_as_others_write_them(run: Run, ok: Run) -> None:
    ok("computer", "import", "-", stdin="name,address,mac\npc1,[2001:db8::2],0:1b:21:3c:4d:6\n")
    shown = ok("computer", "show", "pc1").json
    assert (shown["address"], shown["mac"]) == (["2001:db8::2"], ["00:1b:21:3c:4d:06"])
    for address, words in (("10.1.0.12/24", "no prefix length: 10.1.0.12"), ("10.0.0.1 10.0.0.2", "separated by `;`")):
        assert words in run("computer", "add", "pc2", "--address", address).err
    assert "the name is not a text" in run("computer", "import", "-", stdin='{"name":5}\n').err


def test_a_real_inventory_is_named_as_what_it_is(run: Run) -> None:
    for name in ("lamp_haproxy__hosts", "wordpress-nginx_rhel7__hosts.example"):
        refused = run("computer", "import", str(ANSIBLE / name))
        assert (refused.code, "an INI file" in refused.err) == (3, True)
    assert "a JSON array" in run("computer", "import", "-", stdin='["a"]\n').err
    assert "a JSON array" in run("computer", "import", "-", stdin='[\n{"name": "a"}]\n').err


def test_two_sources_that_write_one_identity_otherwise_change_nothing(ok: Run) -> None:
    uuid = "4c4c4544-0042-3510-8052-b4c04f4d3332"
    ok("computer", "add", "pc1", "--serial", "Abc1", "--uuid", uuid)
    before = ok("computer", "show", "pc1").json
    for text in (f"name,serial,uuid\npc1,ABC1,{uuid}\n", "name,uuid\npc1,44454c4c-4200-1035-8052-b4c04f4d3332\n"):
        found = json.loads(ok("computer", "import", "-", "--json", stdin=text).out)
        assert (found["updated"], found["unchanged"]) == (0, 1)
    assert ok("computer", "show", "pc1").json == before
    assert "1 updated" in ok("computer", "import", "-", stdin="name,serial,description\npc1,ABC1,new\n").err
    assert ok("computer", "show", "pc1").json["serial"] == ["Abc1"]


@pytest.mark.parametrize("flags", [("--dry-run",), ("--yes",)])
def test_a_merge_says_what_it_does_and_where_the_two_contradict(ok: Run, run: Run, flags: tuple[str, ...]) -> None:
    ok("computer", "add", "pc1", "--serial", "S1")
    ok("computer", "add", "pc2", "--serial", "S2", "--description", "old")
    said = ok("computer", "merge", "pc1", "pc2", *flags).err
    assert "their serial values differ (S1, S2)" in said
    assert "pc1: serial S1 -> S1;S2, description empty -> old" in said
    same = run("computer", "merge", "pc1", "pc1")
    assert (same.code, "are one computer" in same.err) == (2, True)


def test_the_history_of_a_merge_says_so(ok: Run) -> None:
    for name, serial in (("pc1", "A1"), ("pc2", "B1")):
        ok("computer", "add", name, "--serial", serial)
    ok("computer", "merge", "pc1", "pc2", "--yes")

    def told(name: str) -> list[tuple[str, str]]:
        return [(row["action"], row["what"]) for row in ok("history", "computer", name, "-o", "json").json]

    assert told("pc1")[0] == ("updated", "pc2 merged into it; serial: A1 -> A1;B1")
    assert told("pc2")[0] == ("removed", "merged into pc1")
    assert [row["what"] for row in ok("audit", "show", "3", "-o", "json").json["changes"]] == [
        "merged into pc1", "pc2 merged into it; serial: A1 -> A1;B1",
    ]  # fmt: skip
    ok("computer", "split", "pc2")
    assert told("pc1")[0] == ("updated", "pc2 split off; serial: A1;B1 -> A1")
    assert told("pc2")[0] == ("created", "split off from pc1; name: pc2; serial: B1")
    assert told("pc2")[1] == ("removed", "merged into pc1")
    ok("computer", "set", "pc1", "--description", "x")
    assert told("pc1")[0] == ("updated", "description: x")


def test_a_short_name_beside_a_full_one_is_found(ok: Run, run: Run) -> None:
    for name in ("fq-1", "FQ-1.example.com", "other.example.com", "third"):
        ok("computer", "add", name)
    (found,) = [row for row in run("doctor", "-o", "json").json if row["name"] == "RES-SHORT-NAME"]
    assert found["severity"] == "info"
    assert "fq-1 and FQ-1.example.com" in found["cause"]
    assert found["mend"] == "if they are one: itmsctl computer merge FQ-1.example.com fq-1"
    ok("computer", "merge", "FQ-1.example.com", "fq-1", "--yes")
    assert "RES-SHORT-NAME" not in run("doctor", "-o", "json").out


def test_tags_as_other_tools_write_them_are_told(ok: Run, run: Run) -> None:
    said = ok("computer", "add", "pc1", "--tag", "env:prod", "--tag", "a:b=c", "--tag", "flag").err
    assert said.count("has no value") == 1
    assert "tag `env:prod` has no value: a tag is KEY=VALUE, and --tag env=prod gives it one" in said
    assert "has no value" not in ok("computer", "set", "pc1", "--tag", "x=y").err, "it is told once"
    table = "name,tags\npc2,env:prod\npc3,env:test;role:web\npc4,env=prod\n"
    assert "3 tags have a colon and no value (line 2: env:prod)" in ok("computer", "import", "-", stdin=table).err
    blank = run("computer", "add", "pc5", "--tag", "cost center=4711")
    assert (blank.code, "try: such as `cost_center`" in blank.err) == (3, True), blank.err
    assert "such as `cost_center`" in run("computer", "import", "-", stdin="name,tags\npc5,cost center=1\n").err

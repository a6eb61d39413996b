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

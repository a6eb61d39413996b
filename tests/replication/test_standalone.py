"""Servers that stand beside each other, linked for standalone rules, which overwrite nothing of the other (REPL-2)."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Result, Run


def test_a_standalone_rule_gives_a_peer_what_it_says(ok: Run, run: Run, bare_run: Run, tmp_path: Path) -> None:
    def lab(*words: str, code: int = 0) -> Result:
        result = bare_run("--db", str(tmp_path / "lab.sqlite"), *words)
        assert result.code == code, result.err
        return result

    ok("hierarchy", "init", "head")
    assert run("hierarchy", "add-peer", "lab").code == 2
    assert (
        "linked, for standalone rules" in ok("hierarchy", "add-peer", "lab", "--db", str(tmp_path / "lab.sqlite")).err
    )
    assert "unchanged" in ok("hierarchy", "add-peer", "lab", "--db", str(tmp_path / "lab.sqlite")).err
    for at in (ok, lab):
        relations = {row["relation"] for row in at("hierarchy", "show", "-o", "json").json}
        assert relations == {"self", "peer"}
        assert at("replication-rule", "list", "-o", "name").out == ""  # nothing goes by itself
    ok("filter", "add", "linux", "--where", "os_family = 'linux'")
    ok("filter", "add", "both", "--where", "os_family = 'linux'")
    lab("filter", "add", "both", "--where", "os_family = 'windows'")
    ok("replication-rule", "add", "to-lab", "--direction", "out", "--kind", "filter", "--to", "lab")
    refused = run("replication-rule", "add", "no", "--direction", "out", "--kind", "packages", "--to", "lab")
    assert (refused.code, "REPL-26" in refused.err) == (3, True)
    ok("replication", "run", "to-lab")
    assert lab("filter", "show", "linux", "-o", "json").json["where"] == "os_family = 'linux'"
    assert lab("filter", "show", "both", "-o", "json").json["where"] == "os_family = 'windows'"
    assert len(lab("filter", "list", "-o", "json").json) == 3  # one of its own name stands beside
    ok("hierarchy", "leave", "lab", "--yes")
    lab("filter", "set", "linux", "--description", "ours")
    assert {row["state"] for row in lab("hierarchy", "show", "-o", "json").json if row["name"] == "head"} == {"left"}

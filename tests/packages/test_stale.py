"""What no package needs any more leaves the package servers; what is not published never gets there."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import FrozenClock, Run
from tests.packages.conftest import Fleet


def _digests(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")}


def test_a_package_that_was_removed_leaves_its_servers(fleet: Fleet) -> None:
    roots = [fleet.add(0), fleet.add(1)]
    gone = fleet.package(size=1000)
    fleet.ok("package", "distribute", "tool", "--to", "s1", *fleet.way)
    assert _digests(roots[0]) == {gone}
    said = fleet.ok("package", "remove", "tool", "--yes").err
    assert "1 package server holds what no package needs: itmsctl package distribute --prune" in said
    assert "server `s1` holds 1 content that no package needs" in fleet.run("doctor", "-o", "json").out
    preview = fleet.ok("package", "distribute", "--prune", "--dry-run", *fleet.way).err
    assert ("s1: it holds" in preview, "s2" in preview) == (True, False)
    assert _digests(roots[0]) == {gone}
    done = fleet.ok("package", "distribute", "--prune", *fleet.way, "-o", "json")
    assert "1 former content removed" in done.out
    assert (_digests(roots[0]), list(roots[0].glob("*.json"))) == (set(), [])
    assert "no server holds" in fleet.ok("package", "distribute", "--prune", *fleet.way).err
    assert "PACKAGE-STALE" not in fleet.run("doctor", "-o", "json").out


def test_a_former_content_goes_with_the_next_copying_and_comes_back_where_it_is_needed_again(fleet: Fleet) -> None:
    root = fleet.add(0)
    first = fleet.package(size=1000)
    fleet.ok("package", "distribute", "tool", *fleet.way)
    fleet.ok("package", "set", "tool", "--detect", "file /opt/tool")
    second = fleet.ok("package", "show", "tool", "-o", "json").json["manifest"]
    fleet.ok("package", "distribute", "tool", *fleet.way)
    assert _digests(root) == {second} != {first}
    fleet.ok("package", "remove", "tool", "--yes")
    fleet.ok("package", "import", str(fleet.folder / "tool-files"), "--name", "tool")
    assert fleet.ok("package", "show", "tool", "-o", "json").json["manifest"] == first
    fleet.ok("package", "set", "tool", "--detect", "file /opt/tool")
    assert fleet.ok("package", "show", "tool", "-o", "json").json["manifest"] == second
    assert "no server holds" in fleet.ok("package", "distribute", "--prune", *fleet.way).err, "it is needed again"
    fleet.ok("package", "distribute", "tool", *fleet.way)
    assert (_digests(root), fleet.states()) == ({second}, {"s1": "ready"})


def test_what_is_not_published_goes_to_no_server(fleet: Fleet) -> None:
    root = fleet.add(0)
    fleet.package(size=1000)
    fleet.ok("package", "withdraw", "tool")
    refused = fleet.run("package", "distribute", "tool", *fleet.way, "--error-format", "json")
    assert (refused.code, json.loads(refused.err.splitlines()[-1])["code"]) == (9, "PKG-NOT-PUBLISHED")
    fleet.ok("package", "set", "tool", "--enabled")
    fleet.ok("task", "add", "copies", "--kind", "package-copy", "--arg", "package=all")
    by_task = fleet.run("task", "run", "copies", "--all", *fleet.way, "-o", "json")
    assert (by_task.code, "is not published" in by_task.out) == (8, True), by_task.out
    assert not root.exists() or not _digests(root)
    fleet.ok("package", "publish", "tool")
    fleet.ok("package", "distribute", "tool", *fleet.way)
    assert fleet.states() == {"s1": "ready"}


def test_how_prune_is_typed(fleet: Fleet) -> None:
    for typed in (("--prune", "tool"), ("--prune", "--remove"), ()):
        assert fleet.run("package", "distribute", *typed).code == 2, typed


def test_a_tick_renews_the_catalogue_where_its_keys_are_at_hand(
    ok: Run, run: Run, tmp_path: Path, clock: FrozenClock
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "f").write_text("f\n")
    ok("package", "import", str(tmp_path / "app"), "--name", "app")

    def days() -> int:
        from datetime import datetime

        ends = ok("package-catalogue", "show", "-o", "json").json["expires_at"]
        return (datetime.fromisoformat(ends) - clock()).days

    assert days() == 180
    clock.forward(hours=24 * 119)
    assert "good until" not in ok("schedule", "tick").err
    clock.forward(hours=48)
    assert "package catalogue: good until" in ok("schedule", "tick").err
    assert days() == 180
    ok("package-catalogue", "renew", "--days", "30")
    clock.forward(hours=24 * 21)
    assert "package catalogue: good until" in ok("schedule", "tick").err
    assert days() == 30, "for as long as a person said"
    words = tmp_path / "words"
    words.write_text("correct horse\n")
    words.chmod(0o600)
    ok("package-key", "rotate", "packages", "--to", "file", "--new-passphrase-file", str(words),
       "--key-passphrase-file", str(words))  # fmt: skip
    clock.forward(hours=24 * 170)
    assert "good until" not in ok("schedule", "tick").err, "its key has a passphrase that nobody gives"
    assert "expires on" in run("doctor", "-o", "json").out

"""Replication that is broken off, on both sides: what was sent arrives once, and nothing of it is left over."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from itmsctl.replication.rows import taken_batches
from tests.faults.jobs import Job, forget_home
from tests.faults.scene import Scene


class ReplicationRun(Job):
    """One `replication run` to a child whose database is opened: both sides are this one process."""

    name = "replication run"
    new = 5

    def set_up(self, scene: Scene) -> None:
        scene.ok("hierarchy", "init", "head")
        self._link(scene)
        for name in ("stays", "changes", "goes"):
            scene.ok("filter", "add", name, "--where", "os_family = 'linux'")
        scene.ok("replication", "run")
        self.before = self.held(self.child(scene))
        scene.ok("filter", "set", "changes", "--description", "changed")
        scene.ok("filter", "remove", "goes", "--yes")
        for number in range(self.new):
            scene.ok("filter", "add", f"new-{number}", "--where", "os_family = 'linux'")
        self.after = self.held(scene)
        assert self.after != self.before

    def child(self, scene: Scene) -> Scene:
        """Return the child of a scene."""
        return replace(scene, db=self.child_url(scene))

    def child_url(self, scene: Scene) -> str:
        """Return where its CMDB is."""
        return str(scene.folder / "rome.sqlite")

    def make_live(self, scene: Scene) -> None:
        super().make_live(scene)
        forget_home(self.child(scene))
        self._link(scene)

    def argv(self, scene: Scene) -> list[str]:
        return ["replication", "run", "configuration-down", "-o", "json"]

    def mend(self, scene: Scene) -> str:
        left = self._sound(scene)
        ran = json.loads(scene.ok(*ReplicationRun.argv(self, scene)).out)
        assert [one["state"] for one in ran] == ["sent"]
        self.assert_ended(scene)
        return left

    def assert_sound(self, scene: Scene) -> None:
        for one in (scene, self.child(scene)):
            super().assert_sound(one)

    def assert_ended(self, scene: Scene) -> None:
        """Check that everything arrived once, that nothing more goes, and that nothing lies about."""
        child = self.child(scene)
        again = json.loads(scene.ok(*ReplicationRun.argv(self, scene)).out)
        assert [(one["state"], one["records"]) for one in again] == [("sent", 0)]
        assert self.held(child) == self.after
        with child.store() as store, store.read() as reader:
            came = [row.records for row in reader.rows(sa.select(taken_batches.c.records)) if row.records]
        assert len(came) == 2, f"what was sent was taken more than once, or not at all: {came}"
        for name in ("changes", "new-0"):
            told = child.ok("history", "filter", name, "-o", "json").json
            assert len(told) == (2 if name == "changes" else 1), (name, told)
        lying = [file.name for file in (scene.folder / "state").rglob("replication/**/*") if file.is_file()]
        assert set(lying) <= {"lock"}, lying
        self.assert_sound(scene)

    def _sound(self, scene: Scene) -> str:
        there = self.held(self.child(scene))
        assert there in (self.before, self.after), "a part of a batch was applied"
        self.assert_sound(scene)
        return "nothing" if there == self.before else "all"

    def _link(self, scene: Scene) -> None:
        scene.ok("hierarchy", "add-child", "rome", "--db", self.child_url(scene))

    @staticmethod
    def held(scene: Scene) -> list[tuple[str, str, str]]:
        """Return the filters of a CMDB."""
        found = scene.ok("filter", "list", "-o", "json").json
        return sorted((one["id"], one["name"], one["description"] or "") for one in found)


class ReplicationReceive(ReplicationRun):
    """One `replication receive`: what the child runs, alone; what it reads was exported, so that it may come again."""

    name = "replication receive"

    def set_up(self, scene: Scene) -> None:
        super().set_up(scene)
        scene.ok("replication", "export", "--to", "rome", "--out", str(scene.folder / "to-rome.batches"))

    def argv(self, scene: Scene) -> list[str]:
        return ["--db", self.child_url(scene), "replication", "receive"]

    def given(self, scene: Scene) -> Path | None:
        return scene.folder / "to-rome.batches"

    def mend(self, scene: Scene) -> str:
        left = self._sound(scene)
        self.child(scene).ok("replication", "import", str(self.given(scene)))
        scene.ok(*ReplicationRun.argv(self, scene))  # the file is confirmed
        self.assert_ended(scene)
        return left

"""The commands that are broken off: what they need, what must hold afterwards, and how they are mended."""

from __future__ import annotations

import re
import shutil
import time
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from itmsctl.cmdb.audit import horizon
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.rows import tombstones
from itmsctl.security.service import take
from itmsctl.security.service.unlocking import Unlocking
from itmsctl.values.times import system_clock
from tests.conftest import Result
from tests.faults.scene import Scene
from tests.invariants import assert_invariants
from tests.servers.ssh import Lab

PATIENCE_S = 30


def forget_home(scene: Scene) -> None:
    """Let the copy of a CMDB act: it forgets that it lives where the template is."""
    with scene.store() as store, store.engine.connect().execution_options(itms_write=True) as connection:
        connection.execute(sa.text("DELETE FROM meta WHERE key = 'home'"))
        connection.commit()


class Job(ABC):
    """One command in scenes of its own. After any fault `mend` has to bring it to the same end."""

    name: str
    status = 0  # of the command where nothing is in its way
    whole = "all"  # what `mend` answers where the command did everything

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        template = folder / "template"
        template.mkdir(parents=True)
        self._template = Scene(template, self.make_db("template"))
        self._serial = 0
        self.set_up(self._template)

    def scene(self) -> Scene:
        """Return a fresh scene."""
        self._serial += 1
        name = f"scene-{self._serial}"
        shutil.copytree(self._template.folder, self.folder / name)
        scene = Scene(self.folder / name, self.make_db(name))
        self.make_live(scene)
        return scene

    def make_live(self, scene: Scene) -> None:
        """Let a copy act."""
        forget_home(scene)

    def make_db(self, name: str) -> str:
        """Make the CMDB of a scene, the template's or a copy of it; "" for the embedded one, in the scene's folder."""
        return ""

    def close(self, scene: Scene) -> None:
        """Take away what a scene left on the machine."""
        shutil.rmtree(scene.folder)

    def assert_sound(self, scene: Scene) -> None:
        """Check what must hold of any CMDB after any fault: its pages, its audit, its invariants."""
        scene.ok("db", "check")
        scene.ok("audit", "verify")
        with scene.store() as store:
            assert_invariants(store)

    @abstractmethod
    def set_up(self, scene: Scene) -> None:
        """Prepare what every scene begins with."""

    @abstractmethod
    def argv(self, scene: Scene) -> list[str]:
        """Return the words of the command."""

    def given(self, scene: Scene) -> Path | None:
        """Return the file that the command reads on standard input, if it does."""
        return None

    @abstractmethod
    def mend(self, scene: Scene) -> str:
        """Check what a fault left, then bring the job to its end and check that; answer in words what was left."""


class Import(Job):
    """One `computer import` of new and changed computers: all of it or nothing."""

    name = "import"
    rows = 60

    def set_up(self, scene: Scene) -> None:
        (scene.folder / "new.csv").write_text(
            "name,address,serial,tags\n"
            + "pc-0,10.0.0.1,S0,env=prod\n"
            + "".join(f"pc-{n},fd00::{n:x},S{n},env=test;n={n}\n" for n in range(1, self.rows))
        )
        scene.ok("computer", "add", "pc-0", "--address", "10.0.0.9")
        scene.ok("computer", "add", "other")
        self.before = self._computers(scene)
        after = self.scene()
        after.ok(*self.argv(after))
        self.after = self._computers(after)
        self.close(after)
        assert len(self.after) == self.rows + 1

    def argv(self, scene: Scene) -> list[str]:
        return ["computer", "import", str(scene.folder / "new.csv")]

    def mend(self, scene: Scene) -> str:
        left = self._computers(scene)
        assert left in (self.before, self.after), "a part of the file was imported"
        self.assert_sound(scene)
        said = scene.ok(*self.argv(scene)).err
        changed, unchanged = (self.rows, 0) if left == self.before else (0, self.rows)
        assert said.startswith(f"{changed} changed")
        assert f"; {unchanged} unchanged" in said
        assert self._computers(scene) == self.after
        self.assert_sound(scene)
        return "nothing" if left == self.before else "all"

    @staticmethod
    def _computers(scene: Scene) -> list[str]:
        return sorted(scene.ok("computer", "export").out.splitlines()[1:])


class Undo(Job):
    """One `undo` of an import that made, changed and put computers into a group's sight: all of it or nothing."""

    name = "undo"
    rows = 40

    def set_up(self, scene: Scene) -> None:
        scene.ok("site", "add", "rome")
        scene.ok("subnet", "add", "10.0.0.0/8", "--site", "rome")
        scene.ok("computer", "add", "pc-0", "--address", "10.0.0.9")
        scene.ok("filter", "add", "test", "--where", "tags.env = 'test'")
        lines = "".join(f"pc-{n},10.0.1.{n},env=test\n" for n in range(self.rows))
        (scene.folder / "new.csv").write_text("name,address,tags\n" + lines)
        self.after = self._estate(scene)
        scene.ok("computer", "import", str(scene.folder / "new.csv"))
        self.before = self._estate(scene)
        self.seq = scene.ok("audit", "list", "--limit", "1", "-o", "name").out.strip()
        assert self.before != self.after

    def argv(self, scene: Scene) -> list[str]:
        return ["undo", self.seq, "--yes"]

    def mend(self, scene: Scene) -> str:
        left = self._estate(scene)
        assert left in (self.before, self.after), "a part of the change-set was undone"
        self.assert_sound(scene)
        again = scene.run(*self.argv(scene))
        assert again.code == (0 if left == self.before else 6), again.err
        assert self._estate(scene) == self.after
        self.assert_sound(scene)
        return "nothing" if left == self.before else "all"

    @staticmethod
    def _estate(scene: Scene) -> str:
        return scene.ok("export").out + scene.ok("computer", "export").out


class FirstUse(Job):
    """The first command of a new user: makes the database, migrates it, and records a site."""

    name = "first use"

    def set_up(self, scene: Scene) -> None:
        pass

    def argv(self, scene: Scene) -> list[str]:
        return ["site", "add", "rome"]

    def mend(self, scene: Scene) -> str:
        from tests.cmdb.test_schema import differences

        left = scene.ok("site", "list", "-o", "name").out.split()
        assert left in ([], ["rome"])
        scene.ok(*self.argv(scene))
        assert scene.ok("site", "list", "-o", "name").out == "rome\n"
        assert differences(place_of(scene.url)) == [], "a migration was left half way"
        self.assert_sound(scene)
        return "all" if left else "nothing"


class Rekey(Job):
    """One `vault rekey --rotate-key`: every secret is sealed under the old key, or every one under the new."""

    name = "rekey"
    names = tuple(f"word-{n}" for n in range(12))

    def set_up(self, scene: Scene) -> None:
        for name in ("passphrase", *self.names):
            path = scene.folder / name
            path.write_text(f"{name}-of-this-vault\n")
            path.chmod(0o600)
        scene.ok("vault", "init", *self._opened(scene))
        for name in self.names:
            secret = ("--kind", "password", "--secret-file", str(scene.folder / name))
            scene.ok("credential", "add", name, *secret, *self._opened(scene))
        self.before = self._key(scene)

    def argv(self, scene: Scene) -> list[str]:
        return ["vault", "rekey", "--rotate-key", *self._opened(scene)]

    def mend(self, scene: Scene) -> str:
        left = self._key(scene)
        self._assert_open(scene)
        self.assert_sound(scene)
        scene.ok(*self.argv(scene))
        assert self._key(scene) not in {left, self.before}
        self._assert_open(scene)
        self.assert_sound(scene)
        return "nothing" if left == self.before else "all"

    @staticmethod
    def _opened(scene: Scene) -> tuple[str, str]:
        return "--passphrase-file", str(scene.folder / "passphrase")

    @staticmethod
    def _key(scene: Scene) -> str:
        return str(scene.ok("vault", "status", "-o", "json").json["key_id"])

    def _assert_open(self, scene: Scene) -> None:
        ways = Unlocking(file=str(scene.folder / "passphrase"))
        with scene.store() as store:
            found = {name: take(store, [name], ways).password for name in self.names}
        assert found == {name: f"{name}-of-this-vault" for name in self.names}


class Purge(Job):
    """One `db purge` of change-sets and tombstones in several batches: each batch is whole, and the chain holds."""

    name = "purge"
    sets = 12

    def set_up(self, scene: Scene) -> None:
        then = replace(scene, clock=lambda: system_clock() - timedelta(days=2))
        for n in range(self.sets):
            then.ok("site", "add", f"s{n}")
        for n in range(3):
            then.ok("site", "remove", f"s{n}", "--confirm", f"s{n}")

    def argv(self, scene: Scene) -> list[str]:
        return ["db", "purge", "--tombstones", "1h", "--changes", "1h", "--yes"]

    def mend(self, scene: Scene) -> str:
        self.assert_sound(scene)
        sites = sorted(scene.ok("site", "list", "-o", "name").out.split())
        assert sites == sorted(f"s{n}" for n in range(3, self.sets))
        left = self._left(scene)
        scene.ok(*self.argv(scene))
        assert self._left(scene) == "all"
        self.assert_sound(scene)
        return left

    def _left(self, scene: Scene) -> str:
        with scene.store() as store, store.read() as reader:
            seq = horizon(reader.connection).seq
            graves = reader.scalar(sa.select(sa.func.count()).select_from(tombstones))
        assert graves in {0, 3}, "a part of a batch"
        assert seq in {0, self.sets + 3 + 1}, "a part of a batch"  # one more: what comes with a new database
        return "all" if seq and not graves else "tombstones" if not graves else "nothing"


class Preallocate(Job):
    """One `db preallocate`: the file has its old size or the new one, and its content is untouched."""

    name = "preallocate"
    size = 6 * 2**20

    def set_up(self, scene: Scene) -> None:
        scene.ok("site", "add", "rome")

    def argv(self, scene: Scene) -> list[str]:
        return ["db", "preallocate", "6M"]

    def mend(self, scene: Scene) -> str:
        self.assert_sound(scene)
        assert scene.ok("site", "list", "-o", "name").out == "rome\n"
        size = Path(scene.url).stat().st_size
        assert size < 2 * 2**20 or size >= self.size, "a part of the room"
        scene.ok(*self.argv(scene))
        assert Path(scene.url).stat().st_size >= self.size
        self.assert_sound(scene)
        return "all" if size >= self.size else "nothing"


class TaskRun(Job):
    """One `task run` over real SSH: each computer adds its address to one file and ends with a status of its own."""

    name = "task run"
    status = 8  # every computer ends with a status other than 0, so that a status made up would be seen
    whole = "ended: 3 failed"

    def __init__(self, folder: Path, lab: Lab) -> None:
        self.lab = lab
        super().__init__(folder)

    def set_up(self, scene: Scene) -> None:
        self.names = {}
        for number, host in enumerate(self.lab.hosts, 1):
            name = self.names[host] = f"lab-{number}"
            argv = ("--address", host, "--port", str(self.lab.port), "--user", self.lab.user)
            scene.ok("computer", "add", name, *argv)
        scene.ok("host-key", "scan", "--all", "--accept")

    @staticmethod
    def status_of(host: str) -> int:
        """Return the exit status of a computer: the last two numbers of its address."""
        third, fourth = host.split(".")[2:]
        return int(third) * 10 + int(fourth)

    def argv(self, scene: Scene) -> list[str]:
        # The third computer takes longer than results are gathered: it still runs when the first two are stored.
        command = (
            f"set -- $SSH_CONNECTION; echo $3 >> {self._effects(scene)}; echo said $3; "
            "IFS=.; set -- $3; sleep $(($4 * 2 - 2)); exit $(($3 * 10 + $4))"
        )
        key = ["--key", str(self.lab.key_file)]
        return ["task", "run", "--command", command, "--all", *key, "--concurrency", "2"]

    def mend(self, scene: Scene) -> str:
        effects = self._counted(scene)
        assert set(effects.values()) <= {1}, f"a computer had two effects: {effects}"
        known = scene.ok("run", "list", "-o", "json").json
        assert len(known) <= 1
        self.assert_sound(scene)
        if known:
            left = self._left(scene)
            self._reconcile(scene)
            again = scene.run("run", "retry", "R-1")
        else:
            assert not effects, "something ran, and nothing is recorded of it"
            left = "nothing"
            again = scene.run(*self.argv(scene))
        assert again.code == self.status, again.err
        self._assert_ended(scene)
        return left

    def close(self, scene: Scene) -> None:
        from tests.tasks.conftest import sweep_markers

        with scene.store() as store:
            sweep_markers(store)
        super().close(scene)

    def _left(self, scene: Scene) -> str:
        shown = scene.ok("run", "show", "R-1", "-o", "json").json
        counts = Counter(result["state"] for result in shown["results"])
        return f"{shown['state']}: " + ", ".join(f"{n} {state}" for state, n in sorted(counts.items()))

    def _reconcile(self, scene: Scene) -> Result:
        """Reconcile until nothing runs any more."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            result = scene.run("run", "reconcile", "R-1")
            assert result.code in {0, 7, 8, 10}, result.err
            if result.lines[-1]["unknown"] == 0:
                return result
            assert time.monotonic() < deadline, result.out
            time.sleep(0.2)

    def _assert_ended(self, scene: Scene) -> None:
        shown = scene.ok("run", "show", "R-1", "-o", "json").json
        assert (shown["state"], shown["failed"], shown["computers"]) == ("ended", len(self.names), len(self.names))
        found = {result["computer"]: (result["state"], result["exit_status"]) for result in shown["results"]}
        assert found == {name: ("failed", self.status_of(host)) for host, name in self.names.items()}
        said = {line["computer"]: line["stdout"] for line in scene.ok("run", "logs", "R-1", "-o", "ndjson").lines}
        assert said == {name: f"said {host}\n" for host, name in self.names.items()}
        assert self._counted(scene) == dict.fromkeys(self.names, 1)
        assert len(scene.ok("run", "list", "-o", "json").json) == 1
        self.assert_sound(scene)

    def _counted(self, scene: Scene) -> Counter[str]:
        path = self._effects(scene)
        return Counter(path.read_text().split() if path.exists() else [])

    @staticmethod
    def _effects(scene: Scene) -> Path:
        return scene.folder / "effects"


class InventoryRun(TaskRun):
    """One `inventory run` over real SSH: a computer's result and what was read of it are there together, or neither."""

    name = "inventory run"
    status = 0
    whole = "ended: 3 succeeded"
    classes = ("local_groups", "local_users")

    def argv(self, scene: Scene) -> list[str]:
        named = [word for name in self.classes for word in ("--class", name)]
        return ["inventory", "run", "--all", *named, "--key", str(self.lab.key_file), "--concurrency", "2"]

    def mend(self, scene: Scene) -> str:
        known = scene.ok("run", "list", "-o", "json").json
        assert len(known) <= 1
        self.assert_sound(scene)
        left, ended = "nothing", dict.fromkeys(self.names.values(), "queued")
        if known:
            left = self._left(scene)
            shown = scene.ok("run", "show", "R-1", "-o", "json").json
            ended = {result["computer"]: result["state"] for result in shown["results"]}
        for computer, state in ended.items():
            assert bool(self._rows(scene, computer)) == (state == "succeeded"), (computer, state)
        if known:
            self._reconcile(scene)
            scene.ok("run", "retry", "R-1")
        else:
            scene.ok(*self.argv(scene))
        shown = scene.ok("run", "show", "R-1", "-o", "json").json
        assert (shown["state"], shown["ok"]) == ("ended", 3)
        rows = [self._rows(scene, computer) for computer in self.names.values()]
        assert rows[0]
        assert rows == [rows[0]] * 3, "one machine under three names has one inventory"
        with scene.store() as store, store.read() as reader:
            assert reader.scalar(sa.text("SELECT count(*) FROM inventory_closed")) == 0, "something was stored twice"
        self.assert_sound(scene)
        return left

    def _rows(self, scene: Scene, computer: str) -> list[str]:
        found = []
        for name in self.classes:
            shown = scene.run("computer", "show", computer, "--class", name, "-o", "json")
            found += [str(row) for row in shown.json["rows"]] if shown.code == 0 else []
        return sorted(found)


class Apply(Job):
    """One `apply` of documents and a table that creates, changes and deletes: all of it or nothing."""

    name = "apply"
    documents = """\
{kind: import, noun: computer, from: computers.csv}
---
{kind: site, name: rome, spec: {region: Latium}}
---
{kind: site, name: oslo}
---
{kind: subnet, name: 10.1.0.0/16, spec: {site: oslo}}
---
{kind: site, name: gone, state: absent}
---
{kind: filter, name: linux, spec: {where: os_family = 'linux'}}
---
{kind: policy, name: p, spec: {task: hello, target: linux, transport: openssh}}
---
{kind: task, name: hello, spec: {type: command, body: echo hello}}
"""

    def set_up(self, scene: Scene) -> None:
        (scene.folder / "estate.yaml").write_text(self.documents)
        rows = "".join(f"pc-{n},10.1.0.{n},linux\n" for n in range(1, 41))
        (scene.folder / "computers.csv").write_text("name,address,os_family\n" + rows)
        for name in ("rome", "gone"):
            scene.ok("site", "add", name)
        scene.ok("computer", "add", "pc-1")
        self.before = self._estate(scene)
        after = self.scene()
        after.ok(*self.argv(after))
        self.after = self._estate(after)
        self.close(after)
        assert self.after != self.before

    def argv(self, scene: Scene) -> list[str]:
        return ["apply", "-f", str(scene.folder / "estate.yaml"), "--set", "s", "--confirm", "gone:1", "-q"]

    @staticmethod
    def _estate(scene: Scene) -> str:
        """Return the estate without GUIDs: what is made again has one of its own in each scene."""
        return re.sub(r"^guid: .*\n", "", scene.ok("export").out, flags=re.MULTILINE)

    def mend(self, scene: Scene) -> str:
        left = self._estate(scene)
        assert left in (self.before, self.after), "a part of the documents was applied"
        self.assert_sound(scene)
        scene.ok(*self.argv(scene))
        assert self._estate(scene) == self.after
        self.assert_sound(scene)
        return "nothing" if left == self.before else "all"

"""Jobs whose CMDBs are databases on a server of PostgreSQL, each scene with copies of its own."""

from __future__ import annotations

import os
from pathlib import Path

from tests.faults.jobs import Job
from tests.faults.replication_jobs import ReplicationReceive, ReplicationRun
from tests.faults.scene import Scene
from tests.replication.servers import own_marks
from tests.servers.postgres import PostgresServer


class OnPostgres(Job):
    """A job on PostgreSQL; put before the job in the bases of a class."""

    databases = ("",)  # what stands behind the name of each database of a scene

    def __init__(self, folder: Path, server: PostgresServer, template: str) -> None:
        self.server = server
        self._empty = template
        super().__init__(folder)

    def make_db(self, name: str) -> str:
        for one in self.databases:
            first = name == "template"
            self.server.create_database(
                self.database(name, one), self._empty if first else self.database("template", one)
            )
            for key, value in own_marks(f"server{one}").items() if first else ():
                self.server.execute(f"UPDATE meta SET value = '{value}' WHERE key = '{key}'", self.database(name, one))
        return self.server.url(self.database(name))

    def database(self, name: str, one: str = "") -> str:
        """Return the name of a database of a scene."""
        return f"itms_kill_{os.getpid()}_{name.replace('-', '_')}{one}"

    def close(self, scene: Scene) -> None:
        self._drop(scene.folder.name)
        super().close(scene)

    def drop_template(self) -> None:
        """Drop the databases that scenes are copied from."""
        self._drop("template")

    def _drop(self, name: str) -> None:
        for one in self.databases:
            self.server.drop_database(self.database(name, one))


class BothOnPostgres(OnPostgres):
    """A job of replication: the child's CMDB is on the server too."""

    databases = ("", "_rome")

    def child_url(self, scene: Scene) -> str:
        """Return where the child's CMDB is."""
        return self.server.dsn(self.database(scene.folder.name, "_rome"))


class PostgresReplicationRun(BothOnPostgres, ReplicationRun):
    """`replication run` between two databases on PostgreSQL."""


class PostgresReplicationReceive(BothOnPostgres, ReplicationReceive):
    """`replication receive` into a database on PostgreSQL."""


REPLICATION = (PostgresReplicationRun, PostgresReplicationReceive)

"""A client of PostgreSQL that dies at any moment of an import: the server stores all of it or nothing (F1 c)."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.faults.injection import KILLED
from tests.faults.jobs import Import
from tests.faults.on_postgres import OnPostgres
from tests.faults.scene import Scene
from tests.servers.postgres import PostgresServer

SEEDS = 3
MANY_SEEDS = 40


class PostgresImport(OnPostgres, Import):
    """An import on PostgreSQL, large enough that most of its time is spent in the transaction."""

    name = "import on PostgreSQL"
    rows = 1000

    def await_end(self, scene: Scene) -> None:
        """Wait until the server has seen that the client is gone: until then its transaction may go either way."""
        deadline = time.monotonic() + 30
        question = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self.server.dsn(), autocommit=True) as connection:
            while connection.execute(question, [self.database(scene.folder.name)]).fetchone() != (0,):
                assert time.monotonic() < deadline
                time.sleep(0.02)


def _start(job: Import, scene: Scene) -> subprocess.Popen[bytes]:
    argv = [sys.executable, "-m", "itmsctl", *job.argv(scene)]
    return subprocess.Popen(argv, env=scene.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_at_random(job: PostgresImport, seeds: int) -> list[str]:
    """Kill as many imports at random moments, repair, and check; return what each of them left.

    How long an import takes follows the load of the machine: one that ends before it is killed says how long by now.
    """
    scene = job.scene()
    begin = time.monotonic()
    assert _start(job, scene).wait(120) == 0
    whole = time.monotonic() - begin
    job.close(scene)
    found: list[str] = []
    for seed in range(8 * seeds):
        scene = job.scene()
        begin, process = time.monotonic(), _start(job, scene)
        try:
            status = process.wait(random.Random(seed).uniform(0.3, 1.05) * whole)
            whole = time.monotonic() - begin
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        assert status in {0, KILLED}, seed
        job.await_end(scene)
        left = job.mend(scene)
        assert status == KILLED or left == "all", seed
        job.close(scene)
        found += [left] if status == KILLED else []
        if len(found) == seeds:
            break
    return found


@pytest.mark.parametrize("seeds", [SEEDS, pytest.param(MANY_SEEDS, marks=pytest.mark.slow)])
def test_an_import_whose_client_dies_is_all_or_nothing(
    postgres_server: PostgresServer, postgres_template: str, tmp_path: Path, seeds: int
) -> None:
    job = PostgresImport(tmp_path / "import", postgres_server, postgres_template)
    try:
        found = kill_at_random(job, seeds)
    finally:
        job.drop_template()
    assert len(found) == seeds

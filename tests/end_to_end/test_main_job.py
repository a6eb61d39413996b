"""The main job, typed as in the manual, on both databases, over real SSH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab
from tests.conftest import Result, Run
from tests.end_to_end.scenario import computers_csv, plain, play
from tests.servers.postgres import PostgresServer


def test_the_main_job_on_each_database(run: Run, ssh_lab: Lab, tmp_path: Path) -> None:
    results = dict(play(run, ssh_lab, tmp_path))
    by_words = {" ".join(words[:3]): result for words, result in results.items()}
    failed = {words: r.err for words, r in results.items() if r.code != (8 if "exit 3" in words else 0)}
    assert failed == {}
    done = by_words["task run kernel"].lines
    assert sorted(line["computer"] for line in done[:-1]) == ["lab-1", "lab-3"]
    assert {line["stdout"] for line in done[:-1]} == {f"kernel-of-{ssh_lab.user}-ok\n"}
    assert {line["exit_status"] for line in done[:-1]} == {0}
    assert done[-1]["type"] == "summary"
    assert done[-1]["ok"] == 2
    (other, summary) = by_words["task run --command"].lines
    assert (other["computer"], other["state"], other["exit_status"], summary["failed"]) == ("lab-2", "failed", 3, 1)


def told(result: Result) -> list[str]:
    """Return what stderr says, but for the line that tells where a file was made: the other database is there
    already.
    """
    return [line for line in result.err.splitlines() if not line.startswith("a new database was made at")]


def test_both_databases_say_the_same(
    bare_run: Run,
    ssh_lab: Lab,
    tmp_path: Path,
    postgres_server: PostgresServer,
) -> None:
    name = f"itms_same_{os.getpid()}"
    postgres_server.create_database(name)  # empty: the program makes both
    urls = (str(tmp_path / "cmdb.sqlite"), postgres_server.url(name))
    said = []
    for url in urls:
        said.append(play(lambda *w, url=url, **o: bare_run("--db", url, *w, **o), ssh_lab, tmp_path))
    postgres_server.drop_database(name)
    for (words, sqlite), (_, postgres) in zip(*said, strict=True):
        assert plain(sqlite) == plain(postgres), words
        assert (sqlite.code, told(sqlite)) == (postgres.code, told(postgres)), words


@pytest.mark.parametrize("form", ["name", "ndjson"])
def test_a_list_feeds_a_run(ok: Run, ssh_lab: Lab, tmp_path: Path, form: str) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", "127.45.1.0/24", "--site", "rome")
    ok("computer", "import", str(computers_csv(ssh_lab, tmp_path)))
    listed = ok("computer", "list", "--where", "site = 'rome'", "-o", form).out
    key = ("--key", str(ssh_lab.key_file), "--accept-new")
    done = ok("task", "run", "--command", "true", "--target", "-", *key, "-o", "ndjson", stdin=listed).lines
    assert sorted(line["computer"] for line in done[:-1]) == ["lab-1", "lab-3"]

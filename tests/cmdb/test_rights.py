"""A database user that may read alone: what reads works, what writes is exit 4 and says which right is wanted."""

from __future__ import annotations

import pytest

from tests.conftest import Run
from tests.servers.postgres import PostgresServer


@pytest.fixture
def reader(postgres_server: PostgresServer, postgres_template: str, bare_run: Run) -> str:
    """Return the URL of a database with a site, for a user that may read its tables and nothing more."""
    name = "itms_rights"
    postgres_server.drop_database(name)
    postgres_server.create_database(name, template=postgres_template)
    assert bare_run("--db", postgres_server.url(name), "site", "add", "rome").code == 0
    postgres_server.execute("drop role if exists auditor")
    postgres_server.execute("create role auditor login")
    for grant in ("usage on schema public", "select on all tables in schema public"):
        postgres_server.execute(f"grant {grant} to auditor", name)
    return postgres_server.url(name).replace("//itms@", "//auditor@")


def test_a_user_that_may_only_read(
    reader: str, bare_run: Run, postgres_server: PostgresServer, tmp_path: object
) -> None:
    (tmp_path / "a.yaml").write_text("kind: site\nname: oslo\n")  # type: ignore[operator]  # a path
    try:
        for argv in (
            ("site", "list", "-o", "name"),
            ("site", "show", "rome"),
            ("export",),
            ("history", "site", "rome"),
        ):
            found = bare_run("--db", reader, *argv)
            assert (found.code, "rome" in found.out or "created" in found.out) == (0, True), (argv, found.err)
        documents = ("-f", f"{tmp_path}/a.yaml")
        for argv in (("site", "add", "oslo"), ("plan", *documents), ("diff", *documents), ("site", "remove", "rome")):
            found = bare_run("--db", reader, *argv, "--yes")
            assert (found.code, "DB-NOT-PERMITTED" in found.err, "SELECT" in found.err) == (4, True, True), found.err
            assert "done, then rolled back" in found.err
    finally:
        postgres_server.drop_database("itms_rights")
        postgres_server.execute("drop role auditor")

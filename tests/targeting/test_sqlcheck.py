"""What a SQL filter may say, read by the grammars of both engines; hostile queries are refused before they run."""

from __future__ import annotations

import pytest

from itmsctl.errors import SqlFilterError
from itmsctl.targeting.sqlcheck import check

DIALECTS = ("sqlite", "postgres")

GOOD = [
    ("SELECT guid FROM v_computer", {"v_computer"}),
    ("select guid from v_tag where key = 'env' and value in ('a', 'b');", {"v_tag"}),
    (
        "SELECT t.guid FROM v_tag t JOIN v_address a ON a.guid = t.guid WHERE a.address LIKE '10.%'",
        {"v_tag", "v_address"},
    ),
    ("SELECT guid FROM v_tag UNION SELECT guid FROM v_identity WHERE kind = 'mac'", {"v_tag", "v_identity"}),
    ("WITH x AS (SELECT guid FROM v_tag) SELECT guid FROM x", {"v_tag"}),
    (
        "SELECT c.guid AS guid FROM v_computer c WHERE NOT EXISTS (SELECT 1 FROM v_tag t WHERE t.guid = c.guid)",
        {"v_computer", "v_tag"},
    ),
    ("SELECT guid FROM v_site_member GROUP BY guid HAVING count(*) > 1", {"v_site_member"}),
    ("SELECT lower(guid) AS guid FROM v_computer WHERE length(trim(name)) > 3 -- the end", {"v_computer"}),
    (
        "SELECT guid FROM v_computer WHERE CASE WHEN port IS NULL THEN 22 ELSE port END = 22 ORDER BY name LIMIT 5",
        {"v_computer"},
    ),
]

HOSTILE = [
    ("", "empty"),
    ("SELEC guid", ""),
    ("DELETE FROM computer", "one SELECT"),
    ("DROP TABLE computer", "one SELECT"),
    ("INSERT INTO resource_tag SELECT 1, 'a', 'b'", "one SELECT"),
    ("UPDATE computer SET port = 1", "one SELECT"),
    ("PRAGMA writable_schema = 1", ""),
    ("ATTACH 'x.db' AS x", ""),
    ("VACUUM", ""),
    ("SELECT guid FROM v_computer; DELETE FROM computer", "2 statements"),
    ("SELECT guid FROM v_computer; SELECT guid FROM v_tag", "2 statements"),
    ("SELECT guid FROM resource", "`resource` is not a documented view"),
    ("SELECT guid FROM v_computers", "did you mean"),
    ("SELECT guid FROM main.v_computer", "names a schema"),
    ("SELECT guid FROM pg_catalog.pg_user", "names a schema"),
    ("SELECT name AS guid FROM sqlite_master", "`sqlite_master` is not a documented view"),
    ("SELECT usename AS guid FROM pg_user", "`pg_user` is not a documented view"),
    ("SELECT hash AS guid FROM chain_head", "`chain_head` is not a documented view"),
    ("SELECT guid FROM v_computer WHERE name IN (SELECT value FROM meta)", "`meta` is not a documented view"),
    ("WITH v_tag AS (SELECT 1 AS guid) SELECT guid FROM v_tag", "documented view"),
    ("WITH d AS (DELETE FROM computer RETURNING id) SELECT guid FROM v_computer", ""),
    ("SELECT 'x' AS guid", "reads no documented view"),
    ("SELECT * FROM v_computer", "one column named `guid`"),
    ("SELECT name FROM v_computer", "one column named `guid`"),
    ("SELECT guid, name FROM v_computer", "one column named `guid`"),
    ("SELECT guid FROM v_computer FOR UPDATE", "does not belong"),
    ("SELECT guid INTO stolen FROM v_computer", ""),
    ("SELECT guid FROM v_computer WHERE pg_sleep(100) IS NULL", "pg_sleep"),
    ("SELECT guid FROM v_computer WHERE load_extension('x') IS NULL", "load_extension"),
    ("SELECT pg_read_file('/etc/passwd') AS guid FROM v_computer", "pg_read_file"),
    ("SELECT set_config('a', 'b', false) AS guid FROM v_computer", "set_config"),
    ("SELECT guid FROM v_computer, generate_series(1, 1000000000)", ""),
    ("SELECT guid FROM v_computer WHERE randomblob(1000000000) IS NULL", "randomblob"),
    ("SELECT guid FROM v_computer WHERE zeroblob(1000000000) IS NULL", "zeroblob"),
    ("SELECT guid FROM v_computer WHERE nextval('item_id') > 0", "nextval"),
    ("SELECT guid FROM v_computer WHERE query_to_xml('delete from computer', true, true, '') IS NULL", "query_to_xml"),
    ("SELECT guid FROM v_computer WHERE name = :secret", ""),
    ("SELECT guid FROM v_computer WHERE name = $1", ""),
    ("SELECT guid FROM json_each('[1]')", ""),
    ("VALUES ('a')", ""),
    ("EXPLAIN SELECT guid FROM v_computer", ""),
    ("COPY v_computer TO PROGRAM 'id'", ""),
    ("SELECT guid FROM v_computer\x00", "zero byte"),
    ("SELECT guid FROM v_computer WHERE name = '" + "x" * 30_000 + "'", "characters"),
    ("SELECT guid FROM v_computer WHERE " + "(" * 5_000 + "1" + ")" * 5_000, ""),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("text", "views"), GOOD)
def test_what_is_allowed(text: str, views: set[str], dialect: str) -> None:
    found = check(text, dialect)
    assert found.views == views
    assert "computer" in found.classes


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("text", "said"), HOSTILE)
def test_what_is_refused(text: str, said: str, dialect: str) -> None:
    with pytest.raises(SqlFilterError) as refused:
        check(text, dialect)
    assert said in f"{refused.value.message} {refused.value.hint} {refused.value.why}"
    assert refused.value.exit_status == 3


@pytest.mark.parametrize(
    ("text", "advised"),
    [
        ("SELECT t.guid FROM v_tag t JOIN v_computer c ON c.guid = t.guid WHERE t.key = 'env'", True),
        ("SELECT t.guid FROM v_tag t JOIN v_computer c ON c.guid = t.guid WHERE c.os_family = 'linux'", False),
        ("SELECT guid FROM v_tag", False),
        ("SELECT guid FROM v_computer", False),
    ],
)
def test_the_lowest_view_is_advised(text: str, advised: bool) -> None:
    """FILT-7."""
    assert ("FILT-7" in check(text, "sqlite").lint) is advised

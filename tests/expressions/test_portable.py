"""SQL that reads the same on both engines: what it may say, what its columns are, and what is refused, with a hint."""

from __future__ import annotations

import pytest

from itmsctl.errors import ReportSqlError
from itmsctl.expressions import portable
from itmsctl.reports.question import purpose
from itmsctl.values.kind import Type

TYPES = [
    ("SELECT name, last_seen AS seen, port > 3 AS big FROM v_computer",
     {"name": Type.TEXT, "seen": Type.TIME, "big": Type.BOOL}),
    ("SELECT count(*) AS n, max(last_seen) AS m, avg(port) AS a FROM v_computer",
     {"n": Type.INT, "m": Type.TIME, "a": Type.REAL}),
    ("SELECT * FROM v_tag", {"guid": Type.TEXT, "name": Type.TEXT, "key": Type.TEXT, "value": Type.TEXT}),
    ("SELECT coalesce(last_seen, :now) AS s, round(days_between(created_at, :now), 1) AS d FROM v_computer",
     {"s": Type.TIME, "d": Type.REAL}),
    ("WITH x AS (SELECT guid, count(*) AS n FROM v_tag GROUP BY guid) SELECT x.n AS n FROM x", {"n": Type.INT}),
    ("SELECT name FROM v_computer UNION SELECT value FROM v_tag ORDER BY name", {"name": Type.TEXT}),
    ("SELECT EXISTS (SELECT 1 FROM v_tag t WHERE t.guid = c.guid) AS tagged FROM v_computer c", {"tagged": Type.BOOL}),
    ('SELECT "user" FROM v_computer -- a comment', {"user": Type.TEXT}),
]  # fmt: skip

REFUSED = [
    ("", "empty", ""),
    ("DELETE FROM v_tag", "one SELECT", ""),
    ("SELECT name FROM v_tag; DROP TABLE resource", "2 statements", ""),
    ("SELECT name FROM resource", "`resource` is not a documented view", ""),
    ("SELECT site FROM v_computer_site", "`v_computer_site` is not a documented view", "v_computer"),
    ("SELECT name FROM v_computr", "not a documented view", "did you mean `v_computer`"),
    ("SELECT value FROM meta", "`meta` is not a documented view", ""),
    ("SELECT sealed FROM credential_secret", "not a documented view", ""),
    ("SELECT nme FROM v_computer", "no column `nme`", "did you mean `name`"),
    ("SELECT c.nme AS n FROM v_computer c", "no column `nme`", "did you mean `name`"),
    ("SELECT id FROM v_computer", "no column `id`", ""),
    ("SELECT c.id AS i FROM v_computer c", "no column `id`", ""),
    ("SELECT name FROM v_computer WHERE x.port = 1", "cannot be read", ""),
    ("SELECT name, name FROM v_tag", "two columns of the result are called `name`", "AS NAME"),
    ("SELECT count(*) FROM v_tag", "column 1 of the result has no name", "AS NAME"),
    ("SELECT name FROM v_computer WHERE last_seen < now()", "`current_timestamp` is not allowed", "write :now"),
    ("SELECT name FROM v_computer WHERE last_seen > :now - INTERVAL '1 day'", "INTERVAL", "time=30d"),
    ("SELECT CAST(name AS timestamptz) AS t FROM v_tag", "CAST to TIMESTAMPTZ", "text or a number"),
    ("SELECT name FROM v_tag WHERE name ~ 'x'", "`RegexpLike` differs", ""),
    ("SELECT name FROM v_tag WHERE name LIKE :now", "LIKE takes a pattern in quotes", "ILIKE"),
    ("SELECT name FROM v_tag WHERE name = :who", "the parameter `:who` is not declared", "--parameter who:TYPE"),
    ("SELECT name FROM v_tag WHERE name = ?", "`Placeholder` does not belong", ""),
    ("SELECT name FROM v_tag WHERE name = $1", "`Parameter` does not belong", ""),
    ("SELECT pg_sleep(9) AS x FROM v_tag", "`pg_sleep` is not allowed", ""),
    ("SELECT load_extension('x') AS x FROM v_tag", "`load_extension` is not allowed", ""),
    ("SELECT current_user AS x FROM v_tag", "`current_user` is not allowed", ""),
    ("SELECT days_between(last_seen) AS d FROM v_computer", "`days_between` takes 2 times", ""),
    ("SELECT name INTO stolen FROM v_tag", "does not belong into a report", ""),
    ("SELECT name FROM v_tag FOR UPDATE", "does not belong into a report", ""),
    ("SELECT 'x' AS x", "reads no documented view", ""),
    ("SELECT name FROM v_tag WHERE ((" + "(" * 600, "", ""),
]


@pytest.mark.parametrize(("sql", "columns"), TYPES)
def test_columns_and_their_types(sql: str, columns: dict[str, Type]) -> None:
    assert portable.check(sql, purpose(), {}).columns == columns


@pytest.mark.parametrize(("sql", "said", "hint"), REFUSED)
def test_what_is_refused(sql: str, said: str, hint: str) -> None:
    with pytest.raises(ReportSqlError) as told:
        portable.check(sql, purpose(), {})
    assert said in told.value.message
    assert hint in told.value.hint
    assert told.value.hint


def test_an_unknown_column_names_those_of_the_view() -> None:
    with pytest.raises(ReportSqlError) as told:
        portable.check("SELECT zzz FROM v_tag", purpose(), {})
    assert told.value.why == "v_tag has guid, name, key, value"
    assert told.value.hint == "itmsctl report views v_tag"


def test_parameters_are_declared_and_used() -> None:
    sql = "SELECT name FROM v_tag WHERE key = :key"
    assert portable.check(sql, purpose(), {"key": Type.TEXT}).statement.parameters == ("key",)
    with pytest.raises(ReportSqlError, match="`other` is declared, but the query does not ask for `:other`"):
        portable.check(sql, purpose(), {"key": Type.TEXT, "other": Type.INT})
    with pytest.raises(ReportSqlError, match="the parameter `now` is always there"):
        portable.check(sql, purpose(), {"key": Type.TEXT, "now": Type.TIME})


def test_each_engine_is_asked_in_its_own_words() -> None:
    sql = "SELECT name, day_of(last_seen) AS day FROM v_computer WHERE name LIKE 'a_%' AND port > :p AND :p > 1"
    query = portable.check(sql, purpose(), {"p": Type.INT})
    lite, names = portable.say(query, "sqlite", 7)
    assert names == ("p",)
    assert "GLOB 'a?*'" in lite
    assert lite.count("?1") == 2
    assert lite.endswith("LIMIT 7")
    post, _ = portable.say(query, "postgres", None)
    assert "LIKE 'a_%'" in post
    assert "CAST($1 AS BIGINT)" in post
    assert "AT TIME ZONE 'UTC'" in post
    assert "LIMIT" not in post


def test_a_limit_of_the_query_stands() -> None:
    query = portable.check("SELECT name FROM v_tag ORDER BY name LIMIT 3", purpose(), {})
    assert portable.say(query, "sqlite", 1000)[0].endswith("LIMIT 3")


def test_words_of_sql_are_columns_and_no_functions() -> None:
    query = portable.check("SELECT user FROM v_computer ORDER BY user", purpose(), {})
    assert 'ORDER BY "user"' in portable.say(query, "postgres", None)[0], "bare, it would be who is logged in"

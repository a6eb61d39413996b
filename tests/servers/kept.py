"""Copies of the template database that tests use one after the other.

To create a database takes half a second of processor time, more than most tests. So one that a test gives back is kept:
its rows are made those of the template again. One whose definitions, rights or settings a test changed is dropped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from tests.servers.postgres import PostgresServer

if TYPE_CHECKING:
    import psycopg

_SMALL = 64 * 1024  # what lies in more pages is truncated: to delete row by row would leave them to the next test

_OURS = "n.nspname !~ '^pg_(?!temp)' AND n.nspname <> 'information_schema'"
# All that a test can change beside rows. The oid of the database tells one that was dropped and created again.
_DEFINITIONS = f"""
SELECT md5(string_agg(x, E'\\n' ORDER BY x)) FROM (
SELECT concat_ws(' ', 'relation', n.nspname, c.relname, c.relkind, c.relpersistence, c.reloptions, c.relacl,
                 c.relowner, c.relrowsecurity) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE {_OURS}
UNION ALL SELECT concat_ws(' ', 'column', a.attrelid, a.attnum, a.attname, a.atttypid, a.attnotnull, a.attcollation,
                 a.attacl, md5(d.adbin::text)) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                 JOIN pg_namespace n ON n.oid = c.relnamespace
                 LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE {_OURS}
UNION ALL SELECT concat_ws(' ', 'constraint', conname, conrelid, contype, conkey, confrelid, confkey, convalidated,
                 md5(conbin::text)) FROM pg_constraint
UNION ALL SELECT concat_ws(' ', 'index', indexrelid, indrelid, indisvalid, indisunique, indkey, md5(indexprs::text),
                 md5(indpred::text)) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}
UNION ALL SELECT concat_ws(' ', 'rule', ev_class, rulename, md5(ev_action::text)) FROM pg_rewrite r
                 JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}
UNION ALL SELECT concat_ws(' ', 'trigger', tgrelid, tgname, tgenabled, tgfoid) FROM pg_trigger
UNION ALL SELECT concat_ws(' ', 'function', p.oid, md5(prosrc), proacl) FROM pg_proc p
                 JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {_OURS}
UNION ALL SELECT concat_ws(' ', 'schema', nspname, nspowner, nspacl) FROM pg_namespace n WHERE {_OURS}
UNION ALL SELECT concat_ws(' ', 'rights', defaclrole, defaclnamespace, defaclacl) FROM pg_default_acl
UNION ALL SELECT concat_ws(' ', 'extension', extname) FROM pg_extension
UNION ALL SELECT concat_ws(' ', 'database', oid, datname, datdba, datallowconn, datconnlimit, datacl) FROM pg_database
                 WHERE datname = current_database()
UNION ALL SELECT concat_ws(' ', 'setting', s.setdatabase, s.setrole, s.setconfig) FROM pg_db_role_setting s
                 JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = current_database()
) AS t (x)"""
# Where those stand: a database in whose catalogs nothing was written since it was renewed need not be compared. A crash
# of the server takes the counts away, and with them the moment from which they count.
_WRITES = """
SELECT concat_ws(' ', pg_stat_get_db_stat_reset_time(d.oid), d.xmin,
                 (SELECT string_agg(concat(s.setrole, s.xmin), ' ') FROM pg_db_role_setting s
                  WHERE s.setdatabase = d.oid)),
       (SELECT sum(pg_stat_get_tuples_inserted(c) + pg_stat_get_tuples_updated(c) + pg_stat_get_tuples_deleted(c))
        FROM unnest('{pg_class,pg_attribute,pg_attrdef,pg_constraint,pg_index,pg_rewrite,pg_trigger,pg_proc,
                      pg_namespace,pg_default_acl,pg_extension}'::regclass[]) AS c)
FROM pg_database d WHERE d.datname = current_database()"""
_TABLES = f"""
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.reltuples > 0 OR pg_relation_size(c.oid) > {_SMALL}
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {_OURS} AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0"""
_SEQUENCES = """
SELECT s.schemaname, s.sequencename, coalesce(s.last_value, s.start_value), s.last_value IS NOT NULL FROM pg_sequences s
ORDER BY 1, 2"""
_OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@dataclass
class _Copy:
    """A database, and what is to be in it when a test gets it."""

    name: str
    definitions: str
    rows: Mapping[str, bytes]
    sequences: list[Any]
    stamp: str = ""  # of the moment since when writes are counted


@dataclass
class KeptDatabases:
    """The databases of one process. Each is used by one test at a time."""

    server: PostgresServer
    template: str
    free: list[_Copy] = field(default_factory=list)
    used: dict[str, _Copy] = field(default_factory=dict)
    serial: Iterator[int] = field(default_factory=lambda: count(1))

    def take(self) -> str:
        """Return the name of a database that is as the template is."""
        found = self.free.pop() if self.free else self._create()
        self.used[found.name] = found
        return found.name

    def give_back(self, name: str) -> None:
        """Empty a database for the next test, or drop it."""
        found = self.used.pop(name)
        if self._renewed(found):
            self.free.append(found)
        else:
            self.server.drop_database(name)

    def _create(self) -> _Copy:
        name = f"itms_{os.getpid()}_{next(self.serial)}"
        self.server.create_database(name, template=self.template)
        import psycopg

        with psycopg.connect(self.server.dsn(name), autocommit=True) as connection:
            connection.execute("VACUUM")  # what the template's making left, so that empty tables have no pages
            rows = {table: _copied(connection, table) for table, _ in connection.execute(_TABLES.encode())}
            sequences = connection.execute(_SEQUENCES.encode()).fetchall()
            copy = _Copy(name, _definitions(connection), rows, sequences)
            _count_writes(connection, copy)
            return copy

    def _renewed(self, found: _Copy) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.server.dsn(found.name), autocommit=True) as connection:
                _alone(connection)
                untouched = connection.execute(_WRITES.encode()).fetchone() == (found.stamp, 0)
                if not untouched and _definitions(connection) != found.definitions:
                    return False
                _renew(connection, found)
                _count_writes(connection, found)
        except psycopg.Error:  # the server or the database was taken away
            return False
        return True


def _alone(connection: psycopg.Connection) -> None:
    """End all other connections to a database, and wait until they are gone."""
    connection.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}".encode())
    while connection.execute(f"SELECT count(*) {_OTHERS}".encode()).fetchone() != (0,):
        connection.execute("SELECT pg_sleep(0.01)")


def _definitions(connection: psycopg.Connection) -> str:
    row = connection.execute(_DEFINITIONS.encode()).fetchone()
    assert row is not None
    return str(row[0])


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
        return b"".join(bytes(part) for part in copy)


def _count_writes(connection: psycopg.Connection, copy: _Copy) -> None:
    connection.execute("SELECT pg_stat_reset()")
    row = connection.execute(_WRITES.encode()).fetchone()
    assert row is not None
    copy.stamp = str(row[0])


def _renew(connection: psycopg.Connection, found: _Copy) -> None:
    touched = connection.execute(_TABLES.encode()).fetchall()
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")  # no foreign key is asked
        large = [table for table, is_large in touched if is_large]
        if large:
            connection.execute(f"TRUNCATE {', '.join(large)} CASCADE".encode())
        for table, is_large in touched:
            if not is_large:
                connection.execute(f"DELETE FROM {table}".encode())
        for table, rows in found.rows.items():
            with connection.cursor().copy(f"COPY {table} FROM STDIN".encode()) as copy:
                copy.write(rows)
        now = connection.execute(_SEQUENCES.encode()).fetchall()
        for schema, name, value, called in set(found.sequences) - set(now):
            connection.execute(
                "SELECT setval(format('%%I.%%I', %s::text, %s::text), %s, %s)", (schema, name, value, called)
            )

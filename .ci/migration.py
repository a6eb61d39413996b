"""Make the next migration from the tables that the rooms declare: `python .ci/migration.py "why it is there"`.

An empty database is brought to the newest revision and compared with the tables. What differs becomes the next file in
`itmsctl/cmdb/migrations/versions/`, and `HEAD` in `itmsctl/cmdb/schema.py` follows. Read what it wrote: a column with a
new name looks like one that went and one that came. Views need no migration: `itmsctl db upgrade` makes them again.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy.engine import URL

from itmsctl.cmdb import defined, schema, types
from itmsctl.cmdb.compare import declared
from itmsctl.cmdb.engine import DatabasePlace, open_engine

ROOT = Path(__file__).resolve().parent.parent
OURS = ("Big", "Json", "Moment", "Text")  # the column types of `cmdb.types`, as a migration writes them
# What rows that are there get in a new column that may not be empty.
FIRST = {sa.Boolean: "false", sa.Integer: "0", sa.Float: "0", types.Text: "''"}

PAGE = '''"""{message}.

Revision ID: {revision}
Revises: {before}
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
{imports}
revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
{up}


def downgrade() -> None:
    views.drop(op.get_bind())
{down}
'''


class CannotError(Exception):
    """A difference for which no migration can be made without being told more."""


def main(arguments: list[str]) -> int:
    """Write the next migration, and say where."""
    if len(arguments) != 1 or not re.search("[a-z0-9]", arguments[0].lower()):
        sys.stderr.write('usage: python .ci/migration.py "why it is there"\n')
        return 2
    try:
        found = bodies(declared())
    except CannotError as error:
        sys.stderr.write(f"no migration was made: {error}\n")
        return 1
    if found is None:
        sys.stdout.write("the tables are those of the newest revision: nothing to do (views need no migration)\n")
        return 0
    path = write(ROOT / "itmsctl/cmdb", arguments[0], *found)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(path)], check=True)
    sys.stdout.write(f"{path.relative_to(ROOT)}: read it, then: pytest tests/cmdb/test_migration.py\n")
    return 0


def bodies(metadata: sa.MetaData) -> tuple[str, str] | None:
    """Return what leads from the newest revision to these tables, and back, as code; None where nothing differs.

    Raises CannotError.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "newest.sqlite"
        place = DatabasePlace(URL.create("sqlite", database=str(path)), path)
        schema.migrate(place)
        engine = open_engine(place, purpose="migration")
        try:
            with engine.connect() as connection:
                apart = {table.name for table in defined.declared(connection)}
                options = {
                    "target_metadata": metadata,
                    "compare_type": True,
                    "render_as_batch": True,
                    "include_name": lambda name, what, _: what != "table" or name not in apart,
                }
                context = MigrationContext.configure(connection, opts=options)
                script = produce_migrations(context, metadata)
                if script.upgrade_ops is None or script.downgrade_ops is None or script.upgrade_ops.is_empty():
                    return None
                return code(script.upgrade_ops, context), code(script.downgrade_ops, context)
        finally:
            engine.dispose()


def code(changes: ops.UpgradeOps | ops.DowngradeOps, context: MigrationContext) -> str:
    """Return the lines of one direction."""
    changes.ops = [
        new for one in changes.ops for new in (settled(one) if isinstance(one, ops.ModifyTableOps) else [one])
    ]
    return render_python_code(changes, render_as_batch=True, migration_context=context, render_item=own_type)


def own_type(kind: str, item: Any, _context: Any) -> str | bool:
    """Return how one of our column types is written; false for what alembic writes itself."""
    if kind != "type":
        return False
    if item is types.Big or (isinstance(item, sa.BigInteger) and item.dialect_impl):
        return "Big" if "sqlite" in getattr(item, "_variant_mapping", {}) else False
    name = type(item).__name__
    return f"{name}()" if name in OURS else False


def settled(table: ops.ModifyTableOps) -> Iterator[ops.MigrateOperation]:
    """Yield the changes of one table in an order that both engines take, also where there are rows."""
    gone = {one.column_name for one in table.ops if isinstance(one, ops.DropColumnOp)}
    fills, last = [], []
    changes: list[Any] = []
    for one in table.ops:
        if isinstance(one, ops.AddColumnOp) and not one.column.nullable:
            text = f'UPDATE "{table.table_name}" SET "{one.column.name}" = {first(one)}'  # noqa: S608 - names of ours
            fills.append(ops.ExecuteSQLOp(text))
            last.append(
                ops.AlterColumnOp(
                    table.table_name, one.column.name, existing_type=one.column.type, modify_nullable=False
                )
            )
            one = ops.AddColumnOp(table.table_name, sa.Column(one.column.name, one.column.type))
        if isinstance(one, ops.DropConstraintOp) and one.constraint_name is None:
            if not columns_of(one) <= gone:
                raise CannotError(f"a constraint of `{table.table_name}` has no name by which it could be dropped")
            continue  # it goes with its columns
        if isinstance(one, ops.CreateForeignKeyOp | ops.CreateUniqueConstraintOp) and one.constraint_name is None:
            one.constraint_name = name_of(one, table.table_name)
        changes.append(one)
    yield ops.ModifyTableOps(table.table_name, changes)
    yield from fills
    if last:
        yield ops.ModifyTableOps(table.table_name, last)


def first(one: ops.AddColumnOp) -> str:
    """Return what rows that are there get in a new column."""
    for type_, value in FIRST.items():
        if isinstance(one.column.type, type_):
            return value
    raise CannotError(
        f"`{one.table_name}.{one.column.name}` may not be empty: which value have the rows that are there?"
    )


def columns_of(one: ops.DropConstraintOp) -> set[str]:
    """Return the columns of a constraint that goes."""
    constraint: Any = one.to_constraint()
    return {column.name for column in constraint.columns}


def name_of(one: ops.CreateForeignKeyOp | ops.CreateUniqueConstraintOp, table: str) -> str:
    """Return a name for a constraint: SQLite can change none that has no name."""
    if isinstance(one, ops.CreateForeignKeyOp):
        return f"fk_{table}_{'_'.join(one.local_cols)}"
    return f"uq_{table}_{'_'.join(map(str, one.columns))}"


def write(cmdb: Path, message: str, up: str, down: str) -> Path:
    """Write the next revision below the folder of `cmdb`, have `HEAD` name it, and return its file."""
    versions = cmdb / "migrations/versions"
    before = sorted(path.name[:4] for path in versions.glob("[0-9]*.py"))[-1]
    revision = f"{int(before) + 1:04}"
    words = re.sub("[^a-z0-9]+", "_", message.lower()).strip("_")[:40]
    path = versions / f"{revision}_{words}.py"
    used = [name for name in OURS if re.search(rf"\b{name}\b(?!\.)", up + down)]
    imports = f"from itmsctl.cmdb.types import {', '.join(used)}\n" if used else ""
    values = {"message": message.rstrip("."), "revision": revision, "before": before, "imports": imports}
    path.write_text(PAGE.format(**values, up=indented(up), down=indented(down)), encoding="utf-8")
    home = cmdb / "schema.py"
    text = home.read_text(encoding="utf-8")
    home.write_text(text.replace(f'HEAD = "{before}"', f'HEAD = "{revision}"'), encoding="utf-8")
    return path


def indented(body: str) -> str:
    """Return code as the body of a function, without the words that alembic writes about itself."""
    return "\n".join(line for line in f"    {body}".splitlines() if not line.strip().startswith("# ###"))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

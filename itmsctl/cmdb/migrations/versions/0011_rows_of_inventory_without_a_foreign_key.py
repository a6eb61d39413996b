"""rows of inventory without a foreign key each on PostgreSQL (`inventory.service.owners`).

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KEYS = """
    SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.contype = 'f' AND starts_with(c.relname, 'inv_') AND k.confrelid = 'inventory_computer'::regclass
       AND c.relnamespace = quote_ident(current_schema())::regnamespace
"""


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table, name in connection.exec_driver_sql(_KEYS).all():
            connection.exec_driver_sql(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


def downgrade() -> None:
    """Do nothing: the tables of classes follow from their definitions, and go with the schema."""

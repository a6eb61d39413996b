"""mappings of imports.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "import_mapping",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("noun", Text(), nullable=False),
        sa.Column("columns", Json(), nullable=True),
        sa.Column("constants", Json(), nullable=True),
        sa.Column("transforms", Json(), nullable=True),
        sa.Column("meanings", Json(), nullable=True),
        sa.Column("taken", Json(), nullable=True),
        sa.Column("ignore_unknown", sa.Boolean(), nullable=False),
        sa.Column("source", Text(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("encoding", Text(), nullable=True),
        sa.Column("sheet", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )


def downgrade() -> None:
    views.drop(op.get_bind())
    op.drop_table("import_mapping")

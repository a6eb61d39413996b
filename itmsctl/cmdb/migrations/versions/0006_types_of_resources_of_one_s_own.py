"""Types of resources of one's own.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "resource_type",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("level", Text(), nullable=False),
        sa.Column("parent", Text(), nullable=True),
        sa.Column("fields", Json(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "resource_own",
        sa.Column("address", Json(), nullable=True),
        sa.Column("mac", Json(), nullable=True),
        sa.Column("serial", Text(), nullable=True),
        sa.Column("vendor", Text(), nullable=True),
        sa.Column("model", Text(), nullable=True),
        sa.Column("firmware", Text(), nullable=True),
        sa.Column("location", Text(), nullable=True),
        sa.Column("contact", Text(), nullable=True),
        sa.Column("status", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("last_seen", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("fields", Json(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["resource.id"],
        ),
        sa.ForeignKeyConstraint(
            ["type_id"],
            ["resource_type.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("resource_own", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_resource_own_type_id"), ["type_id"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("resource_own", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_resource_own_type_id"))

    op.drop_table("resource_own")
    op.drop_table("resource_type")

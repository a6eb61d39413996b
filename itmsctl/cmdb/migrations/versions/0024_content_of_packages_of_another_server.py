"""content of packages of another server.

Revision ID: 0024
Revises: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Big, Json, Moment, Text

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "package_awaited",
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("manifest", Text(), nullable=False),
        sa.Column("sources", Json(), nullable=True),
        sa.Column("ready_at", Moment(), nullable=True),
        sa.Column("announced_at", Moment(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("begun_at", Moment(), nullable=True),
        sa.Column("taken_at", Moment(), nullable=True),
        sa.Column("taken_bytes", Big, nullable=False),
        sa.Column("source", Text(), nullable=True),
        sa.Column("message", Text(), nullable=True),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("package_id"),
    )
    with op.batch_alter_table("package", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("sources", Json(), nullable=True))


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("package", schema=None) as batch_op:
        batch_op.drop_column("sources")
        batch_op.drop_column("content_at")

    op.drop_table("package_awaited")

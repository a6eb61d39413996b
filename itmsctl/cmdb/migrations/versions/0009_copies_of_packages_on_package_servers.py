"""copies of packages on package servers.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Big, Moment, Text

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "package_copy",
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("package_id", sa.Integer(), nullable=False),
        sa.Column("manifest", Text(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", Moment(), nullable=True),
        sa.Column("sent_bytes", Big, nullable=False),
        sa.Column("pulled_bytes", Big, nullable=False),
        sa.Column("total_bytes", Big, nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("source", Text(), nullable=True),
        sa.Column("message", Text(), nullable=True),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["package_id"], ["package.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["server_id"], ["site_server.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("server_id", "package_id"),
    )


def downgrade() -> None:
    views.drop(op.get_bind())
    op.drop_table("package_copy")

"""contents on package servers that are to be removed.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Moment, Text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "package_stale",
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("manifest", Text(), nullable=False),
        sa.Column("package", Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["site_server.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("server_id", "manifest"),
    )


def downgrade() -> None:
    views.drop(op.get_bind())
    op.drop_table("package_stale")

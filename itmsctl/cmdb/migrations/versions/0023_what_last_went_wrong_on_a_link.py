"""what last went wrong on a link.

Revision ID: 0023
Revises: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Moment, Text

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "link_trouble",
        sa.Column("peer", Text(), nullable=False),
        sa.Column("way", Text(), nullable=False),
        sa.Column("rule", Text(), nullable=False),
        sa.Column("code", Text(), nullable=False),
        sa.Column("said", Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("peer", "way", "rule"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    views.drop(op.get_bind())
    op.drop_table("link_trouble")

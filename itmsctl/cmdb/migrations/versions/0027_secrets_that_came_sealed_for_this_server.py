"""secrets that came sealed for this server.

Revision ID: 0027
Revises: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Moment, Text

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "arrived_secret",
        sa.Column("guid", Text(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("guid"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    views.drop(op.get_bind())
    op.drop_table("arrived_secret")

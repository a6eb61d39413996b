"""parts of files of usage, each stored once.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Moment, Text

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "metering_part",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("digest", Text(), nullable=False),
        sa.Column("stored_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "digest"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("metering_part", schema=None) as batch_op:
        batch_op.create_index("ix_metering_part_stored_at", ["stored_at"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("metering_part", schema=None) as batch_op:
        batch_op.drop_index("ix_metering_part_stored_at")

    op.drop_table("metering_part")

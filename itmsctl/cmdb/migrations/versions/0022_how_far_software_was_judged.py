"""how far software was judged.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Moment, Text

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "software_judging",
        sa.Column("software_id", sa.Integer(), nullable=False),
        sa.Column("judged_by", Text(), nullable=True),
        sa.Column("judged_at", Moment(), nullable=True),
        sa.Column("coming", Text(), nullable=True),
        sa.Column("after_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["software_id"], ["software.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("software_id"),
    )
    with op.batch_alter_table("software", schema=None) as batch_op:
        batch_op.drop_column("judged_by")


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("software", schema=None) as batch_op:
        batch_op.add_column(sa.Column("judged_by", sa.TEXT(), nullable=True))

    op.drop_table("software_judging")

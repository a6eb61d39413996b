"""deliveries may be put off, and software waits for a restart.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.add_column(sa.Column("defer", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("defer_s", sa.Float(), nullable=True))

    with op.batch_alter_table("software_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("restart_boot", Text(), nullable=True))
        batch_op.add_column(sa.Column("restart_action", Text(), nullable=True))


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("software_state", schema=None) as batch_op:
        batch_op.drop_column("restart_action")
        batch_op.drop_column("restart_boot")

    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_column("defer_s")
        batch_op.drop_column("defer")

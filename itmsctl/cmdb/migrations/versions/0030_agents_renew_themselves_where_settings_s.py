"""Agents renew themselves where settings say so.

Revision ID: 0030
Revises: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    with op.batch_alter_table("agent_settings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("self_update", sa.Boolean(), nullable=True))

    op.execute('UPDATE "agent_settings" SET "self_update" = false')
    with op.batch_alter_table("agent_settings", schema=None) as batch_op:
        batch_op.alter_column("self_update", existing_type=sa.Boolean(), nullable=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("agent_settings", schema=None) as batch_op:
        batch_op.drop_column("self_update")

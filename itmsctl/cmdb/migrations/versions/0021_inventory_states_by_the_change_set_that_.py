"""inventory states by the change-set that stored them, for replication.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    with op.batch_alter_table("inventory_state", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stored_by", sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_inventory_state_changed"))
        batch_op.create_index("ix_inventory_state_stored", ["stored_by"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("inventory_state", schema=None) as batch_op:
        batch_op.drop_index("ix_inventory_state_stored")
        batch_op.create_index(batch_op.f("ix_inventory_state_changed"), ["class_name", "changed_at"], unique=False)
        batch_op.drop_column("stored_by")

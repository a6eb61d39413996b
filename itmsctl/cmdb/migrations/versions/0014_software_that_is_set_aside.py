"""software that is set aside.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    with op.batch_alter_table("software", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unmanaged", sa.Boolean(), nullable=True))

    op.execute('UPDATE "software" SET "unmanaged" = false')
    with op.batch_alter_table("software", schema=None) as batch_op:
        batch_op.alter_column("unmanaged", existing_type=sa.Boolean(), nullable=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("software", schema=None) as batch_op:
        batch_op.drop_column("unmanaged")

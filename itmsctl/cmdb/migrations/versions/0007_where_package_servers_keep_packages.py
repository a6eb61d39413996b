"""where package servers keep packages.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Text

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    with op.batch_alter_table("site_server", schema=None) as batch_op:
        batch_op.add_column(sa.Column("folder", Text(), nullable=True))
        batch_op.add_column(sa.Column("urls", Json(), nullable=True))
        batch_op.add_column(sa.Column("rate_kbit", sa.Integer(), nullable=True))


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("site_server", schema=None) as batch_op:
        batch_op.drop_column("rate_kbit")
        batch_op.drop_column("urls")
        batch_op.drop_column("folder")

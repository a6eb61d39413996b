"""events of other servers.

Revision ID: 0031
Revises: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Moment, Text

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "arrived_event",
        sa.Column("origin", Text(), nullable=False),
        sa.Column("run", Text(), nullable=False),
        sa.Column("computer", Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("came_from", Text(), nullable=False),
        sa.Column("server", Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", Text(), nullable=False),
        sa.Column("policy", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("reason", Text(), nullable=True),
        sa.Column("message", Text(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("run_ended_at", Moment(), nullable=False),
        sa.Column("arrived_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("origin", "run", "computer", "attempt"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("arrived_event", schema=None) as batch_op:
        batch_op.create_index("ix_arrived_event_arrived", ["arrived_at"], unique=False)

    with op.batch_alter_table("replication_rule", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until", Text(), nullable=True))


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("replication_rule", schema=None) as batch_op:
        batch_op.drop_column("until")

    with op.batch_alter_table("arrived_event", schema=None) as batch_op:
        batch_op.drop_index("ix_arrived_event_arrived")

    op.drop_table("arrived_event")

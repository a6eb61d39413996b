"""what came from other servers: whose it is, what is open, what could not be put.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "opened_field",
        sa.Column("kind", Text(), nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("field", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "guid", "field"),
    )
    op.create_table(
        "replicated_object",
        sa.Column("kind", Text(), nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("owner", Text(), nullable=False),
        sa.Column("rule", Text(), nullable=False),
        sa.Column("hash", Text(), nullable=False),
        sa.Column("held", Text(), nullable=False),
        sa.Column("opened", Json(), nullable=True),
        sa.Column("sent", Json(), nullable=True),
        sa.Column("state", Text(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("batch", Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "guid"),
    )
    with op.batch_alter_table("replicated_object", schema=None) as batch_op:
        batch_op.create_index("ix_replicated_object_origin", ["origin", "kind"], unique=False)

    op.create_table(
        "replication_conflict",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("what", Text(), nullable=False),
        sa.Column("why", Text(), nullable=False),
        sa.Column("ours", Json(), nullable=True),
        sa.Column("theirs", Json(), nullable=True),
        sa.Column("state", Text(), nullable=False),
        sa.Column("batch", Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("replication_conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replication_conflict_guid"), ["guid"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("replication_conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replication_conflict_guid"))

    op.drop_table("replication_conflict")
    with op.batch_alter_table("replicated_object", schema=None) as batch_op:
        batch_op.drop_index("ix_replicated_object_origin")

    op.drop_table("replicated_object")
    op.drop_table("opened_field")

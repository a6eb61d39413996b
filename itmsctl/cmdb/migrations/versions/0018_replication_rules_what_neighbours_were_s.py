"""replication rules, what neighbours were sent, and which rows of inventory changed since a moment.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "sent_mark",
        sa.Column("peer", Text(), nullable=False),
        sa.Column("rule", Text(), nullable=False),
        sa.Column("part", Text(), nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("peer", "rule", "part"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sent_object",
        sa.Column("peer", Text(), nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("hash", Text(), nullable=True),
        sa.Column("why", Text(), nullable=True),
        sa.PrimaryKeyConstraint("peer", "kind", "guid"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("sent_object", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sent_object_again",
            ["peer", "kind"],
            unique=False,
            postgresql_where=sa.text("hash IS NULL"),
            sqlite_where=sa.text("hash IS NULL"),
        )

    op.create_table(
        "replication_rule",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("direction", Text(), nullable=False),
        sa.Column("kinds", Json(), nullable=False),
        sa.Column("classes", Json(), nullable=True),
        sa.Column("servers", Json(), nullable=True),
        sa.Column("target", Text(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("mode", Text(), nullable=False),
        sa.Column("verify_pct", sa.Integer(), nullable=True),
        sa.Column("purge", sa.Boolean(), nullable=False),
        sa.Column("forced", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("put_to_use", Moment(), nullable=True),
        sa.Column("handled", Moment(), nullable=True),
        sa.Column("timing", Text(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedule.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    with op.batch_alter_table("replication_rule", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replication_rule_schedule_id"), ["schedule_id"], unique=False)

    with op.batch_alter_table("inventory_state", schema=None) as batch_op:
        batch_op.create_index("ix_inventory_state_changed", ["class_name", "changed_at"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("inventory_state", schema=None) as batch_op:
        batch_op.drop_index("ix_inventory_state_changed")

    with op.batch_alter_table("replication_rule", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replication_rule_schedule_id"))

    op.drop_table("replication_rule")
    with op.batch_alter_table("sent_object", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_sent_object_again", postgresql_where=sa.text("hash IS NULL"), sqlite_where=sa.text("hash IS NULL")
        )

    op.drop_table("sent_object")
    op.drop_table("sent_mark")

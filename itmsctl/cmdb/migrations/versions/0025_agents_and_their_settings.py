"""agents and their settings.

Revision ID: 0025
Revises: 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "agent",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("why", Text(), nullable=True),
        sa.Column("public_key", Text(), nullable=False),
        sa.Column("machine", Text(), nullable=False),
        sa.Column("computer_id", sa.Integer(), nullable=True),
        sa.Column("told", Json(), nullable=True),
        sa.Column("version", Text(), nullable=True),
        sa.Column("registered_at", Moment(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("recent", Json(), nullable=True),
        sa.Column("policy", sa.Integer(), nullable=False),
        sa.Column("content", Text(), nullable=True),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("again", Json(), nullable=True),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
    )
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agent_computer_id"), ["computer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agent_name"), ["name"], unique=False)

    op.create_table(
        "agent_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("target", Text(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("folder", Text(), nullable=True),
        sa.Column("source", Text(), nullable=True),
        sa.Column("inbox", Text(), nullable=True),
        sa.Column("collected", Text(), nullable=True),
        sa.Column("interval_s", sa.Float(), nullable=True),
        sa.Column("inventory_s", sa.Float(), nullable=True),
        sa.Column("splay_s", sa.Float(), nullable=True),
        sa.Column("lasts_s", sa.Float(), nullable=True),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
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
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    with op.batch_alter_table("agent_settings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agent_settings_schedule_id"), ["schedule_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_agent_settings_site_id"), ["site_id"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("agent_settings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agent_settings_site_id"))
        batch_op.drop_index(batch_op.f("ix_agent_settings_schedule_id"))

    op.drop_table("agent_settings")
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agent_name"))
        batch_op.drop_index(batch_op.f("ix_agent_computer_id"))

    op.drop_table("agent")

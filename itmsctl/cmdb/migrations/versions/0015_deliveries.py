"""deliveries.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "delivery",
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
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("deadline_s", sa.Float(), nullable=True),
        sa.Column("ignore_windows", sa.Boolean(), nullable=False),
        sa.Column("profile_id", sa.Integer(), nullable=True),
        sa.Column("transport", Text(), nullable=True),
        sa.Column("key_files", Json(), nullable=True),
        sa.Column("credentials", Json(), nullable=True),
        sa.Column("use_agent", sa.Boolean(), nullable=False),
        sa.Column("user", Text(), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("accept_new", sa.Boolean(), nullable=False),
        sa.Column("connect_timeout_s", sa.Float(), nullable=True),
        sa.Column("confirm", Text(), nullable=True),
        sa.Column("payload_kbit", sa.Float(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("put_to_use", Moment(), nullable=True),
        sa.Column("handled", Moment(), nullable=True),
        sa.Column("timing", Text(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("action", Text(), nullable=False),
        sa.Column("run_schedule_id", sa.Integer(), nullable=True),
        sa.Column("reboot", Text(), nullable=True),
        sa.Column("run_as", Text(), nullable=True),
        sa.Column("cache", Text(), nullable=True),
        sa.Column("batch", Text(), nullable=True),
        sa.Column("rings", Text(), nullable=True),
        sa.Column("seed", Text(), nullable=True),
        sa.Column("max_fail", Text(), nullable=True),
        sa.Column("gate_success", Text(), nullable=True),
        sa.Column("soak_s", sa.Float(), nullable=True),
        sa.Column("health", Text(), nullable=True),
        sa.Column("splay_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["connection_profile.id"],
        ),
        sa.ForeignKeyConstraint(
            ["run_schedule_id"],
            ["schedule.id"],
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedule.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_profile_id"), ["profile_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_run_schedule_id"), ["run_schedule_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_schedule_id"), ["schedule_id"], unique=False)

    op.create_table(
        "delivery_software",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("software_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["software_id"],
            ["software.id"],
        ),
        sa.PrimaryKeyConstraint("delivery_id", "software_id"),
    )
    with op.batch_alter_table("delivery_software", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_software_software_id"), ["software_id"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("delivery_software", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_software_software_id"))

    op.drop_table("delivery_software")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_schedule_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_run_schedule_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_profile_id"))

    op.drop_table("delivery")

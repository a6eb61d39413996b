"""usage metering: policies, programs, days, events.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Big, Json, Moment, Text

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "metering_program",
        sa.Column("program_id", Big, autoincrement=False, nullable=False),
        sa.Column("program", Text(), nullable=False),
        sa.Column("file_name", Text(), nullable=False),
        sa.Column("path", Text(), nullable=True),
        sa.Column("product", Text(), nullable=True),
        sa.Column("vendor", Text(), nullable=True),
        sa.Column("version", Text(), nullable=True),
        sa.Column("version_key", Text(), nullable=True),
        sa.PrimaryKeyConstraint("program_id"),
    )
    with op.batch_alter_table("metering_program", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_metering_program_product"), ["product"], unique=False)
        batch_op.create_index(batch_op.f("ix_metering_program_program"), ["program"], unique=False)

    op.create_table(
        "metering_day",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("day", Text(), nullable=False),
        sa.Column("program_id", Big, nullable=False),
        sa.Column("user_name", Text(), nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("denials", sa.Integer(), nullable=False),
        sa.Column("violations", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "day", "program_id", "user_name"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("metering_day", schema=None) as batch_op:
        batch_op.create_index("ix_metering_day_day", ["day"], unique=False)
        batch_op.create_index("ix_metering_day_program_id", ["program_id"], unique=False)

    op.create_table(
        "metering_event",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.Column("program_id", Big, nullable=False),
        sa.Column("event", Text(), nullable=False),
        sa.Column("user_name", Text(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.Column("process", Big, nullable=True),
        sa.Column("violation", sa.Boolean(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "at", "ord"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("metering_event", schema=None) as batch_op:
        batch_op.create_index("ix_metering_event_at", ["at"], unique=False)
        batch_op.create_index("ix_metering_event_program_id", ["program_id"], unique=False)

    op.create_table(
        "metering_state",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("class_name", Text(), nullable=False),
        sa.Column("collected_at", Moment(), nullable=True),
        sa.Column("begun_at", Moment(), nullable=True),
        sa.Column("source", Text(), nullable=False),
        sa.Column("unread", Text(), nullable=True),
        sa.Column("positions", Json(), nullable=True),
        sa.ForeignKeyConstraint(["computer_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "class_name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "metering_usage",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("program_id", Big, nullable=False),
        sa.Column("first_used", Moment(), nullable=True),
        sa.Column("last_used", Moment(), nullable=True),
        sa.Column("last_user", Text(), nullable=True),
        sa.Column("starts", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("denials", sa.Integer(), nullable=False),
        sa.Column("last_denied", Moment(), nullable=True),
        sa.Column("violations", sa.Integer(), nullable=False),
        sa.Column("last_violated", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["computer_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "program_id"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("metering_usage", schema=None) as batch_op:
        batch_op.create_index("ix_metering_usage_program_id", ["program_id"], unique=False)

    op.create_table(
        "metering_policy",
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
        sa.Column("files", Json(), nullable=True),
        sa.Column("paths", Json(), nullable=True),
        sa.Column("products", Json(), nullable=True),
        sa.Column("vendors", Json(), nullable=True),
        sa.Column("versions", Json(), nullable=True),
        sa.Column("detail", Text(), nullable=False),
        sa.Column("every_s", sa.Float(), nullable=True),
        sa.Column("throttle_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["connection_profile.id"],
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["schedule.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    with op.batch_alter_table("metering_policy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_metering_policy_profile_id"), ["profile_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_metering_policy_schedule_id"), ["schedule_id"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("metering_policy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_metering_policy_schedule_id"))
        batch_op.drop_index(batch_op.f("ix_metering_policy_profile_id"))

    op.drop_table("metering_policy")
    with op.batch_alter_table("metering_usage", schema=None) as batch_op:
        batch_op.drop_index("ix_metering_usage_program_id")

    op.drop_table("metering_usage")
    op.drop_table("metering_state")
    with op.batch_alter_table("metering_event", schema=None) as batch_op:
        batch_op.drop_index("ix_metering_event_program_id")
        batch_op.drop_index("ix_metering_event_at")

    op.drop_table("metering_event")
    with op.batch_alter_table("metering_day", schema=None) as batch_op:
        batch_op.drop_index("ix_metering_day_program_id")
        batch_op.drop_index("ix_metering_day_day")

    op.drop_table("metering_day")
    with op.batch_alter_table("metering_program", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_metering_program_program"))
        batch_op.drop_index(batch_op.f("ix_metering_program_product"))

    op.drop_table("metering_program")

"""baselines.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "baseline",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("data_class", Text(), nullable=False),
        sa.Column("columns", Json(), nullable=True),
        sa.Column("include", Json(), nullable=True),
        sa.Column("exclude", Json(), nullable=True),
        sa.Column("allow_extra", sa.Boolean(), nullable=False),
        sa.Column("rows", Text(), nullable=False),
        sa.Column("reference", Text(), nullable=True),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "baseline_deviation",
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("ord", sa.Integer(), nullable=False),
        sa.Column("item", Text(), nullable=False),
        sa.Column("deviation", Text(), nullable=False),
        sa.Column("column_name", Text(), nullable=True),
        sa.Column("expected", Text(), nullable=True),
        sa.Column("found", Text(), nullable=True),
        sa.ForeignKeyConstraint(["baseline_id"], ["baseline.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["computer_id"], ["computer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("baseline_id", "computer_id", "ord"),
    )
    with op.batch_alter_table("baseline_deviation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_baseline_deviation_computer_id"), ["computer_id"], unique=False)

    op.create_table(
        "baseline_result",
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("matching", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("extra", sa.Integer(), nullable=False),
        sa.Column("compliance", sa.Float(), nullable=True),
        sa.Column("collected_at", Moment(), nullable=True),
        sa.Column("compared_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["baseline_id"], ["baseline.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["computer_id"], ["computer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("baseline_id", "computer_id"),
    )
    with op.batch_alter_table("baseline_result", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_baseline_result_computer_id"), ["computer_id"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("baseline_result", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_baseline_result_computer_id"))

    op.drop_table("baseline_result")
    with op.batch_alter_table("baseline_deviation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_baseline_deviation_computer_id"))

    op.drop_table("baseline_deviation")
    op.drop_table("baseline")

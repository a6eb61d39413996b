"""software resources and their states.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "software_due",
        sa.Column("class_name", Text(), nullable=False),
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("class_name", "computer_id"),
    )
    op.create_table(
        "software",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("vendor", Text(), nullable=True),
        sa.Column("version", Text(), nullable=True),
        sa.Column("scheme", Text(), nullable=True),
        sa.Column("package_id", sa.Integer(), nullable=True),
        sa.Column("detect", Text(), nullable=True),
        sa.Column("applies", Text(), nullable=True),
        sa.Column("install", Text(), nullable=True),
        sa.Column("upgrade", Text(), nullable=True),
        sa.Column("repair", Text(), nullable=True),
        sa.Column("uninstall", Text(), nullable=True),
        sa.Column("deliverable", sa.Boolean(), nullable=False),
        sa.Column("discovered", Json(), nullable=True),
        sa.Column("licenses", sa.Integer(), nullable=True),
        sa.Column("license_type", Text(), nullable=True),
        sa.Column("license_until", Text(), nullable=True),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("judged_by", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["package_id"],
            ["package.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    with op.batch_alter_table("software", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_software_package_id"), ["package_id"], unique=False)

    op.create_table(
        "software_conflicts",
        sa.Column("software_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["software.id"],
        ),
        sa.ForeignKeyConstraint(["software_id"], ["software.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("software_id", "other_id"),
    )
    with op.batch_alter_table("software_conflicts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_software_conflicts_other_id"), ["other_id"], unique=False)

    op.create_table(
        "software_depends",
        sa.Column("software_id", sa.Integer(), nullable=False),
        sa.Column("needed_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["needed_id"],
            ["software.id"],
        ),
        sa.ForeignKeyConstraint(["software_id"], ["software.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("software_id", "needed_id"),
    )
    with op.batch_alter_table("software_depends", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_software_depends_needed_id"), ["needed_id"], unique=False)

    op.create_table(
        "software_state",
        sa.Column("software_id", sa.Integer(), nullable=False),
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("reason", Text(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["computer.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["software_id"], ["software.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("software_id", "computer_id"),
    )
    with op.batch_alter_table("software_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_software_state_computer_id"), ["computer_id"], unique=False)

    op.create_table(
        "software_supersedes",
        sa.Column("software_id", sa.Integer(), nullable=False),
        sa.Column("former_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["former_id"],
            ["software.id"],
        ),
        sa.ForeignKeyConstraint(["software_id"], ["software.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("software_id", "former_id"),
    )
    with op.batch_alter_table("software_supersedes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_software_supersedes_former_id"), ["former_id"], unique=False)


def downgrade() -> None:
    views.drop(op.get_bind())
    with op.batch_alter_table("software_supersedes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_software_supersedes_former_id"))

    op.drop_table("software_supersedes")
    with op.batch_alter_table("software_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_software_state_computer_id"))

    op.drop_table("software_state")
    with op.batch_alter_table("software_depends", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_software_depends_needed_id"))

    op.drop_table("software_depends")
    with op.batch_alter_table("software_conflicts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_software_conflicts_other_id"))

    op.drop_table("software_conflicts")
    with op.batch_alter_table("software", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_software_package_id"))

    op.drop_table("software")
    op.drop_table("software_due")

"""links of a hierarchy, and the batches that were sent and taken over them.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import views
from itmsctl.cmdb.types import Json, Moment, Text

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    views.drop(op.get_bind())  # they read these tables; the newest revision makes them again
    op.create_table(
        "batch_sent",
        sa.Column("peer", Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rule", Text(), nullable=False),
        sa.Column("mode", Text(), nullable=False),
        sa.Column("run", Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("last", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("raw", sa.Integer(), nullable=False),
        sa.Column("sha256", Text(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.Column("reply", Json(), nullable=True),
        sa.PrimaryKeyConstraint("peer", "epoch", "seq"),
    )
    op.create_table(
        "batch_taken",
        sa.Column("origin", Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("nonce", Text(), nullable=False),
        sa.Column("rule", Text(), nullable=False),
        sa.Column("mode", Text(), nullable=False),
        sa.Column("run", Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("last", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("sha256", Text(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("reply", Json(), nullable=True),
        sa.PrimaryKeyConstraint("origin", "epoch", "seq"),
    )
    op.create_table(
        "peer",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("relation", Text(), nullable=False),
        sa.Column("channel", Text(), nullable=False),
        sa.Column("address", Text(), nullable=True),
        sa.Column("public_key", Text(), nullable=True),
        sa.Column("host_keys", Json(), nullable=True),
        sa.Column("nonce", Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("above", Json(), nullable=True),
        sa.Column("state", Text(), nullable=False),
        sa.Column("joined_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=True),
        sa.Column("skew_s", sa.Float(), nullable=True),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
    )


def downgrade() -> None:
    views.drop(op.get_bind())
    op.drop_table("peer")
    op.drop_table("batch_taken")
    op.drop_table("batch_sent")

"""The first schema: everything that the house has decided early, because later is dear.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

from itmsctl.cmdb import defined, views
from itmsctl.cmdb.types import Big, Json, Moment, Text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "association_type",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("from_kind", Text(), nullable=False),
        sa.Column("to_kind", Text(), nullable=False),
        sa.Column("many", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "blob",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "chain_checkpoint",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("changes", Big, nullable=False),
        sa.Column("digest", Text(), nullable=False),
        sa.Column("actor", Text(), nullable=False),
        sa.Column("purged_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "chain_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "change_set",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", Text(), nullable=False),
        sa.Column("command", Text(), nullable=False),
        sa.Column("reason", Text(), nullable=False),
        sa.Column("summary", Json(), nullable=False),
        sa.Column("digest", Text(), nullable=False),
        sa.Column("batch_digest", Text(), nullable=True),
        sa.Column("idempotency_key", Text(), nullable=True),
        sa.Column("prev_hash", Text(), nullable=False),
        sa.Column("hash", Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("idempotency_key"),
        sa.UniqueConstraint("seq"),
    )
    op.create_index(op.f("ix_change_set_at"), "change_set", ["at"], unique=False)
    op.create_table(
        "collection_state",
        sa.Column("collection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Moment(), nullable=True),
        sa.Column("seen_seq", Big, nullable=False),
        sa.PrimaryKeyConstraint("collection_id"),
    )
    op.create_table(  # profiles refer to it
        "credential",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("user", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rotated_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "connection_profile",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("transport", Text(), nullable=False),
        sa.Column("user", Text(), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("key_file", Text(), nullable=True),
        sa.Column("use_agent", sa.Boolean(), nullable=False),
        sa.Column("connect_timeout_s", sa.Float(), nullable=True),
        sa.Column("run_as", Text(), nullable=True),
        sa.Column("run_dir", Text(), nullable=True),
        sa.Column("credential_id", sa.Integer(), nullable=True),
        sa.Column("sudo_credential_id", sa.Integer(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["credential.id"],
        ),
        sa.ForeignKeyConstraint(
            ["sudo_credential_id"],
            ["credential.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "dirty",
        sa.Column("seq", Big, nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("class_name", Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "filter",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("type", Text(), nullable=False),
        sa.Column("where", Text(), nullable=True),
        sa.Column("sql", Text(), nullable=True),
        sa.Column("tree", Json(), nullable=True),
        sa.Column("classes", Json(), nullable=True),
        sa.Column("volatile", sa.Boolean(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "former_member",
        sa.Column("resource_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.PrimaryKeyConstraint("resource_id"),
    )
    op.create_table(
        "id_block",
        sa.Column("name", Text(), nullable=False),
        sa.Column("next", Big, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "lease",
        sa.Column("name", Text(), nullable=False),
        sa.Column("owner", Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "member_log",
        sa.Column("seq", Big, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_member_log_collection", "member_log", ["collection_id", "run_id"], unique=False)
    op.create_table(
        "membership_run",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=False),
        sa.Column("filters", sa.Integer(), nullable=False),
        sa.Column("groups", sa.Integer(), nullable=False),
        sa.Column("targets", sa.Integer(), nullable=False),
        sa.Column("computers", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_membership_run_ended_at"), "membership_run", ["ended_at"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", Text(), nullable=False),
        sa.Column("value", Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "org_view",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("kind", "name_key"),
    )
    op.create_index("ix_resource_name", "resource", ["name"], unique=False)
    op.create_table(
        "resource_merge",
        sa.Column("loser_guid", Text(), nullable=False),
        sa.Column("loser_name", Text(), nullable=False),
        sa.Column("winner_guid", Text(), nullable=False),
        sa.Column("loser_document", Json(), nullable=False),
        sa.Column("winner_document", Json(), nullable=False),
        sa.Column("change_set", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("split_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("loser_guid"),
    )
    op.create_index(op.f("ix_resource_merge_winner_guid"), "resource_merge", ["winner_guid"], unique=False)
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("task_name", Text(), nullable=True),
        sa.Column("program", Json(), nullable=False),
        sa.Column("options", Json(), nullable=False),
        sa.Column("via", Json(), nullable=False),
        sa.Column("selector", Text(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("why", Text(), nullable=True),
        sa.Column("policy_id", sa.Integer(), nullable=True),
        sa.Column("deadline_at", Moment(), nullable=True),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("number"),
    )
    op.create_index(op.f("ix_run_created_at"), "run", ["created_at"], unique=False)
    op.create_index(op.f("ix_run_state"), "run", ["state"], unique=False)
    op.create_index(op.f("ix_run_task_id"), "run", ["task_id"], unique=False)
    op.create_index(op.f("ix_run_job_id"), "run", ["job_id"], unique=False)
    op.create_index(op.f("ix_run_policy_id"), "run", ["policy_id"], unique=False)
    op.create_table(
        "run_attempt",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("computer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("reason", Text(), nullable=True),
        sa.Column("message", Text(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "computer_id", "attempt"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_output",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("computer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("retry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("stream", Text(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("tail", sa.LargeBinary(), nullable=True),
        sa.Column("total", Big, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "computer_id", "attempt", "position", "retry", "stream"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_step",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("computer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("retry", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("reason", Text(), nullable=True),
        sa.Column("message", Text(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "computer_id", "attempt", "position", "retry"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_wave",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("computers", sa.Integer(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("why", Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"]),
        sa.PrimaryKeyConstraint("run_id", "wave"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.Column("time_zone", Text(), nullable=True),
        sa.Column("facility", Text(), nullable=True),
        sa.Column("region", Text(), nullable=True),
        sa.Column("status", Text(), nullable=True),
        sa.Column("management_server", sa.Boolean(), nullable=False),
        sa.Column("force_task_servers", sa.Boolean(), nullable=False),
        sa.Column("link_kbit", sa.Integer(), nullable=True),
        sa.Column("endpoints", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("owner", Text(), nullable=False),
        sa.Column("definition", Json(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("type", Text(), nullable=False),
        sa.Column("interpreter", Text(), nullable=True),
        sa.Column("body", Text(), nullable=True),
        sa.Column("arguments", Json(), nullable=True),
        sa.Column("parameters", Json(), nullable=True),
        sa.Column("parameter_types", Json(), nullable=True),
        sa.Column("time_limit_s", sa.Float(), nullable=True),
        sa.Column("run_as", Text(), nullable=True),
        sa.Column("idempotent", sa.Boolean(), nullable=False),
        sa.Column("destructive", sa.Boolean(), nullable=False),
        sa.Column("success_codes", Text(), nullable=True),
        sa.Column("reboot_codes", Text(), nullable=True),
        sa.Column("retry_codes", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "association",
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["resource.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["to_id"], ["resource.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["type_id"],
            ["association_type.id"],
        ),
        sa.PrimaryKeyConstraint("type_id", "from_id", "to_id"),
    )
    op.create_index("ix_association_to", "association", ["to_id", "type_id"], unique=False)
    op.create_table(
        "change",
        sa.Column("change_set", sa.Integer(), nullable=False),
        sa.Column("ord", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("action", Text(), nullable=False),
        sa.Column("before", Text(), nullable=True),
        sa.Column("after", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["change_set"],
            ["change_set.id"],
        ),
        sa.PrimaryKeyConstraint("change_set", "ord"),
    )
    op.create_index("ix_change_kind_guid", "change", ["kind", "guid"], unique=False)
    op.create_table(
        "computer",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("os_family", Text(), nullable=True),
        sa.Column("device_kind", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("port", sa.Integer(), nullable=True),
        sa.Column("user", Text(), nullable=True),
        sa.Column("management_address", Text(), nullable=True),
        sa.Column("time_zone", Text(), nullable=True),
        sa.Column("locked", Text(), nullable=True),
        sa.Column("profile_id", sa.Integer(), nullable=True),
        sa.Column("last_seen", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["resource.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "host_key",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("key_type", Text(), nullable=False),
        sa.Column("fingerprint", Text(), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "key_type", "fingerprint"),
    )
    op.create_index("ix_host_key_fingerprint", "host_key", ["fingerprint"], unique=False)
    op.create_table(
        "member",
        sa.Column("collection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("collection_id", "resource_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_member_resource", "member", ["resource_id", "collection_id"], unique=False)
    op.create_table(
        "org_group",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("view_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("type", Text(), nullable=False),
        sa.Column("where", Text(), nullable=True),
        sa.Column("tree", Json(), nullable=True),
        sa.Column("classes", Json(), nullable=True),
        sa.Column("volatile", sa.Boolean(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["org_group.id"],
        ),
        sa.ForeignKeyConstraint(
            ["view_id"],
            ["org_view.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_index(op.f("ix_org_group_parent_id"), "org_group", ["parent_id"], unique=False)
    op.create_index(op.f("ix_org_group_view_id"), "org_group", ["view_id"], unique=False)
    op.create_table(
        "resource_tag",
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("key", Text(), nullable=False),
        sa.Column("value", Text(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("resource_id", "key"),
    )
    op.create_index("ix_resource_tag_key", "resource_tag", ["key", "value"], unique=False)
    op.create_table(
        "run_computer",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("computer_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("computer_guid", Text(), nullable=False),
        sa.Column("computer_name", Text(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("not_before", Moment(), nullable=False),
        sa.Column("earliest", Moment(), nullable=True),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("stopped", Text(), nullable=True),
        sa.Column("let_pass", Moment(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("reason", Text(), nullable=True),
        sa.Column("message", Text(), nullable=True),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("duration_s", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["run.id"],
        ),
        sa.PrimaryKeyConstraint("run_id", "computer_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_computer_computer", "run_computer", ["computer_id"], unique=False)
    op.create_index("ix_run_computer_state", "run_computer", ["run_id", "state", "not_before"], unique=False)
    queued = sa.text("state = 'queued'")
    op.create_index("ix_run_computer_due", "run_computer", ["not_before"], sqlite_where=queued, postgresql_where=queued)
    op.create_table(
        "job_step",
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", Text(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("parameters", Json(), nullable=True),
        sa.Column("when", Text(), nullable=True),
        sa.Column("on_error", Text(), nullable=False),
        sa.Column("role", Text(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("backoff_s", sa.Float(), nullable=False),
        sa.Column("time_limit_s", sa.Float(), nullable=True),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"]),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"]),
        sa.PrimaryKeyConstraint("job_id", "position"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_job_step_task_id", "job_step", ["task_id"], unique=False)
    op.create_table(
        "site_server",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("constrained", sa.Boolean(), nullable=False),
        sa.Column("desktop_os", sa.Boolean(), nullable=False),
        sa.Column("max_sessions", sa.Integer(), nullable=True),
        sa.Column("cores", sa.Integer(), nullable=True),
        sa.Column("ram_gb", sa.Float(), nullable=True),
        sa.Column("disk_gb", sa.Integer(), nullable=True),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["computer_id"],
            ["resource.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("computer_id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "static_member",
        sa.Column("collection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("collection_id", "resource_id"),
    )
    op.create_index("ix_static_member_resource", "static_member", ["resource_id"], unique=False)
    op.create_table(
        "subnet",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("start", sa.LargeBinary(), nullable=False),
        sa.Column("end", sa.LargeBinary(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("status", Text(), nullable=True),
        sa.Column("boot_relay", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_index("ix_subnet_range", "subnet", ["start", "end"], unique=False)
    op.create_index(op.f("ix_subnet_site_id"), "subnet", ["site_id"], unique=False)
    op.create_table(
        "target_part",
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["target_id"], ["target.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("target_id", "collection_id"),
    )
    op.create_index("ix_target_part_collection", "target_part", ["collection_id"], unique=False)
    op.create_table(
        "tombstone",
        sa.Column("guid", Text(), nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("change_set", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("guid"),
    )
    op.create_table(
        "computer_address",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("ord", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["computer_id"], ["computer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "ord"),
    )
    op.create_index("ix_computer_address_address", "computer_address", ["address"], unique=False)
    op.create_table(
        "computer_identity",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("value_key", Text(), nullable=False),
        sa.Column("value", Text(), nullable=False),
        sa.Column("junk", sa.Boolean(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.Column("first_seen", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["computer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "kind", "value_key"),
    )
    op.create_index("ix_computer_identity_value", "computer_identity", ["value_key", "kind"], unique=False)
    op.create_table(
        "computer_told",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.Column("field", Text(), nullable=False),
        sa.Column("value", Json(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.Column("filled", sa.Boolean(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["computer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "source", "field"),
    )
    op.create_table(
        "inventory_file",
        sa.Column("digest", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("why", Text(), nullable=True),
        sa.Column("computer", Text(), nullable=True),
        sa.Column("computers", sa.Integer(), nullable=False),
        sa.Column("bytes", Big, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("duplicates", sa.Integer(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_inventory_file_last_at", "inventory_file", ["last_at"], unique=False)
    op.create_table(
        "inventory_set_aside",
        sa.Column("guid", Text(), nullable=False),
        sa.Column("held", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("guid"),
    )
    op.create_table(
        "resource_user",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("full_name", Text(), nullable=True),
        sa.Column("domain", Text(), nullable=True),
        sa.Column("email", Text(), nullable=True),
        sa.Column("department", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["resource.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "computer_site",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("subnet_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["computer_id"], ["computer.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.id"],
        ),
        sa.ForeignKeyConstraint(
            ["subnet_id"],
            ["subnet.id"],
        ),
        sa.PrimaryKeyConstraint("computer_id", "subnet_id"),
    )
    op.create_index("ix_computer_site_site", "computer_site", ["site_id"], unique=False)
    op.create_index("ix_computer_site_subnet", "computer_site", ["subnet_id"], unique=False)
    op.create_table(
        "site_server_service",
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("service", Text(), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["site_server.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("server_id", "service"),
    )
    op.create_table(
        "site_server_site",
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["site_server.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.id"],
        ),
        sa.PrimaryKeyConstraint("server_id", "site_id"),
    )
    # the vault: ciphertext alone
    op.create_table(
        "vault",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("vault_id", Text(), nullable=False),
        sa.Column("state", Text(), nullable=False),
        sa.Column("key_id", Text(), nullable=False),
        sa.Column("kdf", Json(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("check_record", sa.LargeBinary(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("wrapped_at", Moment(), nullable=False),
        sa.Column("key_made_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "credential_secret",
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("field", Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("credential_id", "field", "version"),
    )
    op.create_table(
        "credential_scope",
        sa.Column("credential_id", sa.Integer(), nullable=False),
        sa.Column("ord", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("subnet_id", sa.Integer(), nullable=True),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["credential_id"], ["credential.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["site.id"],
        ),
        sa.ForeignKeyConstraint(
            ["subnet_id"],
            ["subnet.id"],
        ),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["target.id"],
        ),
        sa.PrimaryKeyConstraint("credential_id", "ord"),
    )
    op.create_index(op.f("ix_credential_scope_site_id"), "credential_scope", ["site_id"], unique=False)
    op.create_index(op.f("ix_credential_scope_subnet_id"), "credential_scope", ["subnet_id"], unique=False)
    op.create_index(op.f("ix_credential_scope_target_id"), "credential_scope", ["target_id"], unique=False)

    # --- schedules ---
    op.create_table(
        "schedule",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("at", Text(), nullable=True),
        sa.Column("daily", Text(), nullable=True),
        sa.Column("weekly", Text(), nullable=True),
        sa.Column("monthly", Text(), nullable=True),
        sa.Column("every_s", sa.Integer(), nullable=True),
        sa.Column("cron", Text(), nullable=True),
        sa.Column("rrule", Text(), nullable=True),
        sa.Column("asap", sa.Boolean(), nullable=False),
        sa.Column("event", Text(), nullable=True),
        sa.Column("start", Text(), nullable=True),
        sa.Column("time_zone", Text(), nullable=False),
        sa.Column("not_before", Text(), nullable=True),
        sa.Column("not_after", Text(), nullable=True),
        sa.Column("missed", Text(), nullable=False),
        sa.Column("overlap", Text(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "window_period",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("type", Text(), nullable=False),
        sa.Column("at", Text(), nullable=True),
        sa.Column("daily", Text(), nullable=True),
        sa.Column("weekly", Text(), nullable=True),
        sa.Column("monthly", Text(), nullable=True),
        sa.Column("every_s", sa.Integer(), nullable=True),
        sa.Column("cron", Text(), nullable=True),
        sa.Column("rrule", Text(), nullable=True),
        sa.Column("start", Text(), nullable=True),
        sa.Column("time_zone", Text(), nullable=False),
        sa.Column("not_before", Text(), nullable=True),
        sa.Column("not_after", Text(), nullable=True),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("everywhere", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "window_target",
        sa.Column("window_id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["window_id"], ["window_period.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("window_id", "collection_id"),
    )
    op.create_index("ix_window_target_collection", "window_target", ["collection_id"], unique=False)
    # --- policies ---
    op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("target", Text(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("event", Text(), nullable=True),
        sa.Column("parameters", Json(), nullable=True),
        sa.Column("deadline_s", sa.Float(), nullable=True),
        sa.Column("ignore_windows", sa.Boolean(), nullable=False),
        sa.Column("batch", Text(), nullable=True),
        sa.Column("rings", Text(), nullable=True),
        sa.Column("seed", Text(), nullable=True),
        sa.Column("max_fail", Text(), nullable=True),
        sa.Column("gate_success", Text(), nullable=True),
        sa.Column("soak_s", sa.Float(), nullable=True),
        sa.Column("health", Text(), nullable=True),
        sa.Column("splay_s", sa.Float(), nullable=True),
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
        sa.Column("workload", Text(), nullable=True),
        sa.Column("payload_kbit", sa.Float(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.Column("put_to_use", Moment(), nullable=True),
        sa.Column("handled", Moment(), nullable=True),
        sa.Column("timing", Text(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"]),
        sa.ForeignKeyConstraint(["profile_id"], ["connection_profile.id"]),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"]),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    for column in ("job_id", "profile_id", "schedule_id", "task_id"):
        op.create_index(f"ix_policy_{column}", "policy", [column], unique=False)
    op.create_table(
        "occurrence",
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("due", Moment(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.Column("local", Text(), nullable=True),
        sa.Column("schedule_revision", sa.Integer(), nullable=True),
        sa.Column("state", Text(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("why", Text(), nullable=True),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("change", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"]),
        sa.PrimaryKeyConstraint("policy_id", "due", "source"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_occurrence_run_id", "occurrence", ["run_id"], unique=False)
    op.create_index("ix_occurrence_state", "occurrence", ["state"], unique=False)
    op.create_table(
        "policy_event",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("key", Text(), nullable=True),
        sa.Column("raised_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", "key"),
    )
    op.create_table(
        "policy_seen",
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("policy_id", "resource_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_policy_seen_resource", "policy_seen", ["resource_id"], unique=False)
    # --- inventory ---
    op.create_table(
        "inventory_policy",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("mode", Text(), nullable=False),
        sa.Column("collect", Json(), nullable=True),
        sa.Column("exclude", Json(), nullable=True),
        sa.Column("target", Text(), nullable=False),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("every_s", sa.Float(), nullable=True),
        sa.Column("throttle_s", sa.Float(), nullable=True),
        sa.Column("server_pack", sa.Boolean(), nullable=False),
        sa.Column("nice", sa.Integer(), nullable=True),
        sa.Column("drives", Json(), nullable=True),
        sa.Column("exclude_drives", Json(), nullable=True),
        sa.Column("folders", Json(), nullable=True),
        sa.Column("exclude_folders", Json(), nullable=True),
        sa.Column("include_files", Json(), nullable=True),
        sa.Column("hash_files", sa.Boolean(), nullable=False),
        sa.Column("sizes_only", sa.Boolean(), nullable=False),
        sa.Column("remote_volumes", sa.Boolean(), nullable=False),
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
        sa.ForeignKeyConstraint(["profile_id"], ["connection_profile.id"]),
        sa.ForeignKeyConstraint(["schedule_id"], ["schedule.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    for column in ("profile_id", "schedule_id"):
        op.create_index(f"ix_inventory_policy_{column}", "inventory_policy", [column], unique=False)
    # --- reports ---
    op.create_table(
        "report",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("sql", Text(), nullable=False),
        sa.Column("parameters", Json(), nullable=True),
        sa.Column("parameter_types", Json(), nullable=True),
        sa.Column("drilldown", Text(), nullable=True),
        sa.Column("limit", sa.Integer(), nullable=True),
        sa.Column("time_limit_s", sa.Float(), nullable=True),
        sa.Column("owner", Text(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    # --- plans ---
    op.create_table(
        "apply_set",
        sa.Column("set_key", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.PrimaryKeyConstraint("set_key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "apply_set_member",
        sa.Column("set_key", Text(), nullable=False),
        sa.Column("kind", Text(), nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.PrimaryKeyConstraint("set_key", "kind", "guid"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_apply_set_member_guid", "apply_set_member", ["guid"], unique=False)
    # --- hierarchy ---
    op.create_table(
        "management_server",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("endpoints", sa.Integer(), nullable=True),
        sa.Column("consoles", sa.Integer(), nullable=True),
        sa.Column("asset_consoles", sa.Integer(), nullable=True),
        sa.Column("serves_agents", sa.Boolean(), nullable=False),
        sa.Column("deployment", sa.Boolean(), nullable=False),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("cores", sa.Integer(), nullable=True),
        sa.Column("ram_gb", sa.Float(), nullable=True),
        sa.Column("database", Text(), nullable=True),
        sa.Column("database_cores", sa.Integer(), nullable=True),
        sa.Column("database_ram_gb", sa.Float(), nullable=True),
        sa.Column("database_memory_gb", sa.Float(), nullable=True),
        sa.Column("volumes", Json(), nullable=True),
        sa.Column("raid", Json(), nullable=True),
        sa.Column("iops", Json(), nullable=True),
        sa.Column("autogrow_pct", sa.Integer(), nullable=True),
        sa.Column("autoshrink", sa.Boolean(), nullable=False),
        sa.Column("recovery", Text(), nullable=True),
        sa.Column("database_collation", Text(), nullable=True),
        sa.Column("other_databases", sa.Boolean(), nullable=False),
        sa.Column("agent_interval_s", sa.Float(), nullable=True),
        sa.Column("task_interval_s", sa.Float(), nullable=True),
        sa.Column("delta_membership_s", sa.Float(), nullable=True),
        sa.Column("complete_membership_s", sa.Float(), nullable=True),
        sa.Column("policy_membership_s", sa.Float(), nullable=True),
        sa.Column("replication_s", sa.Float(), nullable=True),
        sa.Column("report_autorun", sa.Boolean(), nullable=False),
        sa.Column("description", Text(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["management_server.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    for column in ("parent_id", "site_id"):
        op.create_index(f"ix_management_server_{column}", "management_server", [column], unique=False)
    op.create_table(
        "management_server_site",
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["management_server.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("server_id", "site_id"),
    )
    op.create_table(
        "gateway",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("cores", sa.Integer(), nullable=True),
        sa.Column("ram_gb", sa.Float(), nullable=True),
        sa.Column("disk_gb", sa.Integer(), nullable=True),
        sa.Column("nics", sa.Integer(), nullable=True),
        sa.Column("zone", Text(), nullable=True),
        sa.Column("agents", sa.Integer(), nullable=True),
        sa.Column("concurrent", sa.Integer(), nullable=True),
        sa.Column("description", Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "gateway_server",
        sa.Column("gateway_id", sa.Integer(), nullable=False),
        sa.Column("server_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["server_id"], ["management_server.id"]),
        sa.PrimaryKeyConstraint("gateway_id", "server_id"),
    )
    # --- sizing ---
    op.create_table(
        "sizing_exception",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("until", Text(), nullable=False),
        sa.Column("why", Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    # --- inventory ---
    op.create_table(
        "data_class",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("guid", Text(), nullable=False),
        sa.Column("name", Text(), nullable=False),
        sa.Column("name_key", Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("origin", Text(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("definition", Text(), nullable=False),
        sa.Column("packed", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("guid"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "inventory_churn",
        sa.Column("class_name", Text(), nullable=False),
        sa.Column("column_name", Text(), nullable=False),
        sa.Column("count", Big, nullable=False),
        sa.PrimaryKeyConstraint("class_name", "column_name"),
    )
    op.create_table(
        "inventory_computer",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["computer.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id"),
    )
    op.create_table(
        "inventory_state",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("class_name", Text(), nullable=False),
        sa.Column("source", Text(), nullable=False),
        sa.Column("digest", Text(), nullable=True),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("collected_at", Moment(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=True),
        sa.Column("unread", Text(), nullable=True),
        sa.Column("unread_at", Moment(), nullable=True),
        sa.Column("faults", Json(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("told", Big, nullable=True),
        sa.Column("volatile", Big, nullable=True),
        sa.ForeignKeyConstraint(["computer_id"], ["inventory_computer.computer_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "class_name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inventory_digests",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("class_name", Text(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["inventory_computer.computer_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "class_name"),
    )
    op.create_table(
        "inventory_closed",
        sa.Column("computer_id", sa.Integer(), nullable=False),
        sa.Column("class_name", Text(), nullable=False),
        sa.Column("row_key", Big, autoincrement=False, nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("row", Text(), nullable=False),
        sa.ForeignKeyConstraint(["computer_id"], ["inventory_computer.computer_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("computer_id", "class_name", "row_key", "since"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_inventory_closed_until", "inventory_closed", ["until"], unique=False)
    _seed()


def _seed() -> None:
    connection = op.get_bind()
    meta = {"server_guid": str(uuid.uuid4()), "epoch": "1", "nonce": uuid.uuid4().hex}
    connection.execute(
        sa.text("INSERT INTO meta (key, value) VALUES (:key, :value)"),
        [{"key": k, "value": v} for k, v in meta.items()],
    )
    connection.execute(sa.text("INSERT INTO id_block (name, next) VALUES ('run', 1)"))
    connection.execute(sa.text("INSERT INTO chain_head (id, seq, hash) VALUES (1, 0, :hash)"), {"hash": "0" * 64})
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("CREATE SEQUENCE item_id AS bigint START 1"))
    else:
        connection.execute(sa.text("INSERT INTO id_block (name, next) VALUES ('item', 1)"))
        connection.execute(sa.text("PRAGMA application_id = 1230261587"))


def downgrade() -> None:
    views.drop(op.get_bind())
    defined.drop(op.get_bind())
    for name in ("inventory_closed", "inventory_digests", "inventory_state", "inventory_churn", "data_class"):
        op.drop_table(name)
    op.drop_table("inventory_computer")
    op.drop_table("report")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE item_id")
    for name in ("sizing_exception", "gateway_server", "gateway", "management_server_site", "management_server"):
        op.drop_table(name)
    op.drop_table("apply_set_member")
    op.drop_table("apply_set")
    for name in ("inventory_policy", "policy_seen", "policy_event", "occurrence", "policy"):
        op.drop_table(name)
    op.drop_table("window_target")
    op.drop_table("window_period")
    op.drop_table("schedule")
    op.drop_table("credential_scope")
    op.drop_table("credential_secret")
    op.drop_table("vault")
    op.drop_table("site_server_site")
    op.drop_table("site_server_service")
    op.drop_table("computer_site")
    op.drop_table("inventory_set_aside")
    op.drop_table("inventory_file")
    op.drop_table("resource_user")
    op.drop_table("computer_told")
    op.drop_table("computer_identity")
    op.drop_table("computer_address")
    op.drop_table("tombstone")
    op.drop_table("target_part")
    op.drop_table("subnet")
    op.drop_table("static_member")
    op.drop_table("site_server")
    op.drop_table("job_step")
    op.drop_table("run_computer")
    op.drop_table("job")
    op.drop_table("run_wave")
    op.drop_table("run_step")
    op.drop_table("resource_tag")
    op.drop_table("org_group")
    op.drop_table("member")
    op.drop_table("host_key")
    op.drop_table("computer")
    op.drop_table("change")
    op.drop_table("association")
    op.drop_table("task")
    op.drop_table("target")
    op.drop_table("site")
    op.drop_table("run_output")
    op.drop_table("run_attempt")
    op.drop_table("run")
    op.drop_table("resource_merge")
    op.drop_table("resource")
    op.drop_table("org_view")
    op.drop_table("meta")
    op.drop_table("membership_run")
    op.drop_table("member_log")
    op.drop_table("lease")
    op.drop_table("id_block")
    op.drop_table("former_member")
    op.drop_table("filter")
    op.drop_table("dirty")
    op.drop_table("connection_profile")
    op.drop_table("credential")
    op.drop_table("collection_state")
    op.drop_table("change_set")
    op.drop_table("chain_head")
    op.drop_table("chain_checkpoint")
    op.drop_table("blob")
    op.drop_table("association_type")

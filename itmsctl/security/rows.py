"""The tables of the room `security`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.security.kinds import CREDENTIAL, PROFILE
from itmsctl.values.column import TableColumn, keys

profiles = table_of(PROFILE)
credentials = table_of(CREDENTIAL)
secrets = table(
    "credential_secret",
    TableColumn("credential_id", "int", key=True, ref="credential.id", cascade=True),
    *keys("field", sql="text"),
    *keys("version"),
    TableColumn("key_id"),
    TableColumn("sealed", "bytes"),
)
scopes = table(
    "credential_scope",
    TableColumn("credential_id", "int", key=True, ref="credential.id", cascade=True),
    *keys("ord"),
    TableColumn("site_id", "int", null=True, ref="site.id"),
    TableColumn("subnet_id", "int", null=True, ref="subnet.id"),
    TableColumn("target_id", "int", null=True, ref="target.id"),
)
host_keys = table(
    "host_key",
    TableColumn("computer_id", "int", key=True, ref="resource.id", cascade=True),
    *keys("key_type", "fingerprint", sql="text"),
    TableColumn("blob", "bytes"),
    TableColumn("state"),
    TableColumn("source"),
    TableColumn("changed_by", "int"),
    TableColumn("since", "time"),
)
vaults = table(
    "vault",
    *keys("id"),
    TableColumn("vault_id"),
    TableColumn("state"),
    TableColumn("key_id"),
    TableColumn("kdf", "json"),
    TableColumn("salt", "bytes"),
    TableColumn("wrapped_key", "bytes"),
    TableColumn("check_record", "bytes"),
    TableColumn("changed_by", "int"),
    TableColumn("created_at", "time"),
    TableColumn("wrapped_at", "time"),
    TableColumn("key_made_at", "time"),
)

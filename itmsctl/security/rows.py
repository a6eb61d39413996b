"""The tables of the room `security`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.security.kinds import CREDENTIAL, PROFILE
from itmsctl.values.column import Column, keys

profiles = table_of(PROFILE)
credentials = table_of(CREDENTIAL)
secrets = table(
    "credential_secret",
    Column("credential_id", "int", key=True, ref="credential.id", cascade=True),
    *keys("field", sql="text"),
    *keys("version"),
    Column("key_id"),
    Column("sealed", "bytes"),
)
scopes = table(
    "credential_scope",
    Column("credential_id", "int", key=True, ref="credential.id", cascade=True),
    *keys("ord"),
    Column("site_id", "int", null=True, ref="site.id"),
    Column("subnet_id", "int", null=True, ref="subnet.id"),
    Column("target_id", "int", null=True, ref="target.id"),
)
host_keys = table(
    "host_key",
    Column("computer_id", "int", key=True, ref="resource.id", cascade=True),
    *keys("key_type", "fingerprint", sql="text"),
    Column("blob", "bytes"),
    Column("state"),
    Column("source"),
    Column("changed_by", "int"),
    Column("since", "time"),
)
vaults = table(
    "vault",
    *keys("id"),
    Column("vault_id"),
    Column("state"),
    Column("key_id"),
    Column("kdf", "json"),
    Column("salt", "bytes"),
    Column("wrapped_key", "bytes"),
    Column("check_record", "bytes"),
    Column("changed_by", "int"),
    Column("created_at", "time"),
    Column("wrapped_at", "time"),
    Column("key_made_at", "time"),
)

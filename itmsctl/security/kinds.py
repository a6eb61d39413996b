"""What the nouns of `security` are."""

from __future__ import annotations

from itmsctl.values.kind import Danger, Field, Group, Kind, Owner, Type
from itmsctl.values.replicated import SECURITY_DOWN, item

TRANSPORTS = ("ssh", "openssh", "smb", "local")
CREDENTIAL_KINDS = ("password", "ssh-key", "sudo-password", "community", "snmp-v3", "token", "signing-key")

GROUPS = (
    Group(
        "profile",
        "Say how computers are reached: transport, user, port, key file.",
        "profile_app",
        "commands.profile",
        part="run",
    ),
    Group(
        "host-key",
        "Know computers by their host keys: show, scan, accept, revoke.",
        "host_key_app",
        "commands.host_key",
        part="run",
    ),
    Group(
        "vault",
        "Keep secrets sealed: make the vault, lock it, give it another passphrase or key.",
        "vault_app",
        "commands.vault",
        part="run",
    ),
    Group(
        "credential",
        "Name what to log in with; secrets go in, and are never shown.",
        "credential_app",
        "commands.credential",
        part="run",
    ),
)

PROFILE = Kind(
    name="profile",
    table="connection_profile",
    help="A connection profile: how to reach a set of computers. It never holds a secret.",
    shelf="itmsctl.security.service.profiles:PROFILES",
    replication=item("user", "port", "use_agent", "connect_timeout_s", "run_as", "run_dir", local=("key_file",)),
    fields=(
        Field(
            "transport",
            "Transport; openssh goes by ssh_config, smb moves files.",
            choices=TRANSPORTS,
            null=False,
            default="ssh",
        ),
        Field("user", "User to log in as."),
        Field("port", "Port of the management service.", Type.INT),
        Field("key_file", "File with the private key.", option="key"),
        Field("use_agent", "Use the keys of the SSH agent.", Type.BOOL, option="agent"),
        Field("connect_timeout_s", "Seconds from the first packet to a login.", Type.REAL, option="connect_timeout"),
        Field("run_as", "User that commands run as."),
        Field("run_dir", "Folder of runs on the computers; it belongs to whom commands run as, mode 0700."),
        Field("credential", "Credential to log in with.", Type.REF, ref="credential", column="credential_id"),
        Field("sudo_credential", "Credential for sudo.", Type.REF, ref="credential", column="sudo_credential_id"),
        Field("description", "What people should know about it."),
    ),
)

CREDENTIAL = Kind(
    name="credential",
    table="credential",
    help="Something to log in with, sealed in the vault: whose it is, and where it may go. The secret is never shown.",
    shelf="itmsctl.security.service.credential_shelf:CREDENTIALS",
    danger=Danger.MODERATE,
    replication=SECURITY_DOWN,
    fields=(
        Field("kind", "What it is.", choices=CREDENTIAL_KINDS, required=True),
        Field("user", "User that it belongs to: the login of those who use it."),
        Field("sites", "Site whose computers it may go to.", Type.LIST, ref="site", option="site", apart=True),
        Field("subnets", "Subnet whose computers it may go to.", Type.LIST, ref="subnet", option="subnet", apart=True),
        Field("targets", "Target whose computers it may go to.", Type.LIST, ref="target", option="target", apart=True),
        Field("description", "What people should know about it."),
        Field("version", "How often its secret was given, from 1.", Type.INT, Owner.SYSTEM, null=False),
        Field("rotated_at", "When its secret was given.", Type.TIME, Owner.SYSTEM, null=False),
    ),
)

KINDS = (PROFILE, CREDENTIAL)

HOOKS = {
    "recorded": "itmsctl.security.service.recorded:recorded",
    "computer_removed": "itmsctl.security.service.host_keys:unseal",
    "object_used": "itmsctl.security.service.scoping:users_of",
    "undo_barriers": "itmsctl.security.service.credential_shelf:lost_secrets",
    "doctor": ("itmsctl.security.service:shared_host_keys", "itmsctl.security.service.findings:vault_findings"),
    "doctor_reach": "itmsctl.security.service.reaching:reach",
    "computer_sections": "itmsctl.security.service:computer_sections",
}

"""Documented views of how computers are reached. No secret is in any of them, nor what it is sealed in."""

from __future__ import annotations

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

VIEWS = (
    View(
        "v_profile",
        "one row a connection profile",
        """SELECT p.guid, p.name, p.transport, p."user", p.port, p.use_agent, p.run_as, p.run_dir,
                  c.name AS credential, s.name AS sudo_credential, p.description
           FROM connection_profile p LEFT JOIN credential c ON c.id = p.credential_id
           LEFT JOIN credential s ON s.id = p.sudo_credential_id""",
        (
            ViewColumn("guid", "GUID of the profile", Type.GUID),
            ViewColumn("name", "name of the profile"),
            ViewColumn("transport", "ssh, openssh or local"),
            ViewColumn("user", 'user to log in as; written "user"'),
            ViewColumn("port", "port of the management service", Type.INT),
            ViewColumn("use_agent", "keys of the SSH agent are used", Type.BOOL),
            ViewColumn("run_as", "user that commands run as"),
            ViewColumn("run_dir", "folder of runs on the computers"),
            ViewColumn("credential", "credential to log in with"),
            ViewColumn("sudo_credential", "credential for sudo"),
            ViewColumn("description", "free text"),
        ),
    ),
    View(
        "v_credential",
        "one row a credential; never its secret",
        """SELECT guid, name, kind, "user", description, version, rotated_at, created_at, changed_at FROM credential""",
        (
            ViewColumn("guid", "GUID of the credential", Type.GUID),
            ViewColumn("name", "name of the credential"),
            ViewColumn("kind", "password, ssh-key, sudo-password, community or token"),
            ViewColumn("user", 'user that it belongs to; written "user"'),
            ViewColumn("description", "free text"),
            ViewColumn("version", "how often its secret was given, from 1", Type.INT),
            ViewColumn("rotated_at", "when its secret was given", Type.TIME),
            ViewColumn("created_at", "when it was added", Type.TIME),
            ViewColumn("changed_at", "when it was last changed", Type.TIME),
        ),
    ),
    View(
        "v_host_key",
        "one row a host key of a computer",
        """SELECT r.guid, r.name, k.key_type, k.fingerprint, k.state, k.source, k.since
           FROM host_key k JOIN resource r ON r.id = k.computer_id""",
        (
            ViewColumn("guid", "GUID of the computer", Type.GUID),
            ViewColumn("name", "name of the computer"),
            ViewColumn("key_type", "such as ssh-ed25519"),
            ViewColumn("fingerprint", "SHA256:... of the key"),
            ViewColumn("state", "pinned, retired or revoked"),
            ViewColumn("source", "how it was learned: accept, scan, accept-new, import"),
            ViewColumn("since", "since when it is in this state", Type.TIME),
        ),
        computer="guid",
    ),
)

"""Documented views of how computers are reached. No secret is in any of them, nor what it is sealed in."""

from __future__ import annotations

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn

VIEWS = (
    View(
        "v_credential_scope",
        "one row a site, subnet or target whose computers a credential may go to",
        """SELECT c.name AS credential, s.name AS site, n.name AS subnet, t.name AS target
           FROM credential_scope p JOIN credential c ON c.id = p.credential_id
           LEFT JOIN site s ON s.id = p.site_id LEFT JOIN subnet n ON n.id = p.subnet_id
           LEFT JOIN target t ON t.id = p.target_id""",
        (
            ViewColumn("credential", "name of the credential"),
            ViewColumn("site", "name of the site", of=("credential.sites",)),
            ViewColumn("subnet", "prefix of the subnet", of=("credential.subnets",)),
            ViewColumn("target", "name of the target", of=("credential.targets",)),
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

"""Certificates and public keys of SSH that lie where servers and users keep them."""

from __future__ import annotations

from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError
from itmsctl.inventory.parsers import ssh_public, x509

CERTIFICATES = (
    "/etc/ssl/certs/*.pem", "/etc/ssl/certs/*.crt", "/etc/ssl/*.pem", "/etc/ssl/*.crt", "/etc/ssl/private/*.pem",
    "/usr/local/share/ca-certificates/*.crt", "/usr/local/share/ca-certificates/*/*.crt", "/etc/pki/tls/certs/*.crt",
    "/etc/pki/tls/certs/*.pem", "/etc/pki/ca-trust/source/anchors/*", "/etc/letsencrypt/live/*/cert.pem",
    "/etc/nginx/ssl/*", "/etc/nginx/certs/*", "/etc/apache2/ssl/*", "/etc/httpd/ssl/*", "/etc/postfix/*.pem",
    "/etc/dovecot/private/*.pem", "/etc/dovecot/*.pem", "/etc/ldap/*.pem", "/etc/openldap/certs/*",
    "/etc/haproxy/certs/*",
    "/var/lib/postgresql/*/*/server.crt", "/etc/kubernetes/pki/*.crt",
)  # fmt: skip
"""Where certificates are looked for."""

KEYS = (
    "/etc/ssh/ssh_host_*_key.pub", "/etc/ssh/authorized_keys", "/etc/ssh/authorized_keys/*", "/root/.ssh/*.pub",
    "/root/.ssh/authorized_keys*", "/home/*/.ssh/*.pub", "/home/*/.ssh/authorized_keys*",
)  # fmt: skip
"""Where public keys of SSH are looked for."""

_MOST = 1 << 20
_BUNDLE = 60_000  # what is longer holds all authorities once more
_AUTHORITIES = ("/usr/share/ca-certificates/", "/etc/pki/ca-trust/extracted/")


def certificates(probe: Probe) -> Rows:
    """Return certificates; the authorities that come with the distribution only where the request asks for them."""
    rows: Rows = []
    seen: set[tuple[int, int]] = set()
    refused = ""
    for pattern in CERTIFICATES:
        for path in probe.files(pattern):
            status = probe.status(path)
            if status is None or (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            is_authority = probe.link(path).startswith(_AUTHORITIES)
            if is_authority and not probe.options.get("authorities"):
                continue
            try:
                text = probe.text(path, _MOST)
            except UnreadError as error:
                refused = refused or str(error)
                continue
            if "-----BEGIN" in text and len(text) < _BUNDLE:
                rows += x509.certificates_of(path, text)
    if refused and not rows:
        raise UnreadError(refused)
    return rows


def ssh_keys(probe: Probe) -> Rows:
    """Return keys of this computer and of its users."""
    parts = []
    refused = ""
    for pattern in KEYS:
        for path in probe.files(pattern):
            try:
                parts += [f"{path}\t{line}" for line in probe.text(path, _MOST).split("\n") if line.strip()]
            except UnreadError as error:
                refused = refused or str(error)
    if not parts and not probe.has("/etc/ssh"):
        raise AbsentError(refused or "no such file: /etc/ssh")
    return ssh_public.ssh_keys("\n".join(parts))

"""Servers of web pages, databases, mail, directories and more: version, configuration, instances."""

from __future__ import annotations

import re
from collections.abc import Iterator

from itmsctl.inventory.captured import filled
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.looks.people import names_of_users
from itmsctl.inventory.endpoint.looks.servers import SERVERS, Server
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError

PROGRAMS = tuple(sorted({" ".join((one.programs[0], *one.asks)) for one in SERVERS if one.asks}))
"""What is run to learn versions, where it is there."""

_VERSION = re.compile(r"(?<![\d.])(\d+\.\d+(?:\.\d+)*(?:p\d+|[-.]?(?:rc|beta|alpha)\w{0,8})?)")
_PG_DATA = ("/var/lib/postgresql/*/*/PG_VERSION", "/var/lib/pgsql/data/PG_VERSION", "/var/lib/pgsql/*/data/PG_VERSION")


def server_applications(probe: Probe) -> Rows:
    """Return servers that are there."""
    running = _running(probe)
    rows: Rows = []
    for one in SERVERS:
        path = _program(probe, one.programs)
        if not path or (one.name == "MySQL" and probe.link(path).endswith("mariadbd")):
            continue
        user = next((running[name] for name in one.process if name in running), None)
        rows += filled(
            {
                "type": one.type,
                "name": one.name,
                "version": _version(probe, path, one),
                "port": one.port,
                "path": path,
                "config_path": _first(probe, one.config),
                "data_path": _first(probe, one.data),
                "log_path": _first(probe, one.logs),
                "user": user,
                "is_running": any(name in running for name in one.process),
            }
        )
    return rows + list(_postgresql(probe, running))


def _program(probe: Probe, names: tuple[str, ...]) -> str:
    for name in names:
        for folder in (
            "/usr/sbin",
            "/usr/bin",
            "/usr/local/sbin",
            "/usr/local/bin",
            "/usr/libexec",
            "/usr/lib/postfix/sbin",
        ):
            if probe.has(f"{folder}/{name}"):
                return f"{folder}/{name}"
    return ""


def _first(probe: Probe, paths: tuple[str, ...]) -> str | None:
    return next((path for path in paths if probe.has(path)), None)


def _version(probe: Probe, path: str, one: Server) -> str | None:
    if not one.asks:
        return None
    try:
        text = probe.run(path.rpartition("/")[2], *one.asks, codes=(0, 1), with_errors=True)
    except UnreadError:
        return None
    found = _VERSION.search(text[:400])
    return found[1].rstrip(",") if found else None


def _running(probe: Probe) -> dict[str, str]:
    """Return the names of processes, each with the user of the first one."""
    found: dict[str, str] = {}
    wanted = {name for one in SERVERS for name in one.process} | {"postgres", "postmaster"}
    users: dict[str, str] = {}
    for path in probe.names("/proc"):
        if not path.isdigit():
            continue
        name = probe.line(f"/proc/{path}/comm")
        if name in wanted and name not in found:
            users = users or names_of_users(probe)
            status = probe.status(f"/proc/{path}")
            found[name] = users.get(str(status.st_uid), str(status.st_uid)) if status else ""
    return found


def _postgresql(probe: Probe, running: dict[str, str]) -> Iterator[dict[str, object]]:
    """Yield instances of PostgreSQL, by their folders of data; without those the program alone."""
    found = [path for pattern in _PG_DATA for path in probe.files(pattern)]
    for path in found:
        folder = path.rpartition("/")[0]
        parts = folder.split("/")
        version, name = (parts[-2], parts[-1]) if parts[-2][:1].isdigit() else (probe.line(path), "main")
        config = f"/etc/postgresql/{version}/{name}/postgresql.conf"
        config = config if probe.has(config) else f"{folder}/postgresql.conf"
        port = re.search(r"^\s*port\s*=\s*(\d{1,5})", probe.line(config), re.MULTILINE)
        yield from filled(
            {
                "type": "database",
                "name": "PostgreSQL",
                "instance": f"{version}/{name}",
                "version": _pg_version(probe, version) or version,
                "port": int(port[1]) if port else 5432,
                "config_path": config,
                "data_path": folder,
                "is_running": probe.has(f"{folder}/postmaster.pid"),
                "user": running.get("postgres"),
            }
        )
    if not found:
        for path in probe.files("/usr/lib/postgresql/*/bin/postgres"):
            version = path.split("/")[4]
            yield from filled(
                {
                    "type": "database",
                    "name": "PostgreSQL",
                    "instance": version,
                    "version": _pg_version(probe, version) or version,
                    "path": path,
                    "is_running": "postgres" in running,
                }
            )


def _pg_version(probe: Probe, version: str) -> str | None:
    """Return the whole version, as the package manager noted it."""
    try:
        text = probe.text("/var/lib/dpkg/status")
    except UnreadError:
        return None
    found = re.search(
        rf"^Package: postgresql-{re.escape(version)}\n(?:[^\n]+\n)*?Version: (\d+(?:\.\d+)+)", text, re.MULTILINE
    )
    return found[1] if found else None


def databases(probe: Probe) -> Rows:
    """Return databases of MySQL and MariaDB, each of which is a folder; those of others tell only who logs in there."""
    folder = "/var/lib/mysql"
    if not probe.has(folder):
        raise AbsentError(f"no such file: {folder}; other servers tell only who may log in there")
    names = probe.names(folder)
    if not names:
        raise UnreadError(f"needs root: {folder}")
    server = "MariaDB" if probe.has("/usr/sbin/mariadbd") else "MySQL"
    return [
        row
        for name in names
        if probe.names(f"{folder}/{name}") and not name.startswith(("#", "."))
        for row in filled({"server": server, "name": name})
    ]


_SITE = re.compile(
    r"^\s*<VirtualHost\s+([^>]{1,200})>(.*?)^\s*</VirtualHost>", re.MULTILINE | re.DOTALL | re.IGNORECASE
)
_WORDS = re.compile(
    r"^\s*(ServerName|ServerAlias|DocumentRoot|SSLCertificateFile|SSLEngine)\s+(.{1,500}?)\s*$",
    re.MULTILINE | re.IGNORECASE,
)
_NGINX = re.compile(r"^\s*(server_name|listen|root|ssl_certificate)\s+([^;]{1,500});", re.MULTILINE)
WEB_FILES = (
    "/etc/apache2/sites-enabled/*",
    "/etc/httpd/conf.d/*.conf",
    "/etc/nginx/sites-enabled/*",
    "/etc/nginx/conf.d/*.conf",
)
"""Where sites are defined."""


def web_sites(probe: Probe) -> Rows:
    """Return sites of Apache and nginx."""
    rows: Rows = []
    if not any(probe.has(folder) for folder in ("/etc/apache2", "/etc/httpd", "/etc/nginx")):
        raise AbsentError("no such file: /etc/apache2, /etc/httpd, /etc/nginx")
    for pattern in WEB_FILES:
        for path in probe.files(pattern):
            try:
                text = probe.text(path, 1 << 20)
            except UnreadError:
                continue
            rows += _nginx(path, text) if path.startswith("/etc/nginx") else _apache(path, text)
    return rows


def _apache(path: str, text: str) -> Rows:
    rows: Rows = []
    for binding, body in _SITE.findall(text):
        told: dict[str, list[str]] = {}
        for key, value in _WORDS.findall(body):
            told.setdefault(key.lower(), []).append(value.strip("\"'"))
        certificate = told.get("sslcertificatefile", [None])[0]
        rows += filled(
            {
                "server": "apache",
                "name": told.get("servername", [path.rpartition("/")[2]])[0],
                "binding": binding.strip(),
                "aliases": [word for one in told.get("serveralias", []) for word in one.split()],
                "root": told.get("documentroot", [None])[0],
                "is_tls": bool(certificate) or told.get("sslengine", [""])[0].lower() == "on",
                "certificate": certificate,
                "is_enabled": True,
                "config_path": path,
            }
        )
    return rows


def _nginx(path: str, text: str) -> Rows:
    rows: Rows = []
    plain = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    for body in re.split(r"^\s*server\s*\{", plain, flags=re.MULTILINE)[1:]:
        told: dict[str, list[str]] = {}
        for key, value in _NGINX.findall(body):
            told.setdefault(key, []).append(value.strip())
        names = [word for one in told.get("server_name", []) for word in one.split() if word != "_"]
        rows += filled(
            {
                "server": "nginx",
                "name": names[0] if names else path.rpartition("/")[2],
                "binding": ", ".join(told.get("listen", [])),
                "aliases": names[1:],
                "root": told.get("root", [None])[0],
                "is_tls": any(" ssl" in one for one in told.get("listen", [])) or "ssl_certificate" in told,
                "certificate": told.get("ssl_certificate", [None])[0],
                "is_enabled": True,
                "config_path": path,
            }
        )
    return rows

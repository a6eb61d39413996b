"""Software, updates, containers, servers, files."""

from __future__ import annotations

from itmsctl.inventory.endpoint.feed import FORMAT, Feed
from itmsctl.inventory.endpoint.looks.applications import PROGRAMS, WEB_FILES

UPGRADABLE = ("apt", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=", "list", "--upgradable")
"""What lists updates that wait; it writes no cache."""

SOFTWARE = (
    Feed(
        ("software",),
        ("/var/lib/dpkg/status", "/var/lib/dpkg/info/*.list", "/var/lib/apt/extended_states"),
        look="packages.dpkg",
    ),
    Feed(
        ("software",),
        ("/lib/apk/db/installed", "/usr/lib/apk/db/installed"),
        parser="apk",
    ),
    Feed(
        ("software",),
        ("/var/lib/pacman/local/*/desc",),
        look="packages.pacman",
    ),
    Feed(
        ("software",),
        tools=(("rpm", "-qa", "--qf", FORMAT),),
        parser="rpm",
    ),
    Feed(
        ("software",),
        ("/snap/*/current/meta/snap.yaml",),
        look="packages.snaps",
    ),
    Feed(
        ("software",),
        tools=(("flatpak", "list", "--system"),),
        look="packages.flatpaks",
    ),
    Feed(
        ("software",),
        (
            "/usr/lib/python3*/dist-packages/*",
            "/usr/local/lib/python3*/dist-packages/*",
            "/usr/lib/python3*/site-packages/*",
            "/usr/lib/node_modules/*/package.json",
            "/usr/local/lib/node_modules/*/package.json",
            "/usr/share/nodejs/*/package.json",
            "/var/lib/gems/*/specifications/*",
            "/usr/share/rubygems-integration/*/specifications/*",
        ),
        look="packages.languages",
        option="language_packages",
    ),
    Feed(
        ("pending_updates",),
        tools=(UPGRADABLE,),
        parser="apt",
    ),
    Feed(
        ("repositories",),
        (
            "/etc/apt/sources.list",
            "/etc/apt/sources.list.d/*",
            "/etc/yum.repos.d/*.repo",
            "/etc/zypp/repos.d/*.repo",
            "/etc/apk/repositories",
            "/etc/pacman.conf",
        ),
        look="updates.repositories",
    ),
    Feed(
        ("update_state",),
        (
            "/run/reboot-required",
            "/etc/apt/apt.conf.d/*",
            "/etc/dnf/automatic.conf",
            "/boot/vmlinuz-*",
            "/lib/modules/*",
        ),
        look="updates.update_state",
    ),
    Feed(
        ("containers",),
        tools=(
            ("docker", "ps", "--all"),
            ("docker", "container", "inspect", "ID"),
            ("podman", "ps", "--all"),
            ("podman", "container", "inspect", "ID"),
        ),
        look="containers.containers",
        is_optional=True,
    ),
    Feed(
        ("container_images",),
        tools=(
            ("docker", "images"),
            ("docker", "image", "inspect", "ID"),
            ("podman", "images"),
            ("podman", "image", "inspect", "ID"),
        ),
        look="containers.container_images",
        is_optional=True,
    ),
    Feed(
        ("virtual_machines",),
        tools=(
            ("virsh", "--readonly", "list", "--all", "--name"),
            ("virsh", "--readonly", "dumpxml", "--domain", "NAME"),
        ),
        look="containers.virtual_machines",
        is_optional=True,
    ),
    Feed(
        ("server_applications",),
        ("/proc/[0-9]*/comm", "/var/lib/postgresql/*/*/PG_VERSION", "/var/lib/dpkg/status"),
        tuple((one,) for one in PROGRAMS),
        look="applications.server_applications",
    ),
    Feed(
        ("databases",),
        ("/var/lib/mysql/*",),
        look="applications.databases",
        is_optional=True,
    ),
    Feed(
        ("web_sites",),
        WEB_FILES,
        look="applications.web_sites",
        is_optional=True,
    ),
    Feed(
        ("antivirus",),
        ("/var/lib/clamav/*.cvd",),
        (("mdatp", "health", "--output", "json"), ("sentinelctl", "version"), ("cytool", "info")),
        look="protection.antivirus",
    ),
    Feed(
        ("remote_management",),
        (
            "/etc/anydesk/system.conf",
            "/etc/puppetlabs/puppet/puppet.conf",
            "/etc/salt/minion",
            "/etc/rhsm/rhsm.conf",
            "/etc/zabbix/zabbix_agentd.conf",
        ),
        look="protection.remote_management",
    ),
    Feed(
        ("files", "file_totals"),
        ("(what the rules of the scan name)",),
        look="scan",
    ),
)
"""Sources; of one class the first that says something of a column counts."""

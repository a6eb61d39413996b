"""The operating system: kernel, accounts, services, jobs, keys."""

from __future__ import annotations

from itmsctl.inventory.endpoint.feed import Feed
from itmsctl.inventory.endpoint.looks.kernel import PARAMETERS
from itmsctl.inventory.endpoint.looks.trust import CERTIFICATES, KEYS
from itmsctl.inventory.endpoint.looks.units import UNITS

CRON = (
    "/etc/crontab", "/etc/anacrontab", "/etc/cron.d/*", "/var/spool/cron/crontabs/*", "/var/spool/cron/tabs/*",
    "/var/spool/cron/*",
)  # fmt: skip
"""Files of cron."""

SYSTEM = (
    Feed(
        ("operating_system",),
        (
            "/etc/os-release",
            "/etc/debian_version",
            "/proc/stat",
            "/proc/uptime",
            "/etc/localtime",
            "/etc/timezone",
            "/etc/default/locale",
            "/etc/locale.conf",
            "/sys/fs/selinux/enforce",
        ),
        look="system",
    ),
    Feed(
        ("kernel_modules",),
        ("/proc/modules",),
        parser="proc_files",
    ),
    Feed(
        ("kernel_parameters",),
        PARAMETERS,
        look="kernel.kernel_parameters",
    ),
    Feed(
        ("environment",),
        ("/etc/environment", "/etc/environment.d/*.conf"),
        look="kernel.environment",
        is_optional=True,
    ),
    Feed(
        ("local_users",),
        ("/etc/passwd", "/etc/shadow", "/etc/group"),
        look="people.local_users",
    ),
    Feed(
        ("local_groups",),
        ("/etc/group",),
        look="people.local_groups",
    ),
    Feed(
        ("user_profiles",),
        ("/etc/passwd", "/home/*"),
        look="people.user_profiles",
    ),
    Feed(
        ("logons",),
        ("/var/log/wtmp", "/var/log/wtmp.1"),
        look="logons.logons",
    ),
    Feed(
        ("last_logon",),
        ("/var/log/wtmp", "/var/log/wtmp.1"),
        look="logons.last_logon",
    ),
    Feed(
        ("services",),
        (*(f"{one}/*.service" for one in UNITS), "/etc/init.d/*", "/etc/rc2.d/*", "/etc/rcS.d/*", "/etc/runlevels/*/*"),
        (("systemctl", "show", "--all", "*.service"),),
        look="units.services",
    ),
    Feed(
        ("scheduled_jobs",),
        CRON,
        parser="crontab",
        is_named=True,
    ),
    Feed(
        ("scheduled_jobs",),
        (
            *(f"{one}/*.timer" for one in UNITS),
            "/etc/cron.hourly/*",
            "/etc/cron.daily/*",
            "/etc/cron.weekly/*",
            "/etc/cron.monthly/*",
        ),
        look="jobs.scheduled_jobs",
    ),
    Feed(
        ("startup_items",),
        ("/etc/xdg/autostart/*.desktop", "/home/*/.config/autostart/*.desktop", "/etc/rc.local"),
        look="jobs.startup_items",
    ),
    Feed(
        ("processes",),
        ("/proc/[0-9]*/status", "/proc/[0-9]*/cmdline", "/proc/[0-9]*/exe"),
        look="kernel.processes",
    ),
    Feed(
        ("certificates",),
        CERTIFICATES,
        look="trust.certificates",
    ),
    Feed(
        ("ssh_keys",),
        KEYS,
        look="trust.ssh_keys",
    ),
)
"""Sources; of one class the first that says something of a column counts."""

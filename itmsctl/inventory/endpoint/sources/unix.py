"""Every UNIX: what its own tools print; on Linux only where there is no Python (`inventory.gathering.shell`)."""

from __future__ import annotations

from itmsctl.inventory.endpoint.feed import FORMAT, Feed
from itmsctl.inventory.endpoint.looks.trust import CERTIFICATES, KEYS
from itmsctl.inventory.endpoint.sources.software import UPGRADABLE
from itmsctl.inventory.endpoint.sources.system import CRON
from itmsctl.inventory.parsers import systemd

_UNAME = Feed(("operating_system", "identification"), tools=(("uname", "-a"),), parser="uname")
_ACCOUNTS = (
    Feed(("local_users",), ("/etc/passwd",), parser="accounts"),
    Feed(("local_groups",), ("/etc/group",), parser="accounts"),
)
_NETWORK = (
    Feed(
        ("network_interfaces", "interface_addresses"),
        tools=(("ifconfig", "-a"),),
        parser="ifconfig",
        is_substitute=True,
    ),
    Feed(("routes",), tools=(("netstat", "-rn"),), parser="netstat_routes", is_substitute=True),
    Feed(("arp_neighbours",), tools=(("arp", "-an"),), parser="arp", is_substitute=True),
    Feed(("dns_settings",), ("/etc/resolv.conf",), parser="resolv_conf"),
)

PLAIN_LINUX = (
    Feed(("operating_system",), ("/etc/os-release",), parser="os_release"),
    _UNAME,
    Feed(("identification", "hardware", "bios", "memory_modules"), tools=(("dmidecode",),), parser="dmidecode"),
    Feed(("hardware",), ("/proc/meminfo",), parser="meminfo"),
    Feed(("hardware", "processors"), ("/proc/cpuinfo",), parser="cpuinfo"),
    Feed(("network_interfaces", "interface_addresses"), tools=(("ip", "addr"),), parser="ip_addr"),
    Feed(("routes",), tools=(("ip", "route"),), parser="ip_route"),
    Feed(("arp_neighbours",), tools=(("ip", "neigh"),), parser="arp"),
    *_NETWORK,
    Feed(("filesystems",), tools=(("df", "-kPT"),), parser="df"),
    Feed(("swap",), ("/proc/swaps",), parser="proc_files"),
    Feed(("kernel_modules",), ("/proc/modules",), parser="proc_files"),
    *_ACCOUNTS,
    Feed(("software",), ("/var/lib/dpkg/status",), parser="dpkg_status"),
    Feed(("software",), ("/lib/apk/db/installed", "/usr/lib/apk/db/installed"), parser="apk"),
    Feed(("software",), tools=(("rpm", "-qa", "--qf", FORMAT),), parser="rpm"),
    Feed(("software",), tools=(("pacman", "-Qi"),), parser="pacman"),
    Feed(("repositories",), ("/etc/apt/sources.list", "/etc/apt/sources.list.d/*"), parser="apt"),
    Feed(("repositories",), ("/etc/yum.repos.d/*.repo",), parser="yum_repos"),
    Feed(("listening_ports",), tools=(("ss", "-H", "-tulpn"),), parser="ss"),
    Feed(("disks", "partitions", "encryption"), tools=(("lsblk", "-J", "-b", "-o", FORMAT),), parser="lsblk"),
    Feed(("virtual_guest",), tools=(("lscpu", "-J"),), parser="lscpu"),
    Feed(("kernel_parameters",), tools=(("sysctl", "-a"),), parser="sysctl"),
    Feed(("raid_arrays",), ("/proc/mdstat",), parser="proc_files"),
    Feed(("pci_devices", "graphics_cards", "sound_cards"), tools=(("lspci", "-v", "-nn", "-k"),), parser="lspci"),
    Feed(("usb_devices",), tools=(("lsusb", "-v"),), parser="lsusb"),
    Feed(
        ("firewall", "firewall_rules"), tools=(("nft", "--stateless", "--json", "list", "ruleset"),), parser="nftables"
    ),
    Feed(("firewall", "firewall_rules"), tools=(("iptables-save",),), parser="iptables", is_substitute=True),
    Feed(("network_shares",), ("/etc/exports", "/etc/samba/smb.conf"), parser="exports"),
    Feed(
        ("services",),
        tools=(("systemctl", "show", "--all", "--no-pager", f"--property={systemd.PROPERTIES}", "*.service"),),
        parser="systemd",
    ),
    Feed(("services",), ("/usr/lib/systemd/system/*.service",), function="unit_rows", is_substitute=True),
    Feed(("services",), ("/etc/init.d/*",), function="init_rows"),
    Feed(("scheduled_jobs",), CRON, parser="crontab", is_named=True),
    Feed(("ssh_keys",), KEYS, parser="ssh_public", is_named=True),
    Feed(("certificates",), CERTIFICATES, parser="x509", is_pem=True),
    Feed(("pending_updates",), tools=(UPGRADABLE,), parser="apt"),
    Feed(("logons", "last_logon"), tools=(("last", "-F", "-w"),), parser="last"),
    Feed(("user_profiles",), ("/etc/passwd", "/home/*"), function="profile_rows"),
    Feed(("update_state",), ("/run/reboot-required", "/lib/modules/*"), function="update_rows"),
    Feed(("server_applications",), ("/proc/[0-9]*/comm",), function="server_rows"),
    Feed(("recency",), function="recency_rows"),
)
"""Sources on a Linux without Python."""

BSD = (
    _UNAME,
    Feed(
        ("hardware", "identification", "bios", "memory_modules", "slots"), tools=(("dmidecode",),), parser="dmidecode"
    ),
    Feed(("disks", "partitions"), tools=(("sysctl", "-n", "kern.geom.confxml"),), parser="geom"),
    Feed(("filesystems",), tools=(("df", "-kP"),), parser="df"),
    Feed(("swap",), tools=(("swapinfo", "-dt"),), parser="swapinfo"),
    Feed(("software",), tools=(("pkg_info",),), parser="pkg_info"),
    Feed(("software",), tools=(("pkg", "info"),), parser="pkg_info", is_substitute=True),
    Feed(("kernel_parameters",), tools=(("sysctl", "-a"),), parser="sysctl"),
    Feed(("logons",), tools=(("last", "-F", "-w"),), parser="last"),
    *_NETWORK,
    *_ACCOUNTS,
)
"""Sources on FreeBSD, OpenBSD, NetBSD and DragonFly."""

_PROFILE = tuple(
    Feed((name,), tools=(("system_profiler", data),), parser="system_profiler")
    for name, data in (
        ("bios", "SPHardwareDataType"),
        ("disks", "SPStorageDataType"),
        ("graphics_cards", "SPDisplaysDataType"),
        ("hardware", "SPHardwareDataType"),
        ("identification", "SPHardwareDataType"),
        ("memory_modules", "SPMemoryDataType"),
        ("operating_system", "SPSoftwareDataType"),
        ("processors", "SPHardwareDataType"),
        ("software", "SPApplicationsDataType"),
        ("system_battery", "SPPowerDataType"),
        ("usb_devices", "SPUSBDataType"),
    )
)
MACOS = (
    *_PROFILE,
    _UNAME,
    Feed(("processors",), tools=(("sysctl", "machdep.cpu", "hw"),), parser="macos_sysctl"),
    Feed(("filesystems",), tools=(("df", "-kP"),), parser="df"),
    Feed(("services",), tools=(("launchctl", "list"),), parser="launchctl"),
    Feed(("firewall",), tools=(("launchctl", "print", "system/com.apple.alf"),), parser="firewall_states"),
    Feed(("antivirus",), tools=(("mdatp", "health", "--output", "json"),), parser="antivirus_tools"),
    Feed(("logons",), tools=(("last",),), parser="last"),
    *_NETWORK,
    *_ACCOUNTS,
)
"""Sources on macOS."""

SOLARIS = (
    Feed(("operating_system",), ("/etc/release",), parser="etc_release"),
    _UNAME,
    Feed(("hardware", "identification", "bios"), tools=(("smbios",),), parser="smbios"),
    Feed(("hardware",), tools=(("prtconf", "-v"),), parser="prtconf"),
    Feed(("processors",), tools=(("psrinfo", "-vp"),), parser="psrinfo"),
    Feed(("disks",), tools=(("iostat", "-En"),), parser="iostat"),
    Feed(("storage_adapters",), tools=(("fcinfo", "hba-port"),), parser="fcinfo"),
    Feed(("filesystems",), tools=(("df", "-k"),), parser="df"),
    Feed(("software",), tools=(("pkg", "info"),), parser="solaris_pkg"),
    Feed(("software",), tools=(("pkginfo", "-l"),), parser="solaris_pkg", is_substitute=True),
    *_NETWORK,
    *_ACCOUNTS,
)
"""Sources on Solaris and illumos."""

AIX = (
    _UNAME,
    Feed(
        ("hardware", "identification", "processors", "bios", "virtual_guest", "dns_settings"),
        tools=(("lsconf",),),
        parser="aix_lsconf",
    ),
    Feed(("disks",), tools=(("lsdev", "-Cc", "disk", "-F", "name:description"),), parser="aix_lsdev"),
    Feed(("filesystems",), tools=(("lsfs", "-c"),), parser="aix_lsfs"),
    Feed(("swap",), tools=(("lsps", "-s"),), parser="aix_lsps"),
    Feed(("software",), tools=(("lslpp", "-c", "-l"),), parser="lslpp"),
    *_NETWORK,
    *_ACCOUNTS,
)
"""Sources on AIX."""

HPUX = (
    _UNAME,
    Feed(("hardware", "processors", "identification", "operating_system"), tools=(("machinfo",),), parser="machinfo"),
    Feed(("hardware",), tools=(("model",),), parser="hpux_host"),
    Feed(("disks", "storage_adapters"), tools=(("ioscan", "-kFn"),), parser="ioscan"),
    Feed(("filesystems",), tools=(("bdf",),), parser="df"),
    Feed(("swap",), tools=(("swapinfo", "-dt"),), parser="swapinfo"),
    Feed(("software",), tools=(("swlist",),), parser="swlist"),
    Feed(("network_interfaces",), tools=(("lanscan", "-iap"),), parser="hpux_lan"),
    *_NETWORK,
    *_ACCOUNTS,
)
"""Sources on HP-UX."""

SYSTEMS = {"macos": MACOS, "bsd": BSD, "solaris": SOLARIS, "aix": AIX, "hpux": HPUX}
"""Sources of systems other than Linux, by the words of data classes."""

"""Where each fact goes, and why some go nowhere: for people, and for the page that is made of it."""

from __future__ import annotations

FACT_CLASSES: dict[str, tuple[str, ...]] = {
    "apparmor, selinux, fips, service_mgr": ("operating_system",),
    "bios_*, board_*, chassis_*, product_*, system_vendor, form_factor": ("bios", "hardware", "identification"),
    "date_time": ("operating_system",),
    "default_ipv4, default_ipv6": ("network_interfaces", "routes"),
    "devices": ("disks", "partitions"),
    "distribution*, os_family, os_name, kernel, system, lsb": ("operating_system",),
    "dns": ("dns_settings",),
    "env": ("environment", "operating_system"),
    "hostname, fqdn, domain, nodename, machine_id": ("identification",),
    "interfaces, and a fact for each": ("interface_addresses", "network_interfaces"),
    "lvm": ("logical_volumes", "physical_volumes", "volume_groups"),
    "memtotal_mb": ("hardware",),
    "mounts": ("filesystems",),
    "packages (package_facts)": ("software",),
    "processor*": ("hardware", "processors"),
    "services (service_facts)": ("services",),
    "ssh_host_key_*": ("ssh_keys",),
    "swaptotal_mb, swapfree_mb": ("swap",),
    "uptime_seconds, lastboot": ("operating_system",),
    "virtualization_role, virtualization_type": ("hardware", "virtual_guest"),
}

HOST_CLASSES: dict[str, tuple[str, ...]] = {"hosts": ("identification",)}

FACTS_LEFT_OUT: dict[str, str] = {
    "all_ipv4_addresses, all_ipv6_addresses": "said of each interface too",
    "cmdline, proc_cmdline": "how the kernel was started",
    "device_links": "names of devices, by other names",
    "facter_*, ohai_*": "facts of other tools, which have formats of their own",
    "hostnqn, iscsi_iqn, fibre_channel_wwn": "names in storage networks, which no class has",
    "local": "facts of the site: a custom class of data is for these",
    "python*, user_*, effective_*, real_*, pkg_mgr": "of the account and the Python that gathered",
}

HOSTS_LEFT_OUT: dict[str, str] = {
    "groups": "the computer is told with them; no class has them",
    "variables": "only addresses are kept: what else stands there is often a secret",
}

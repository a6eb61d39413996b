"""Where each fact goes, and why some go nowhere: for people, and for the page that is made of it."""

from __future__ import annotations

SECTIONS: dict[str, tuple[str, ...]] = {
    "disks": ("disks",),
    "dmi": ("bios", "hardware", "identification"),
    "ec2_metadata, az_metadata, gce, cloud": ("virtual_guest",),
    "fips_enabled": ("operating_system",),
    "is_virtual, virtual": ("hardware", "virtual_guest"),
    "kernel, kernelrelease, kernelversion": ("operating_system",),
    "memory": ("hardware", "swap"),
    "mountpoints": ("filesystems",),
    "networking": ("identification", "interface_addresses", "network_interfaces"),
    "os": ("hardware", "operating_system", "processors"),
    "partitions": ("partitions",),
    "processors": ("hardware", "processors"),
    "ssh": ("ssh_keys",),
    "system_uptime": ("operating_system",),
    "timezone": ("operating_system",),
    "uniqueid": ("identification",),
}

LEFT_OUT: dict[str, str] = {
    "aio_agent_version, facterversion, puppetversion, productversion, gem_version, ruby, env_windows_installdir":
        "of Facter and Puppet themselves",
    "augeas": "the version of a library",
    "filesystems": "types that the kernel knows, nothing that is mounted",
    "hypervisors": "what `virtual` says, in more detail of the hypervisor than of the computer",
    "identity, path": "of the account that ran Facter",
    "kernelmajversion": "a part of the version of the kernel",
    "load_averages": "a state that changes by itself",
    "scope6_*": "said of each interface in `networking` too",
    "zfs_*, zpool_*": "features of a file system, which no class has",
    "others": "facts of the site: a custom class of data is for these",
}  # fmt: skip

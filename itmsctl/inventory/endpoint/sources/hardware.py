"""The machine, its disks and what is plugged in."""

from __future__ import annotations

from itmsctl.inventory.endpoint.feed import Feed

_LVM = ("--noheadings", "--nosuffix", "--units", "M", "-o")

HARDWARE = (
    Feed(
        ("identification", "hardware", "bios"),
        (
            "/sys/class/dmi/id/*",
            "/proc/device-tree/model",
            "/sys/firmware/dmi/tables/smbios_entry_point",
            "/sys/firmware/efi/efivars/SecureBoot-*",
        ),
        look="dmi",
    ),
    Feed(
        ("identification", "hardware"),
        ("/etc/hostname", "/etc/hosts", "/etc/machine-id", "/proc/cpuinfo", "/proc/meminfo"),
        look="machine",
    ),
    Feed(
        ("memory_modules", "slots", "ports", "power_supplies", "tpm"),
        tools=(("dmidecode",),),
        parser="dmidecode",
        needs_root=True,
    ),
    Feed(
        ("processors",),
        ("/proc/cpuinfo", "/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"),
        look="machine.cpus",
    ),
    Feed(
        ("virtual_guest", "hardware"),
        (
            "/sys/class/dmi/id/*",
            "/proc/1/environ",
            "/proc/1/cgroup",
            "/run/systemd/container",
            "/run/cloud-init/instance-data.json",
        ),
        look="guest",
    ),
    Feed(
        ("disks", "partitions", "encryption"),
        ("/sys/class/block/*", "/run/udev/data/b*"),
        look="block",
    ),
    Feed(
        ("filesystems",),
        ("/proc/self/mountinfo", "/run/udev/data/b*"),
        look="mounts",
    ),
    Feed(
        ("swap",),
        ("/proc/swaps",),
        parser="proc_files",
    ),
    Feed(
        ("raid_arrays",),
        ("/proc/mdstat",),
        parser="proc_files",
        is_optional=True,
    ),
    Feed(
        ("raid_arrays", "raid_disks"),
        tools=(("ssacli", "ctrl", "all", "show", "config"), ("hpacucli", "ctrl", "all", "show", "config")),
        parser="hpacucli",
        needs_root=True,
        is_optional=True,
    ),
    Feed(
        ("physical_volumes",),
        tools=(("pvs", *_LVM, "pv_name,pv_fmt,pv_attr,pv_size,pv_free,pv_uuid,pv_pe_count,vg_uuid"),),
        parser="lvm",
        needs_root=True,
        is_optional=True,
    ),
    Feed(
        ("volume_groups",),
        tools=(("vgs", *_LVM, "vg_name,pv_count,lv_count,vg_attr,vg_size,vg_free,vg_uuid,vg_extent_size"),),
        parser="lvm",
        needs_root=True,
        is_optional=True,
    ),
    Feed(
        ("logical_volumes",),
        tools=(("lvs", "-a", *_LVM, "lv_name,vg_uuid,lv_attr,lv_size,lv_uuid,seg_count"),),
        parser="lvm",
        needs_root=True,
        is_optional=True,
    ),
    Feed(
        ("multipath",),
        tools=(("multipath", "-ll"),),
        parser="multipath",
        needs_root=True,
        is_optional=True,
    ),
    Feed(
        ("pci_devices", "graphics_cards", "storage_adapters"),
        ("/sys/bus/pci/devices/*", "/usr/share/misc/pci.ids"),
        look="pci",
        is_optional=True,
    ),
    Feed(
        ("usb_devices",),
        ("/sys/bus/usb/devices/*",),
        look="usb",
        is_optional=True,
    ),
    Feed(
        ("monitors",),
        ("/sys/class/drm/card*/edid",),
        look="peripherals.monitors",
    ),
    Feed(
        ("system_battery",),
        ("/sys/class/power_supply/*",),
        look="peripherals.batteries",
    ),
    Feed(
        ("sound_cards",),
        ("/proc/asound/cards",),
        look="peripherals.sound_cards",
        is_optional=True,
    ),
    Feed(
        ("cameras",),
        ("/sys/class/video4linux/*",),
        look="peripherals.cameras",
    ),
    Feed(
        ("input_devices",),
        ("/proc/bus/input/devices",),
        look="peripherals.input_devices",
    ),
    Feed(
        ("sensors",),
        ("/sys/class/hwmon/hwmon*/*",),
        look="peripherals.sensors",
    ),
    Feed(
        ("tpm",),
        ("/sys/class/tpm/tpm0/*",),
        look="peripherals.tpm",
    ),
    Feed(
        ("fru_parts", "power_supplies"),
        tools=(("ipmitool", "fru", "print"),),
        parser="ipmitool",
        needs_root=True,
    ),
    Feed(
        ("management_controller",),
        tools=(("ipmitool", "lan", "print"),),
        parser="ipmitool",
        needs_root=True,
    ),
    Feed(
        ("printers",),
        ("/etc/cups/printers.conf",),
        look="protection.printers",
        is_optional=True,
    ),
)
"""Sources; of one class the first that says something of a column counts."""

"""Output that was captured on real computers: it stands beside the repository, where there is one."""

from __future__ import annotations

import random
from fnmatch import fnmatchcase
from pathlib import Path

from itmsctl.inventory.captured import text_of
from tests.servers import missing

FOLDER = Path(__file__).parents[2].parent / "shared" / "real" / "captures"

# Which files hold the output of the tool that a parser reads.
FITS: tuple[tuple[str, str], ...] = (
    ("generic/dmidecode/*", "dmidecode"),
    ("generic/batteries/*/dmidecode*", "dmidecode"),
    ("generic/powersupplies/dmidecode*", "dmidecode"),
    ("generic/df/*", "df"),
    ("solaris/df/*", "df"),
    ("hpux/bdf/*", "df"),
    ("bsd/mount/*", "mount"),
    ("solaris/mount/*", "mount"),
    ("generic/netstat/*", "netstat_routes"),
    ("hpux/netstat/*", "netstat_routes"),
    ("linux/ip/default-gateway*", "ip_route"),
    ("linux/ip/ip_addr*", "ip_addr"),
    ("generic/ifconfig/*", "ifconfig"),
    ("macos/ifconfig/*-networksetup", "networksetup"),
    ("macos/ifconfig/*", "ifconfig"),
    ("linux/distro/os-release*", "os_release"),
    ("linux/distro/*", "etc_release"),
    ("solaris/release/*", "etc_release"),
    ("solaris/opensolaris/*", "etc_release"),
    ("linux/packaging/flatpak*", "flatpak"),
    ("linux/packaging/snap*", "snap"),
    ("linux/packaging/nix*", "nix"),
    ("bsd/pkg_info/*", "pkg_info"),
    ("solaris/pkg-info/*", "solaris_pkg"),
    ("aix/lslpp/*", "lslpp"),
    ("hpux/swlist/*", "swlist"),
    ("solaris/psrinfo/*", "psrinfo"),
    ("solaris/showrev/*", "showrev"),
    ("solaris/prtconf/*", "prtconf"),
    ("solaris/smbios/*", "smbios"),
    ("solaris/fcinfo_hba-port/*", "fcinfo"),
    ("solaris/iostat/*", "iostat"),
    ("aix/lspv/*", "aix_lvm"),
    ("aix/lsvg/*", "aix_lvm"),
    ("aix/lslv/*", "aix_lvm"),
    ("aix/lsfs/*", "aix_lsfs"),
    ("aix/lsps/*", "aix_lsps"),
    ("aix/lsdev/*", "aix_lsdev"),
    ("aix/lscfg/*", "aix_lscfg"),
    ("aix/lsconf/*", "aix_lsconf"),
    ("aix/lparstat/*", "aix_lparstat"),
    ("aix/lsvpd/*", "aix_lsvpd"),
    ("hpux/machinfo/*", "machinfo"),
    ("hpux/swapinfo/*", "swapinfo"),
    ("hpux/lanscan/*", "hpux_lan"),
    ("hpux/lanadmin/*", "hpux_lan"),
    ("hpux/nwmgr/*", "hpux_lan"),
    ("hpux/ioscan/*", "ioscan"),
    ("generic/lspci/*", "lspci"),
    ("generic/lsusb/*", "lsusb"),
    ("generic/edid/*", "edid"),
    ("lvm/linux/*/*", "lvm"),
    ("linux/proc/cpuinfo/*", "cpuinfo"),
    ("generic/ipmitool/fru/*", "ipmitool"),
    ("generic/ipmitool_lan_print/*", "ipmitool"),
    ("generic/powersupplies/fru*", "ipmitool"),
    ("generic/batteries/*/infos*", "battery_tools"),
    ("linux/smartctl/*", "smartctl"),
    ("virtualization/virsh/*", "libvirt"),
    ("virtualization/xe/*", "xen"),
    ("virtualization/xm/*", "xen"),
    ("virtualization/vboxmanage/*", "virtualbox"),
    ("virtualization/prlctl/*", "containers_of_systems"),
    ("virtualization/jails/*", "containers_of_systems"),
    ("virtualization/lxc/*", "containers_of_systems"),
    ("virtualization/virtuozzo/sample1", "containers_of_systems"),
    ("containers/docker/*.json", "docker"),
    ("generic/hdparm/*", "hdparm"),
    ("generic/hpacucli/*", "hpacucli"),
    ("generic/tw_cli/*", "raid_tools"),
    ("linux/megasasctl/*", "raid_tools"),
    ("linux/mpt-status/*", "raid_tools"),
    ("linux/proc/scsi/*", "proc_scsi"),
    ("linux/iwconfig/*", "iwconfig"),
    ("linux/firewall/*", "firewall_states"),
    ("macos/firewall/procinfo*", "firewall_states"),
    ("macos/ioreg/*", "ioreg"),
    ("macos/sysctl/*", "macos_sysctl"),
    ("solaris/prtdiag/*", "prtdiag"),
    ("hpux/CIMUtil/*", "hpux_host"),
    ("hpux/hpvminfo/*", "hpux_host"),
    ("hpux/model/*", "hpux_host"),
    ("aix/lsattr/*-proc*", "aix_lsattr"),
    ("aix/lsattr/*-mem*", "aix_lsattr"),
    ("bsd/storages/*.confxml", "geom"),
    ("generic/arp/*", "arp"),
    ("linux/multipath/*", "multipath"),
    ("linux/megacli/*PDlist", "megacli"),
    ("linux/megacli/*LDinfo", "megacli"),
    ("linux/antivirus/*", "antivirus_tools"),
    ("macos/antivirus/*", "antivirus_tools"),
    ("macos/firewall/launctl_list*", "launchctl"),
    ("win32/powercfg/*", "powercfg"),
    ("hpux/cprop/*", "cprop"),
    ("hpux/cstm/*", "cprop"),
    ("win32/wmi/*", "wmi"),
    ("win32/powershell/*", "appx"),
    ("win32/registry/*", "registry"),
    ("macos/system_profiler/*", "system_profiler"),
)

# Of these, files that hold no row, and why.
EMPTY: tuple[tuple[str, str], ...] = (
    ("*README", "it tells people of the others"),
    ("generic/ifconfig/aix-*", "names of interfaces only, of `ifconfig -l`"),
    ("generic/lspci/*.nvidia-settings*", "of another tool"),
    ("generic/lspci/*xdpyinfo", "of another tool"),
    ("generic/lspci/*xrandr", "of another tool"),
    ("aix/lsdev/*-adapter", "devices that hold no data"),
    ("aix/lsdev/*-bus", "devices that hold no data"),
    ("aix/lsdev/*-mem*", "devices that hold no data"),
    ("aix/lsdev/*-processor", "devices that hold no data"),
    ("aix/lscfg/*-sysplanar0", "parts that no class has yet"),
    ("hpux/ioscan/*-ioa", "buses"),
    ("hpux/ioscan/*-ext_bus", "buses"),
    ("hpux/ioscan/*-processor", "processors, of which nothing but the place is told"),
    ("linux/proc/cpuinfo/cpuinfo-vmware-esx", "an empty file"),
    ("generic/hpacucli/*-slots", "controllers only"),
    ("macos/ioreg/AppleCLCD2", "a monitor whose EDID is not told"),
    ("linux/antivirus/*-query", "parts of an answer that no class has"),
    ("linux/antivirus/not-expected-output.json", "not what the tool prints"),
    ("hpux/cstm/*-cpu", "the tool could not tell"),
    ("hpux/cstm/*-system", "what machinfo tells too"),
    ("virtualization/xe/xe_none", "nothing runs there"),
    ("virtualization/xe/xenserver-6.2_vm_param_list_00[358]", "the control domain, which is the host itself"),
    ("virtualization/xm/xm_list_-l_vmname", "another form, which no gatherer asks for"),
    ("win32/wmi/*-Win32_PhysicalMemoryArray.wmi", "of arrays, nothing of modules"),
    ("win32/wmi/*-MSVM_MemorySettingData.wmi", "settings of machines by id, nothing of machines"),
    ("win32/wmi/*-MSVM_ProcessorSettingData.wmi", "settings of machines by id, nothing of machines"),
    ("win32/wmi/unknown-MSVM_ComputerSystem.wmi", "the host itself"),
    ("win32/wmi/*-MSFT_NetAdapter.wmi", "what Win32_NetworkAdapter tells too"),
    ("win32/wmi/bar-code-scanner-CIM_LogicalDevice.wmi", "a device that no class has yet"),
    ("win32/registry/*-DNSRegisteredAdapters.reg", "names of a computer that its own settings tell too"),
    ("win32/registry/*-Interfaces.reg", "a key without values"),
    ("win32/registry/*-NetworkList.reg", "networks that the computer once was in, which no class has"),
    ("win32/registry/*-S-1-12-1-*.reg", "an account of Azure, which no class has"),
    ("win32/registry/*-Network.reg", "names of connections by id; WMI tells them with the adapter"),
    ("macos/system_profiler/*results.txt", "what another parser made of a file, in Perl"),
    ("macos/system_profiler/SPCardReader*", "card readers, of which no number is told"),
    ("macos/system_profiler/SPFireWire*", "a bus that no class has"),
    ("macos/system_profiler/SPDiscBurningDataType*", "no drive that burns"),
    ("macos/system_profiler/datatypes", "names of sections only"),
)

# Files that no parser is for, and why.
UNREAD: tuple[tuple[str, str], ...] = (
    ("*README", "it tells people of the others"),
    ("walks/*", "answers of SNMP, of devices that are no computers"),
    ("aix/lsattr/*-en*", "the name of the interface is not told; `ifconfig` and `lscfg` tell the rest"),
    ("aix/lsattr/*-lo0", "the name of the interface is not told"),
    ("aix/lsattr/*-hdisk*", "the name of the disk is not told; `lscfg` tells its size"),
    ("bsd/lsvfs/*", "names of types of file systems"),
    ("bsd/storages/dmesg", "messages of the kernel, whose first lines are lost on a computer that runs for long"),
    ("containers/docker/*.sample", "`docker inspect` tells more"),
    ("linux/docker/*", "ids of networks"),
    ("generic/asmcmd/*", "disk groups of a database, which no class has"),
    ("generic/batteries/upower/enumerate*", "names of devices to be asked for"),
    ("generic/stat/*", "a time, without what it is of"),
    ("hpux/fstyp/*", "names of types of file systems"),
    ("hpux/uptime/*", "how long it runs, without a time"),
    ("linux/ddcprobe/*", "a tool of old; EDID tells the same"),
    ("linux/hponcfg/*", "the tool failed"),
    ("linux/megacli/*ShowSummary", "the lists of disks and arrays tell more"),
    ("linux/megacli/*_adpCount", "a number"),
    ("linux/megacli/*_AdpPciInfo", "a place on the bus"),
    ("linux/rhn-systemid/*", "the id of a computer with a server that is no more"),
    ("linux/storages/*", "what another program made of several tools, in Perl"),
    ("linux/udev/*", "`lsblk` tells the same"),
    ("macos/SysProfile/*", "what another parser made of a file, in YAML"),
    ("macos/firewall/defaults*", "a digit"),
    ("solaris/dladm/*", "empty files"),
    ("solaris/kstat/*", "the speed of an interface by driver and number"),
    ("virtualization/openvz/*", "settings of a container whose name is that of the file"),
    ("virtualization/virtuozzo/*-conf", "settings of a container whose name is that of the file"),
    ("virtualization/virtuozzo/*-getmac-*", "`ip addr` in a container whose name is that of the file"),
)


def every_file() -> tuple[Path, ...]:
    """Return all captured files; says loudly where they are not on this machine."""
    if not FOLDER.is_dir():
        missing("captures", "the folder of captured output is not beside the repository")
    return tuple(sorted(path for path in FOLDER.rglob("*") if path.is_file() and path.name != ".gitattributes"))


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def parser_of(name: str) -> str | None:
    """Return the parser whose tool wrote a file; the first that fits."""
    return next((parser for pattern, parser in FITS if fnmatchcase(name, pattern)), None)


def why_empty(name: str) -> str | None:
    return next((why for pattern, why in EMPTY if fnmatchcase(name, pattern)), None)


def why_unread(name: str) -> str | None:
    return next((why for pattern, why in UNREAD if fnmatchcase(name, pattern)), None)


def text(path: Path) -> str:
    """Return what a parser is given of a file: text, and of a monitor's own bytes hexadecimal digits."""
    data = path.read_bytes()
    return data.hex() if parser_of(name_of(path)) == "edid" else text_of(data)


def spoiled(text: str, dice: random.Random) -> list[str]:
    """Return a text cut off, doubled, with letters exchanged, with lines out of order, and all in one line."""
    letters = list(text)
    for _ in range(max(1, len(letters) // 50)):
        letters[dice.randrange(len(letters))] = dice.choice("\0\t:=[]{}<>()\"'%,;-0x9\ud800\u2028\n")
    kept = text.split("\n")
    dice.shuffle(kept)
    return [
        text[: len(text) // 3],
        text[len(text) // 2 :],
        text + text,
        "".join(letters),
        "\n".join(kept),
        text.replace("\n", " "),
    ]

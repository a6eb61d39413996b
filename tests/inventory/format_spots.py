"""Values that were read by hand in files of other tools: file, class, what its row is found by, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.inventory.spots import Case

LINUX_1, LINUX_3, WINDOWS, MAC = (
    "glpi/examples/computer_1.json",
    "glpi/examples/computer_3.json",
    "glpi/xml/2.xml",
    "glpi/xml/4.xml",
)
FEDORA, PHONE, VMS, DBS = (
    "glpi/xml/1.xml",
    "glpi/xml/18.xml",
    "glpi/examples/computer_2.json",
    "glpi/examples/computer_2_partial_dbs.json",
)

FORMAT_SPOTS: dict[str, list[Case]] = {
    "linux, GLPI": [
        (LINUX_1, "identification", {}, {"host_name": "glpixps", "serial": "640HP72", "host_id": "a8c07601",
                                         "uuid": "4c4c4544-0034-3010-8048-b6c04f503732"}),
        (LINUX_1, "bios", {}, {"version": "1.4.3", "released_on": "2016-02-06", "manufacturer": "Dell Inc."}),
        (LINUX_1, "hardware", {}, {"model": "XPS 13 9350", "sku": "0704", "memory_mib": 7800, "is_virtual": False}),
        (LINUX_1, "operating_system", {}, {"id": "fedora", "version": "31", "release": "Workstation Edition",
                                           "booted_at": datetime(2020, 6, 9, 5, 58, 8, tzinfo=UTC)}),
        (LINUX_1, "system_battery", {}, {"name": "DELL RWT1R43", "full_capacity_mwh": 50570,
        "design_voltage_mv": 8465}),
        (LINUX_1, "processors", {"index": 0}, {"cores": 2, "threads": 4, "speed_mhz": 2300, "bus_mhz": 100}),
        (LINUX_1, "filesystems", {"mount_point": "/home"}, {"size_bytes": 120439 << 20, "is_encrypted": True,
                                                            "encryption": "LUKS1 aes-xts-plain64"}),
        (LINUX_1, "encryption", {"volume": "/"}, {"product": "LUKS1", "is_protected": True}),
        (LINUX_1, "software", {"name": "expat"}, {"version": "2.2.8-1.fc31", "size_bytes": 268027, "source": "rpm"}),
        (LINUX_1, "network_interfaces", {"name": "wlp58s0"}, {"driver": "iwlwifi", "wifi_ssid": "trashylands",
                                                              "mac_address": "44:85:00:2b:90:bc"}),
        (LINUX_1, "interface_addresses", {"address": "fe80::b283:4fa3:d3f2:96b1"}, {"interface": "enp57s0u1u4",
                                                                                    "prefix_length": 64}),
        (LINUX_1, "pci_devices", {"slot": "3a:00.0"}, {"device_id": "24f3", "subsystem_vendor_id": "8086",
                                                       "subsystem_id": "0050"}),
        (LINUX_1, "memory_modules", {"slot": "slot 2"}, {"size_mib": 4096, "serial": "12121212", "type": "LPDDR3"}),
        (LINUX_1, "disks", {"name": "nvme0n1"}, {"size_bytes": 256_060_000_000, "interface": "nvme"}),
        (LINUX_1, "monitors", {}, {"serial": "ABH55D", "made_week": 32, "made_year": 2015}),
        (LINUX_1, "last_logon", {}, {"user": "root", "at": datetime(2020, 6, 12, 12, 15, tzinfo=UTC)}),
        (LINUX_1, "remote_management", {}, {"type": "teamviewer", "id": "123456789"}),
        (LINUX_3, "monitors", {"serial": "11182M5200867"}, {"manufacturer": "Iiyama", "model": "PL2480H"}),
        (LINUX_3, "volume_groups", {"name": "fedora"}, {"logical_volumes": 3, "extent_bytes": 4 << 20}),
        (LINUX_3, "logical_volumes", {"name": "root"}, {"size_bytes": 53_687_000_000, "segments": 1}),
        (LINUX_3, "ssh_keys", {}, {"type": "ed25519", "use": "host"}),
        (LINUX_3, "dns_settings", {}, {"servers": ["172.28.200.20", "172.28.220.1"]}),
        (FEDORA, "local_groups", {"name": "wheel"}, {"gid": "10", "members": ["builder", "john", "jsuis@ad.crosoft.com",
                                                                               "teclib"]}),
        (FEDORA, "local_users", {"name": "ftp"}, {"uid": "14", "full_name": "FTP User", "shell": "/sbin/nologin"}),
        (FEDORA, "software", {"name": "graphite2"}, {"version": "1.3.6-1.fc25",
                                                     "installed_at": datetime(2017, 1, 3, tzinfo=UTC)}),
        (FEDORA, "processes", {"pid": 1}, {"user": "root", "virtual_kib": 215324}),
        (FEDORA, "firewall", {}, {"is_enabled": True}),
        (FEDORA, "virtual_machines", {"name": "centos7.0"}, {"hypervisor": "kvm", "state": "shutdown",
        "memory_mib": 1048}),
        (VMS, "containers", {"name": "db"}, {"engine": "docker", "image": "postgres", "state": "running"}),
        (VMS, "virtual_machines", {"name": "'T"}, {"hypervisor": "virtualbox", "owner": "local", "cpus": 1}),
        (DBS, "server_applications", {"type": "postgres"}, {"version": "13.2.3", "port": 5432, "is_running": True}),
        (DBS, "databases", {"name": "dotclear"}, {"server": "mysql", "size_bytes": 32000 << 20}),
    ],
    "linux, Facter": [
        ("facter/5.1/debian-13-x86_64.facts", "operating_system", {}, {
            "name": "Debian GNU/Linux", "id": "debian", "version": "13.0", "release": "trixie",
            "full_name": "Debian GNU/Linux 13 (trixie)", "kernel_version": "6.12.41+deb13-amd64"}),
        ("facter/5.1/debian-13-x86_64.facts", "disks", {"name": "sda"}, {"size_bytes": 20971520000, "type": "hdd"}),
        ("facter/5.1/debian-13-x86_64.facts", "partitions", {"name": "sda3"}, {
            "disk": "sda", "number": 3, "size_bytes": 3318743040, "uuid": "de5be4a4-7fb5-43a7-8767-f9c69ccdad64"}),
        ("facter/5.1/debian-13-x86_64.facts", "filesystems", {"mount_point": "/"}, {"used_pct": 50,
        "device": "/dev/sda3"}),
        ("facter/5.1/debian-13-x86_64.facts", "processors", {"index": 0}, {"cores": 4, "threads": 4,
        "speed_mhz": 3990}),
        ("facter/5.1/debian-13-x86_64.facts", "interface_addresses", {"is_temporary": True}, {
            "interface": "enp0s3", "prefix_length": 64, "scope": "global"}),
        ("facter/5.1/debian-13-x86_64.facts", "swap", {}, {"size_bytes": 17140019200, "used_bytes": 0}),
        ("facter/4.11/fedora-41-x86_64.facts", "operating_system", {}, {
            "id": "fedora", "version": "41", "release": "Forty One", "security_module": "selinux enforcing"}),
        ("facter/4.11/fedora-41-x86_64.facts", "network_interfaces", {"name": "enp0s3"}, {
            "mac_address": "00:16:3e:6e:32:44", "speed_mbps": 1000, "duplex": "full", "state": "up"}),
        ("facter/4.2/oraclelinux-9-x86_64.facts", "processors", {"index": 3}, {
            "model": "AMD Opteron(tm) Processor 6376", "cores": 1}),
        ("facter/4.2/oraclelinux-9-x86_64.facts", "disks", {"name": "sr0"}, {"type": "optical", "size_bytes": 372736}),
        ("facter/4.2/oraclelinux-9-x86_64.facts", "hardware", {}, {"processors": 4, "threads": 4, "is_virtual": False}),
        ("facter/4.2/popos-21.10-x86_64.facts", "hardware", {}, {"cores": 16, "threads": 32}),
        ("facter/4.2/popos-21.10-x86_64.facts", "disks", {"name": "nvme0n1"}, {"size_bytes": 2000398934016,
        "type": "ssd"}),
        ("facter/4.2/popos-21.10-x86_64.facts", "partitions", {"name": "nvme0n1p1"}, {"disk": "nvme0n1", "number": 1}),
        ("facter/4.2/amazon-2022-x86_64.facts", "virtual_guest", {}, {"hypervisor": "docker", "type": "container"}),
        ("facter/4.2/sles-12-x86_64.facts", "operating_system", {}, {"name": "SLES", "id": "sles", "version": "12.5",
                                                                     "time_zone": "CET"}),
        ("facter/4.7/gentoo-2-x86_64.facts", "processors", {"index": 0}, {"architecture": "x86_64", "speed_mhz": 1700}),
    ],
    "windows": [
        (WINDOWS, "identification", {}, {"fqdn": "pc-arg-23.cedre.local", "serial": "CZC0479792",
        "domain": "cedre.local"}),
        (WINDOWS, "operating_system", {}, {"name": "Microsoft Windows 8.1 Professionnel", "version": "6.3.9600",
                                           "build": "9600", "architecture": "64-bit", "id": "windows"}),
        (WINDOWS, "bios", {}, {"version": "68CSU Ver. F.06", "released_on": "2010-08-24"}),
        (WINDOWS, "filesystems", {"mount_point": "C:"}, {"label": "Systeme", "size_bytes": 115123 << 20,
        "type": "NTFS"}),
        (WINDOWS, "software", {"name": "OpenVPN 2.3.8-I001"}, {"version": "2.3.8-I001", "source": "registry",
                                                               "installed_at": datetime(2016, 11, 17, tzinfo=UTC)}),
        (WINDOWS, "patches", {"id": "KB4019215"}, {"type": "Security Update", "title": "Security Update"}),
        (WINDOWS, "patches", {"id": "KB2553140"}, {"url": "http://support.microsoft.com/kb/2553140"}),
        (WINDOWS, "antivirus", {"name": "Windows Defender"}, {"is_enabled": True, "is_current": True}),
        (WINDOWS, "licenses", {"product": "Microsoft Office"}, {"key_tail": "7FTGD", "update": "SP2",
        "is_trial": False}),
        (WINDOWS, "printers", {"name": "Fax"}, {"driver": "Microsoft Shared Fax Driver", "is_shared": False}),
        (WINDOWS, "disks", {}, {"name": "\\\\.\\PHYSICALDRIVE0", "size_bytes": 250_059_000_000, "interface": "ide"}),
        (WINDOWS, "system_battery", {"name": "MS06055"}, {"design_capacity_mwh": 5100,
        "manufactured_at": "2007-11-01"}),
        (WINDOWS, "network_interfaces", {"mac_address": "68:b5:99:e6:84:eb"}, {"dhcp_server": "10.253.6.1",
                                                                               "speed_mbps": 100, "is_dhcp": True}),
        (WINDOWS, "logons", {"user": "cvigneron"}, {"domain": "CEDRE", "is_active": True}),
        ("facter/5.1/windows-11-x86_64.facts", "operating_system", {}, {
            "version": "10.0.26100", "build": "26100", "release": "24H2", "is_server": False}),
        ("facter/5.1/windows-11-x86_64.facts", "identification", {}, {"uuid": "e183463e-fdd2-4ce5-9a04-0de9e034621a"}),
        ("facter/4.2/windows-2016-core-x86_64.facts", "operating_system", {}, {
            "name": "Windows Server 2016 Datacenter", "is_server": True, "release": "1607"}),
        ("facter/4.2/windows-2019-x86_64.facts", "network_interfaces", {"name": "Ethernet"}, {
            "mac_address": "60:45:bd:d1:42:f8", "dhcp_server": "168.63.129.16"}),
    ],
    "macos": [
        (MAC, "identification", {}, {"host_name": "iMac de Marie", "uuid": "b3d6b8e4-15cc-54bb-bce9-44e153556ddf"}),
        (MAC, "operating_system", {}, {"name": "macOS", "id": "macos", "version": "10.13.5", "build": "17F77",
                                       "kernel_version": "17.6.0"}),
        (MAC, "hardware", {}, {"manufacturer": "Apple Inc.", "model": "iMac15,1", "is_virtual": False}),
        (MAC, "disks", {"name": "disk1"}, {"size_bytes": 115712 << 20, "serial": "1431AR409174", "interface": "sata"}),
        (MAC, "memory_modules", {"slot": "slot 0"}, {"size_mib": 4096, "part_number": "8KTF51264HZ-1G6E2"}),
        (MAC, "system_battery", {}, {"design_capacity_mwh": 43746, "design_voltage_mv": 8614}),
        (MAC, "software", {"name": "Alfred 2"}, {"version": "2.7.1", "source": "app"}),
        (MAC, "network_interfaces", {"name": "en0"}, {"mac_address": "0c:4d:e9:cd:a4:c8", "mtu": 1500, "state": "up"}),
    ],
    "bsd": [
        ("facter/4.7/freebsd-14-x86_64.facts", "operating_system", {}, {
            "name": "FreeBSD", "id": "freebsd", "version": "14.2", "kernel_version": "14.2-RELEASE"}),
        ("facter/4.7/freebsd-14-x86_64.facts", "filesystems", {"mount_point": "/home"}, {
            "type": "zfs", "device": "zroot/home", "size_bytes": 62872842240}),
        ("facter/4.7/freebsd-14-x86_64.facts", "network_interfaces", {"name": "em0"},
        {"mac_address": "08:00:27:f5:30:ed"}),
        ("facter/4.2/freebsd-13-x86_64.facts", "partitions", {"name": "ada0p2"}, {
            "disk": "ada0", "label": "swap0", "size_bytes": 2147483648}),
        ("facter/4.2/freebsd-13-x86_64.facts", "virtual_guest", {}, {"hypervisor": "virtualbox"}),
        ("facter/4.2/freebsd-13-x86_64.facts", "disks", {"name": "ada0"}, {"serial": "VBbeecd164-745a383a"}),
    ],
    "android": [
        (PHONE, "software", {"name": "Filter Provider"}, {
            "version": "6.0.10", "product_id": "com.samsung.android.provider.filterprovider", "source": "android"}),
        (PHONE, "processors", {"index": 0}, {"cores": 8, "speed_mhz": 1804, "architecture": "aarch64"}),
        (PHONE, "modems", {"name": "modem 0"}, {"sim_operator": "F SFR", "sim_country": "fr"}),
        (PHONE, "sensors", {"name": "icm4x6xx Accelerometer Non-wakeup"}, {"type": "accelerometer"}),
        (PHONE, "cameras", {"name": "Camera 0"}, {"resolution": "4032x3024"}),
    ],
    "Ansible": [
        ("ansible/lamp_simple_rhel7__hosts", "identification", {"host_name": "webserver"}, {"fqdn": "webserver.local"}),
        ("ansible/lamp_haproxy__hosts", "identification", {"host_name": "nagios"}, {}),
        ("ansible/lamp_haproxy__hosts", "identification", {"host_name": "lb1"}, {}),
        ("ansible/jboss-standalone__hosts", "identification", {"host_name": "appserver1"}, {}),
        ("ansible/wordpress-nginx_rhel7__hosts.example", "identification", {"host_name": "webserver2"}, {}),
    ],
}  # fmt: skip

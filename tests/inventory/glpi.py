"""Where each property of GLPI's inventory of a computer goes: `class.column`, or why nowhere (behind a dash)."""

from __future__ import annotations

MAP = """
accesslog.logdate recency.gathered_at
accesslog.userid - who ran the agent
antivirus.company antivirus.publisher
antivirus.enabled antivirus.is_enabled
antivirus.guid antivirus.agent_id
antivirus.name antivirus.name
antivirus.uptodate antivirus.is_current
antivirus.version antivirus.version
antivirus.expiration antivirus.expires_at
antivirus.base_creation antivirus.definitions_at
antivirus.base_version antivirus.definitions_version
batteries.capacity system_battery.design_capacity_mwh
batteries.real_capacity system_battery.full_capacity_mwh
batteries.date system_battery.manufactured_at
batteries.chemistry system_battery.chemistry
batteries.manufacturer system_battery.manufacturer
batteries.name system_battery.name
batteries.serial system_battery.serial
batteries.voltage system_battery.design_voltage_mv
bios.assettag identification.asset_tag
bios.bdate bios.released_on
bios.bmanufacturer bios.manufacturer
bios.bversion bios.version
bios.mmanufacturer hardware.board_manufacturer
bios.mmodel hardware.board_model
bios.msn hardware.board_serial
bios.skunumber hardware.sku
bios.smanufacturer hardware.manufacturer
bios.smodel hardware.model
bios.ssn identification.serial
bios.biosserial - a serial number of the firmware, which no maker fills
bios.enclosureserial hardware.chassis_serial
bios.secure_boot bios.secure_boot
controllers.caption pci_devices.model
controllers.driver pci_devices.driver
controllers.manufacturer pci_devices.manufacturer
controllers.name pci_devices.model
controllers.pcisubsystemid pci_devices.subsystem_id
controllers.pciclass pci_devices.class_id
controllers.pcislot pci_devices.slot
controllers.productid pci_devices.device_id
controllers.rev pci_devices.revision
controllers.type pci_devices.class
controllers.vendorid pci_devices.vendor_id
controllers.model pci_devices.model
controllers.serial - not told by the bus
cpus.arch processors.architecture
cpus.core processors.cores
cpus.corecount processors.cores
cpus.description processors.model
cpus.external_clock processors.bus_mhz
cpus.familyname processors.family
cpus.familynumber processors.family
cpus.id processors.id
cpus.manufacturer processors.manufacturer
cpus.model processors.model_number
cpus.name processors.model
cpus.serial processors.serial
cpus.speed processors.speed_mhz
cpus.stepping processors.stepping
cpus.thread processors.threads
cpus.cache processors.cache_kib
drives.description filesystems.type
drives.letter filesystems.mount_point
drives.systemdrive - it is the one of the operating system
drives.filesystem filesystems.type
drives.free filesystems.free_bytes
drives.serial filesystems.serial
drives.total filesystems.size_bytes
drives.type filesystems.mount_point
drives.volumn filesystems.device
drives.createdate filesystems.created_at
drives.label filesystems.label
drives.encrypt_name encryption.product
drives.encrypt_algo encryption.algorithm
drives.encrypt_status encryption.status
drives.encrypt_type encryption.algorithm
envs.key environment.name
envs.val environment.value
firewalls.description firewall.interface
firewalls.ipaddress firewall.address
firewalls.ipaddress6 firewall.address
firewalls.profile firewall.name
firewalls.status firewall.is_enabled
hardware.chassis_type hardware.chassis_type
hardware.datelastloggeduser last_logon.at
hardware.defaultgateway routes.gateway
hardware.dns dns_settings.servers
hardware.lastloggeduser last_logon.user
hardware.memory hardware.memory_mib
hardware.name identification.host_name
hardware.swap swap.size_bytes
hardware.uuid identification.uuid
hardware.vmsystem virtual_guest.hypervisor
hardware.workgroup identification.domain
hardware.type - the kind of the resource, which is a computer
hardware.description - a text of an administrator: the computer has a description
hardware.winprodid operating_system.product_id
hardware.winowner operating_system.owner
hardware.winprodkey licenses.key_tail
hardware.wincompany operating_system.organization
hardware.winlang operating_system.locale
inputs.caption input_devices.name
inputs.description input_devices.name
inputs.type input_devices.type
inputs.name input_devices.name
inputs.manufacturer input_devices.manufacturer
inputs.interface input_devices.interface
inputs.layout input_devices.layout
inputs.pointingtype input_devices.type
local_groups.id local_groups.gid
local_groups.members local_groups.members
local_groups.name local_groups.name
local_users.home local_users.home
local_users.id local_users.uid
local_users.login local_users.name
local_users.name local_users.full_name
local_users.shell local_users.shell
physical_volumes.attr physical_volumes.attributes
physical_volumes.device physical_volumes.device
physical_volumes.format physical_volumes.format
physical_volumes.free physical_volumes.free_bytes
physical_volumes.pe_size physical_volumes.extent_bytes
physical_volumes.pv_pe_count physical_volumes.extents
physical_volumes.pv_uuid physical_volumes.uuid
physical_volumes.size physical_volumes.size_bytes
physical_volumes.vg_uuid physical_volumes.volume_group
volume_groups.attr volume_groups.attributes
volume_groups.free volume_groups.free_bytes
volume_groups.lv_count volume_groups.logical_volumes
volume_groups.pv_count volume_groups.physical_volumes
volume_groups.size volume_groups.size_bytes
volume_groups.vg_extent_size volume_groups.extent_bytes
volume_groups.vg_name volume_groups.name
volume_groups.vg_uuid volume_groups.uuid
logical_volumes.attr logical_volumes.attributes
logical_volumes.lv_name logical_volumes.name
logical_volumes.lv_uuid logical_volumes.uuid
logical_volumes.seg_count logical_volumes.segments
logical_volumes.size logical_volumes.size_bytes
logical_volumes.vg_uuid logical_volumes.volume_group
logical_volumes.vg_name logical_volumes.volume_group
memories.capacity memory_modules.size_mib
memories.caption memory_modules.slot
memories.description memory_modules.form_factor
memories.manufacturer memory_modules.manufacturer
memories.memorycorrection memory_modules.correction
memories.numslots memory_modules.slot
memories.serialnumber memory_modules.serial
memories.model memory_modules.part_number
memories.speed memory_modules.speed_mhz
memories.type memory_modules.type
memories.formfactor memory_modules.form_factor
memories.purpose - system memory; others are not listed
memories.removable memory_modules.is_removable
monitors.base64 - the bytes of which all else is read
monitors.caption monitors.model
monitors.description monitors.made_year
monitors.manufacturer monitors.manufacturer
monitors.serial monitors.serial
monitors.altserial monitors.serial_number
monitors.port monitors.port
monitors.uuencode - the bytes of which all else is read
monitors.name monitors.model
monitors.type - a word of the agent
networks.description network_interfaces.name
networks.management management_controller.type
networks.ipaddress interface_addresses.address
networks.ipaddress6 interface_addresses.address
networks.ipdhcp network_interfaces.dhcp_server
networks.ipgateway network_interfaces.gateway
networks.ipmask interface_addresses.netmask
networks.ipmask6 interface_addresses.prefix_length
networks.ipsubnet interface_addresses.prefix_length
networks.ipsubnet6 interface_addresses.prefix_length
networks.mac network_interfaces.mac_address
networks.pciid network_interfaces.pnp_id
networks.pnpdeviceid network_interfaces.pnp_id
networks.speed network_interfaces.speed_mbps
networks.status network_interfaces.state
networks.type network_interfaces.type
networks.virtualdev network_interfaces.is_virtual
networks.manufacturer network_interfaces.manufacturer
networks.model network_interfaces.description
networks.wwn storage_adapters.wwpn
networks.driver network_interfaces.driver
networks.firmware network_interfaces.firmware
networks.pcislot network_interfaces.pci_slot
networks.mtu network_interfaces.mtu
networks.slaves network_interfaces.members
networks.base network_interfaces.parent
networks.wifi_ssid network_interfaces.wifi_ssid
networks.wifi_bssid network_interfaces.wifi_bssid
networks.wifi_mode network_interfaces.wifi_mode
networks.wifi_version network_interfaces.wifi_standard
operatingsystem.arch operating_system.architecture
operatingsystem.boot_time operating_system.booted_at
operatingsystem.dns_domain identification.domain
operatingsystem.fqdn identification.fqdn
operatingsystem.full_name operating_system.full_name
operatingsystem.hostid identification.host_id
operatingsystem.install_date operating_system.installed_at
operatingsystem.kernel_name operating_system.kernel_name
operatingsystem.kernel_version operating_system.kernel_version
operatingsystem.name operating_system.name
operatingsystem.ssh_key ssh_keys.fingerprint
operatingsystem.service_pack operating_system.service_pack
operatingsystem.timezone operating_system.time_zone
operatingsystem.version operating_system.version
ports.caption ports.name
ports.description ports.internal
ports.name ports.name
ports.type ports.type
printers.description printers.model
printers.driver printers.driver
printers.name printers.name
printers.network printers.is_network
printers.port printers.port
printers.printprocessor - a setting of the spooler of Windows
printers.resolution - a setting of a queue
printers.shared printers.is_shared
printers.status printers.status
printers.comment printers.comment
printers.errstatus printers.status
printers.servername printers.server
printers.sharename printers.share_name
printers.serial printers.serial
processes.cmd processes.command
processes.cpuusage processes.cpu_pct
processes.mem processes.memory_pct
processes.pid processes.pid
processes.started processes.started_at
processes.tty processes.terminal
processes.user processes.user
processes.virtualmemory processes.virtual_kib
remote_mgmt.id remote_management.id
remote_mgmt.type remote_management.type
remote_mgmt.version remote_management.version
slots.description slots.type
slots.designation slots.id
slots.name slots.name
slots.status slots.usage
softwares.arch software.architecture
softwares.comments software.summary
softwares.filesize software.size_bytes
softwares.from software.source
softwares.guid software.product_id
softwares.install_date software.installed_at
softwares.name software.name
softwares.publisher software.publisher
softwares.system_category software.section
softwares.uninstall_string software.uninstall_command
softwares.url_info_about software.url
softwares.version software.version
softwares.folder software.path
softwares.helplink software.url
softwares.no_remove - a setting of a page of Windows
softwares.release_type patches.type
softwares.version_minor software.version
softwares.version_major software.version
softwares.username software.user
softwares.userid software.user
sounds.caption sound_cards.name
sounds.description sound_cards.name
sounds.manufacturer sound_cards.manufacturer
sounds.name sound_cards.name
storages.description disks.description
storages.disksize disks.size_bytes
storages.firmware disks.firmware
storages.interface disks.interface
storages.manufacturer disks.manufacturer
storages.model disks.model
storages.name disks.name
storages.scsi_coid disks.location
storages.scsi_lun disks.location
storages.scsi_unid disks.location
storages.scsi_chid disks.location
storages.serial disks.serial
storages.type disks.type
storages.wwn disks.wwn
storages.encrypt_name encryption.product
storages.encrypt_algo encryption.algorithm
storages.encrypt_status encryption.status
storages.encrypt_type encryption.algorithm
usbdevices.caption usb_devices.product
usbdevices.class usb_devices.class
usbdevices.manufacturer usb_devices.manufacturer
usbdevices.name usb_devices.product
usbdevices.productid usb_devices.product_id
usbdevices.subclass usb_devices.subclass
usbdevices.vendorid usb_devices.vendor_id
usbdevices.serial usb_devices.serial
users.domain logons.domain
users.login logons.user
videos.chipset graphics_cards.chipset
videos.memory graphics_cards.memory_mib
videos.name graphics_cards.name
videos.resolution graphics_cards.resolution
videos.pcislot graphics_cards.slot
virtualmachines.image virtual_machines.image
virtualmachines.ipaddress virtual_machines.ip_addresses
virtualmachines.memory virtual_machines.memory_mib
virtualmachines.name virtual_machines.name
virtualmachines.operatingsystem virtual_machines.operating_system
virtualmachines.status virtual_machines.state
virtualmachines.subsystem virtual_machines.hypervisor
virtualmachines.uuid virtual_machines.uuid
virtualmachines.vcpu virtual_machines.cpus
virtualmachines.vmtype virtual_machines.type
virtualmachines.mac virtual_machines.mac_addresses
virtualmachines.comment virtual_machines.comment
virtualmachines.owner virtual_machines.owner
virtualmachines.serial virtual_machines.serial
licenseinfos.name licenses.product
licenseinfos.fullname licenses.full_name
licenseinfos.key licenses.key_tail
licenseinfos.components licenses.components
licenseinfos.productid licenses.product_id
licenseinfos.trial licenses.is_trial
licenseinfos.update licenses.update
licenseinfos.activation_date licenses.activated_at
modems.name modems.name
modems.description modems.name
modems.type modems.type
modems.model modems.model
modems.manufacturer modems.manufacturer
modems.serial modems.serial
modems.imei modems.imei
firmwares.name firmwares.name
firmwares.description firmwares.description
firmwares.type firmwares.type
firmwares.version firmwares.version
firmwares.date firmwares.released_on
firmwares.manufacturer firmwares.manufacturer
simcards.serial modems.sim_iccid
simcards.phone_number modems.sim_number
simcards.iccid modems.sim_iccid
simcards.state modems.sim_state
simcards.country modems.sim_country
simcards.operator_code modems.sim_operator
simcards.operator_name modems.sim_operator
simcards.subscriber_id modems.sim_subscriber
sensors.name sensors.name
sensors.manufacturer - of sensors of telephones
sensors.type sensors.type
sensors.version - of sensors of telephones
powersupplies.name power_supplies.name
powersupplies.power_max power_supplies.power_max_w
powersupplies.serialnumber power_supplies.serial
powersupplies.manufacturer power_supplies.manufacturer
powersupplies.partnum power_supplies.part_number
powersupplies.model power_supplies.model
powersupplies.hotreplaceable power_supplies.is_hot_replaceable
powersupplies.plugged power_supplies.is_plugged
powersupplies.status power_supplies.status
powersupplies.location power_supplies.location
cameras.resolution cameras.resolution
cameras.lensfacing cameras.location
cameras.designation cameras.name
cameras.flashunit - of cameras of telephones
cameras.imageformats - of cameras of telephones
cameras.orientation - of cameras of telephones
cameras.focallength - of cameras of telephones
cameras.sensorsize - of cameras of telephones
cameras.manufacturer cameras.manufacturer
cameras.resolutionvideo cameras.resolution_video
cameras.model cameras.model
cameras.supports - of cameras of telephones
databases_services.type server_applications.type
databases_services.name server_applications.name
databases_services.version server_applications.version
databases_services.manufacturer server_applications.publisher
databases_services.port server_applications.port
databases_services.path server_applications.path
databases_services.size server_applications.size_bytes
databases_services.is_active server_applications.is_running
databases_services.is_onbackup server_applications.backup_at
databases_services.last_boot_date server_applications.started_at
databases_services.last_backup_date server_applications.backup_at
databases_services.databases databases.name
"""

# Sections of what is no computer: printers and network devices will be resources of their own.
OTHERS = {
    "error": "what went wrong in an agent",
    "network_ports": "of network devices and printers",
    "network_components": "of network devices and printers",
    "network_device": "of network devices and printers",
    "pagecounters": "of printers",
    "cartridges": "of printers",
    "consumables": "of printers",
    "versionclient": "of the agent",
    "versionprovider": "of the agent",
}

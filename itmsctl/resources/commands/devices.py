"""The groups of resources beyond computers and users."""

from __future__ import annotations

from itmsctl.cli.nouns import noun_group
from itmsctl.resources import columns
from itmsctl.resources.commands.user import related
from itmsctl.resources.devices import APPLICATION, NETWORK_DEVICE, PRINTER, VIRTUAL_MACHINE

network_device_app = noun_group(
    NETWORK_DEVICE,
    columns.NETWORK_DEVICE,
    sections=related,
    examples={"add": "itmsctl network-device add sw1 --device-type switch --address 10.1.0.2 --vendor Cisco"},
)
printer_app = noun_group(
    PRINTER,
    columns.PRINTER,
    sections=related,
    examples={"add": "itmsctl printer add floor-2 --address 10.1.0.9 --model 'LaserJet M507' --duplex"},
)
virtual_machine_app = noun_group(
    VIRTUAL_MACHINE,
    columns.VIRTUAL_MACHINE,
    sections=related,
    examples={"add": "itmsctl virtual-machine add web1-vm --hypervisor kvm --cpus 4 --memory-mb 8192"},
)
application_app = noun_group(
    APPLICATION,
    columns.APPLICATION,
    sections=related,
    examples={"add": "itmsctl application add payroll --vendor SAP --owner jane --criticality high"},
)

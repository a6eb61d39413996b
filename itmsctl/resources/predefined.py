"""What of resources comes with a new database: mappings of the tables that other tools write.

Each knows the columns by the names that the tool gives them, in its export and in its reports. What is about people is
left out, and other columns are left out and said.
"""

from __future__ import annotations

from typing import Any

from itmsctl.values.predefined import PredefinedObject

# What systems are called, and whose family each is; another one says nothing of the family.
_FAMILIES = [
    "os_family:*windows*=windows",
    "os_family:*mac os*=mac",
    "os_family:*macos*=mac",
    "os_family:*os x*=mac",
    *(f"os_family:*{word}*=linux" for word in (
        "linux", "ubuntu", "debian", "red hat", "rhel", "centos", "rocky", "alma", "fedora", "suse")),
    *(f"os_family:*{word}*=unix" for word in ("solaris", "aix", "hp-ux", "bsd")),
    "os_family:*=",
]  # fmt: skip
_KINDS = [
    "device_kind:*server*=server",
    "device_kind:*laptop*=laptop",
    "device_kind:*notebook*=laptop",
    "device_kind:*desktop*=desktop",
    "device_kind:*workstation*=desktop",
    "device_kind:*thin*client*=thin-client",
    "device_kind:*virtual*=virtual",
    "device_kind:*=",
]


def predefined() -> tuple[PredefinedObject, ...]:
    """Return them (hook)."""
    return (
        _mapping(
            "netbox-devices",
            "computer",
            "Devices as NetBox exports them: all data, or the current view.",
            [
                "Name=name", "Serial number=serial", "Serial=serial", "Asset tag=tags.asset_tag",
                "IP Address=address", "IPv4 Address=address", "IPv6 Address=address", "primary_ip=address",
                "primary_ip4=address", "primary_ip6=address", "Platform=os_family", "Role=device_kind,tags.role",
                "device_role=device_kind,tags.role", "Manufacturer=tags.manufacturer", "Type=tags.model",
                "device_type=tags.model", "Site=tags.site", "Status=tags.status", "Description=description",
                "Tenant=", "Contacts=", "Tags=", "Comments=",
            ],
            transforms=["address=before:/"],
            meanings=[*_FAMILIES, *_KINDS],
            source="netbox",
        ),
        _mapping(
            "snipe-it-assets",
            "computer",
            "Assets as Snipe-IT exports and imports them; an asset without a name is called by its tag.",
            [
                "Asset Name=name", "Item Name=name", "Name=name", "Asset Tag=name,tags.asset_tag", "Serial=serial",
                "Serial number=serial", "MAC Address=mac", "Category=device_kind", "Manufacturer=tags.manufacturer",
                "Model=tags.model", "Model name=tags.model", "Location=tags.location", "Status=tags.status",
                "Full Name=", "Email=", "Username=", "Checked Out To=", "Notes=", "Company=",
            ],
            meanings=_KINDS,
            source="snipe-it",
        ),
        _mapping(
            "lansweeper-assets",
            "computer",
            "Assets as Lansweeper's reports and its site export them.",
            [
                "AssetName=name", "Name=name", "FQDN=fqdn", "IPAddress=address", "IP address=address", "Mac=mac",
                "MAC address=mac", "Serialnumber=serial", "Serial number=serial", "Description=description",
                "OS=os_family", "OSname=os_family", "Operating system=os_family", "Caption=os_family",
                "AssetTypename=os_family,tags.type", "Type=os_family,tags.type", "Manufacturer=tags.manufacturer",
                "Model=tags.model", "Location=tags.location", "Username=", "Userdomain=", "Contact=", "Department=",
            ],
            meanings=_FAMILIES,
            source="lansweeper",
        ),
        _mapping(
            "pdq-computers",
            "computer",
            "Computers as PDQ Inventory prints and exports them.",
            [
                "Computer Name=name", "Name=name", "Computer=name", "Host Name=fqdn", "Hostname=fqdn",
                "IP Address=address", "MAC Address=mac", "Serial Number=serial", "O/S=os_family", "OS Name=os_family",
                "O/S Name=os_family", "Manufacturer=tags.manufacturer", "Model=tags.model",
                "Description=description", "Current User=", "Last User=",
            ],
            meanings=_FAMILIES,
            source="pdq",
        ),
        _mapping(
            "ad-computers",
            "computer",
            "Computers of Active Directory: Get-ADComputer -Filter * -Properties * | Export-Csv.",
            [
                "Name=name", "DNSHostName=fqdn", "IPv4Address=address", "IPv6Address=address",
                "OperatingSystem=os_family", "Description=description", "ManagedBy=",
            ],
            meanings=_FAMILIES,
            source="ad",
        ),
        _mapping(
            "ad-sites",
            "site",
            "Sites of Active Directory: Get-ADReplicationSite -Filter * | Export-Csv.",
            ["Name=name", "Description=description", "ManagedBy="],
        ),
        _mapping(
            "ad-subnets",
            "subnet",
            "Subnets of Active Directory: Get-ADReplicationSubnet -Filter * | Export-Csv.",
            ["Name=prefix", "Site=site", "Description=description", "Location=description"],
            transforms=["site=rdn"],
        ),
        _mapping(
            "configmgr-boundaries",
            "subnet",
            "Boundaries of Configuration Manager that are ranges or IPv6 prefixes: Get-CMBoundary | Export-Csv.",
            ["Value=prefix", "DisplayName=description"],
            taken=["BoundaryType=3", "BoundaryType=2", "BoundaryType=IPRange", "BoundaryType=IPv6Prefix"],
        ),
    )  # fmt: skip


def _mapping(name: str, noun: str, description: str, columns: list[str], **more: Any) -> PredefinedObject:
    fields = {"noun": noun, "columns": columns, "ignore_unknown": True, "description": description}
    return PredefinedObject("import-mapping", name, {**fields, **more})

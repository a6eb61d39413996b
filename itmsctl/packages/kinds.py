"""What the noun of `packages` is."""

from __future__ import annotations

from itmsctl.values.kind import Danger, Field, Group, Kind, Owner, Type
from itmsctl.values.replicated import package

AWAITED, IMPORTED, APPROVED, PUBLISHED = "awaited", "imported", "approved", "published"
INSTALL, UPGRADE, REPAIR, UNINSTALL = "install", "upgrade", "repair", "uninstall"  # programs that detection judges
NEVER, IF_ASKED, ALWAYS = "never", "if-asked", "always"
REBOOTS = (NEVER, IF_ASKED, ALWAYS)

GROUPS = (
    Group(
        "package",
        "Keep packages: files to install, and the programs that install them.",
        "package_app",
        "commands.package",
        part="run",
    ),
    Group(
        "package-catalogue",
        "Know which packages are published, by whom, and whether the signatures hold.",
        "package_catalogue_app",
        "commands.package_catalogue",
        part="run",
    ),
    Group(
        "package-key",
        "Sign the catalogue of packages: make, list, rotate and retire its keys.",
        "package_key_app",
        "commands.package_key",
        part="run",
    ),
)

# What a program of a package says (PKG-22).
PROGRAM = (
    Field("name", "What it does: install, upgrade, repair, uninstall, or a word of one's own.", required=True),
    Field("linux", "Command line on Linux, run in the folder of the package."),
    Field("windows", "Command line on Windows."),
    Field("macos", "Command line on macOS."),
    Field("any", "Command line where the system has none of its own."),
    Field("codes", "What exit codes mean, as CODE=MEANING: success, reboot, retry or failed.", Type.MAP),
    Field("run_as", "User that it runs as; else who logs in."),
    Field("reboot", "Whether the computer restarts after it.", choices=REBOOTS),
    Field("limit", "How long it may take.", Type.DURATION),
)

PACKAGE = Kind(
    name="package",
    table="package",
    help="A package: files meant to be installed on computers, and programs that do it (PKG-1, PKG-22).",
    shelf="itmsctl.packages.service.packages:PACKAGES",
    danger=Danger.MODERATE,
    replication=package(
        "enabled", local=("state",), told=("sources",), arrives="itmsctl.packages.service.awaiting:announced"
    ),
    fields=(
        Field("version", "Version, as its file says or as it was given.", Type.VERSION, Owner.SYSTEM),
        Field("content_revision", "How often its content changed, from 1.", Type.INT, Owner.SYSTEM),
        Field("manifest", "SHA-256 of all that it is: files and programs.", Type.TEXT, Owner.SYSTEM),
        Field("content_at", "When this content came into being, on the server where it was imported.", Type.TIME,
              Owner.SYSTEM),
        Field("state", "imported, approved or published; awaited where its content is still to come from another "
              "server.", Type.TEXT, Owner.SYSTEM),
        Field("sources", "Where children of this server take its content from: package servers that hold it (PKG-15).",
              Type.LIST, Owner.SYSTEM),
        Field("format", "deb, rpm, msi, exe, pkg, apk, snap, appimage, archive, file or folder.", owner=Owner.SYSTEM),
        Field("architecture", "Architecture, as its file says.", owner=Owner.SYSTEM),
        Field("vendor", "Vendor or maintainer, as its file says.", owner=Owner.SYSTEM),
        Field("product_code", "Product code or identifier, as its file says.", owner=Owner.SYSTEM),
        Field("size_bytes", "Bytes of its files.", Type.INT, Owner.SYSTEM, sql="big"),
        Field("depends", "What it needs, as its file says.", Type.LIST, Owner.SYSTEM),
        Field("detect", "Rule that says whether it is installed; import proposes one."),
        Field(
            "programs",
            "Program, as NAME=COMMAND LINE; `package program` says more.",
            Type.LIST,
            option="program",
            parts=PROGRAM,
        ),
        Field("enabled", "It is copied to all package servers (PKG-4).", Type.BOOL, negative="disabled"),
        Field("description", "What people should know about it."),
    ),
)  # fmt: skip

KINDS = (PACKAGE,)

VERBS = {
    "package": (
        "itmsctl.packages.commands.pushing:register",
        "itmsctl.packages.commands.content:register",
        "itmsctl.packages.commands.distributing:register",
        "itmsctl.packages.commands.verifying:register",
        "itmsctl.packages.commands.publishing:register",
        "itmsctl.packages.commands.fetching:register",
    ),
    "server": "itmsctl.packages.commands.preparing:register",
}

HOOKS = {
    "task_kind:package": "itmsctl.packages.action:ACTION",
    "task_kind:package-copy": "itmsctl.packages.copy_tasks:COPY",
    "task_kind:package-verify": "itmsctl.packages.copy_tasks:VERIFY",
    "interviewer:package": "itmsctl.packages.service.pushing:PUSHER",
    "interviewer:package-copy": "itmsctl.packages.service.copy_interviews:COPIER",
    "interviewer:package-verify": "itmsctl.packages.service.copy_interviews:VERIFIER",
    "ticked": (
        "itmsctl.packages.commands.signing:ticked",
        "itmsctl.packages.commands.fetching:ticked",
    ),
    "leftovers": "itmsctl.packages.service.sweeping:leftovers",
    "doctor": (
        "itmsctl.packages.service.verifying:findings",
        "itmsctl.packages.service.catalogue_shown:findings",
        "itmsctl.packages.service.copy_states:findings",
        "itmsctl.packages.service.stale_copies:findings",
        "itmsctl.packages.service.awaiting:findings",
    ),
}

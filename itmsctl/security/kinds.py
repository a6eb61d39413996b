"""What the nouns of `security` are."""

from __future__ import annotations

from itmsctl.values.kind import Field, Group, Kind, Type

TRANSPORTS = ("ssh", "openssh", "local")

GROUPS = (
    Group("profile", "Say how computers are reached: transport, user, port, key file.", "profile_app"),
    Group("host-key", "Know computers by their host keys: show, scan, accept, revoke.", "host_key_app"),
)

PROFILE = Kind(
    name="profile",
    table="connection_profile",
    help="A connection profile: how to reach a set of computers. It never holds a secret.",
    fields=(
        Field("transport", "Transport; openssh goes by ssh_config.", choices=TRANSPORTS),
        Field("user", "User to log in as."),
        Field("port", "Port of the management service.", Type.INT),
        Field("key_file", "File with the private key.", option="key"),
        Field("use_agent", "Use the keys of the SSH agent.", Type.BOOL, option="agent"),
        Field("connect_timeout_s", "Seconds from the first packet to a login.", Type.REAL, option="connect_timeout"),
        Field("run_as", "User that commands run as."),
        Field("description", "What people should know about it."),
    ),
)

KINDS = (PROFILE,)

HOOKS = {
    "doctor": "itmsctl.security.service:shared_host_keys",
    "doctor_reach": "itmsctl.security.service.reaching:reach",
    "computer_sections": "itmsctl.security.service:computer_sections",
}

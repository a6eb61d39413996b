"""The tables of the room."""

from __future__ import annotations

from itmsctl.hierarchy.tables import Gateway, GatewayServer, ManagementServer, ManagementServerSite
from itmsctl.resources.service.scope import table_of

management_servers = table_of(ManagementServer)
managed_sites = table_of(ManagementServerSite)
gateways = table_of(Gateway)
gateway_servers = table_of(GatewayServer)

"""Ask the CMDB from a script of your own: which sites have Linux computers, and how many. It only reads."""

from __future__ import annotations

from sqlmodel import col, func, select

from itmsctl.models import Computer, Site, Subnet, open_cmdb

with open_cmdb() as session:
    linux = session.exec(select(func.count(col(Computer.id))).where(Computer.os_family == "linux")).one()
    print(f"{linux} computers run Linux")
    statement = select(Site, Subnet).join(Subnet, col(Subnet.site_id) == col(Site.id)).order_by(Site.name, Subnet.name)
    for site, subnet in session.exec(statement):
        print(f"{site.name}: {subnet.name} ({site.time_zone or 'no time zone'})")

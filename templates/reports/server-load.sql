-- Site servers: the sites that each is in, the computers of those sites, and how many other servers share them.
-- drilldown: server show {server}
SELECT v.server AS server, v.service AS service, count(DISTINCT s.site) AS sites, count(DISTINCT m.guid) AS computers,
       (SELECT count(DISTINCT y.server)
        FROM v_server_service x JOIN v_server_site y ON y.server = x.server JOIN v_server_site z ON z.site = y.site
        WHERE x.service = v.service AND z.server = v.server AND y.server <> v.server) AS others
FROM v_server_service v
LEFT JOIN v_server_site s ON s.server = v.server
LEFT JOIN v_site_member m ON m.site = s.site
GROUP BY v.server, v.service
ORDER BY computers DESC, server, service

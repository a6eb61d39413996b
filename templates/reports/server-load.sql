-- Site servers: for each service how many sites and computers of those sites they share with how many others.
-- drilldown: server show {server}
SELECT v.server AS server, v.service AS service, count(DISTINCT s.site) AS sites, count(DISTINCT m.guid) AS computers,
       count(DISTINCT o.server) - 1 AS others
FROM v_server_service v
LEFT JOIN v_server_site s ON s.server = v.server
LEFT JOIN v_site_member m ON m.site = s.site
LEFT JOIN (SELECT x.service AS service, y.site AS site, y.server AS server
           FROM v_server_service x JOIN v_server_site y ON y.server = x.server) o
  ON o.service = v.service AND o.site = s.site
GROUP BY v.server, v.service
ORDER BY computers DESC, server, service

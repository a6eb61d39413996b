-- Management servers with their parent, their sites, and the computers of those sites beside those planned.
-- drilldown: management-server show {name}
SELECT s.name AS name, s.parent AS parent, count(DISTINCT l.site) AS sites, count(DISTINCT m.guid) AS computers,
       s.endpoints AS planned
FROM v_management_server s
LEFT JOIN v_management_server_site l ON l.management_server = s.name
LEFT JOIN v_site_member m ON m.site = l.site
GROUP BY s.name, s.parent, s.endpoints
ORDER BY name

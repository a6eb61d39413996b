-- Computers whose addresses lie in no subnet of a site: they get no site server of their own.
-- drilldown: computer show {name}
SELECT c.name AS name, c.os_family AS os_family, min(a.address) AS address, min(m.subnet) AS subnet
FROM v_computer c LEFT JOIN v_site_member m ON m.guid = c.guid LEFT JOIN v_address a ON a.guid = c.guid
GROUP BY c.guid, c.name, c.os_family
HAVING count(m.site) = 0
ORDER BY name

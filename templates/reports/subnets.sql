-- Subnets with their site and how many computers are in them; with empty_only those without any.
-- parameter: empty_only:bool=false
-- drilldown: subnet show {subnet}
SELECT n.name AS subnet, n.site AS site, n.status AS status, count(m.guid) AS computers
FROM v_subnet n LEFT JOIN v_site_member m ON m.subnet = n.name
GROUP BY n.name, n.site, n.status
HAVING NOT :empty_only OR count(m.guid) = 0
ORDER BY site, subnet

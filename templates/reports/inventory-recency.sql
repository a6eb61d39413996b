-- Computers whose inventory is older than a while, or that have none; the oldest first (INV-22).
-- parameter: since:time=14d
-- drilldown: computer show {name}
SELECT c.name AS name, c.os_family AS os_family, max(s.collected_at) AS collected_at, count(s.collected_at) AS classes,
       round(days_between(max(s.collected_at), :now), 1) AS days
FROM v_computer c
LEFT JOIN v_inventory_state s ON s.computer_guid = c.guid
GROUP BY c.guid, c.name, c.os_family
HAVING max(s.collected_at) < :since OR max(s.collected_at) IS NULL
ORDER BY collected_at NULLS FIRST, name

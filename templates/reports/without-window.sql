-- Computers to which no enabled maintenance window applies: work that waits for windows runs on them at any time.
-- drilldown: computer show {name}
SELECT c.name AS name, c.os_family AS os_family, min(m.site) AS site
FROM v_computer c LEFT JOIN v_site_member m ON m.guid = c.guid
WHERE NOT EXISTS (SELECT 1 FROM v_window_member w WHERE w.guid = c.guid AND w.enabled AND w.type = 'maintenance')
GROUP BY c.guid, c.name, c.os_family
ORDER BY name

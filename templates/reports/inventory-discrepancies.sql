-- Classes of inventory data that could not be read, or that stayed behind the newest of their computer (INV-22).
-- parameter: days:int=7
-- drilldown: computer show {name}
SELECT s.computer AS name, s."class" AS class, s.source AS source, s.collected_at AS collected_at,
       round(days_between(s.collected_at, n.newest), 1) AS behind_days, s.unread AS why
FROM v_inventory_state s
JOIN (SELECT computer_guid, max(collected_at) AS newest FROM v_inventory_state GROUP BY computer_guid) n
  ON n.computer_guid = s.computer_guid
WHERE s.unread IS NOT NULL OR s.collected_at IS NULL OR days_between(s.collected_at, n.newest) > :days
ORDER BY name, class

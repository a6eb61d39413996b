-- Packages that are installed where use is metered, and were not used for a while or never; most computers first.
-- parameter: since:time=90d
-- parameter: product=
SELECT i.name AS name, count(DISTINCT i.computer_guid) AS computers, max(u.last_used) AS last_used,
       round(days_between(max(u.last_used), :now), 1) AS days
FROM v_inv_software i
JOIN v_metered_computer m ON m.computer_guid = i.computer_guid AND m.begun_at < :since
LEFT JOIN v_usage u ON u.computer_guid = i.computer_guid AND (u.product = i.name OR u.program = i.name)
WHERE (:product = '' OR i.name = :product)
  AND NOT EXISTS (
    SELECT 1 FROM v_usage x
    WHERE x.computer_guid = i.computer_guid AND (x.product = i.name OR x.program = i.name) AND x.last_used >= :since
  )
GROUP BY i.name
ORDER BY computers DESC, name

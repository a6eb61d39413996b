-- Computers that did not answer for a while, or never did; the longest silent first.
-- parameter: since:time=30d
-- drilldown: computer show {name}
SELECT name, os_family, last_seen, round(days_between(last_seen, :now), 1) AS days
FROM v_computer
WHERE last_seen < :since OR last_seen IS NULL
ORDER BY last_seen NULLS FIRST, name

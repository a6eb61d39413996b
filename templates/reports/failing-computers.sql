-- Computers on which runs failed most often of late.
-- parameter: since:time=30d
-- parameter: least:int=2
-- drilldown: computer show {name}
SELECT c.name AS name, count(*) AS runs,
       count(*) FILTER (WHERE c.state IN ('failed', 'timed_out')) AS failed,
       count(*) FILTER (WHERE c.state = 'unreachable') AS unreachable, max(c.ended_at) AS last
FROM v_run_computer c JOIN v_run r ON r.number = c.number
WHERE r.created_at >= :since
GROUP BY c.guid, c.name
HAVING count(*) FILTER (WHERE c.state IN ('failed', 'timed_out', 'unreachable')) >= :least
ORDER BY failed DESC, unreachable DESC, name

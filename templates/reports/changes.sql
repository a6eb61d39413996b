-- Who changed what of late: objects created, updated and removed, by person and noun.
-- parameter: since:time=7d
SELECT actor, kind, count(*) FILTER (WHERE action = 'created') AS created,
       count(*) FILTER (WHERE action = 'updated') AS updated,
       count(*) FILTER (WHERE action = 'removed') AS removed, max(at) AS last
FROM v_change
WHERE at >= :since
GROUP BY actor, kind
ORDER BY actor, kind

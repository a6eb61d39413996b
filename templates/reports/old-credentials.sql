-- Credentials whose secret was not given anew for a while; the oldest first.
-- parameter: since:time=90d
-- drilldown: credential show {name}
SELECT name, kind, "user", version, rotated_at, round(days_between(rotated_at, :now), 1) AS days
FROM v_credential
WHERE rotated_at < :since
ORDER BY rotated_at, name

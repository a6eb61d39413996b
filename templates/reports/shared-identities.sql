-- Identity values that several computers carry: duplicates to merge, or cloned images.
-- drilldown: report run identity --param value={value}
SELECT kind, value, count(*) AS computers, min(name) AS first, max(name) AS last
FROM v_identity
WHERE NOT junk
GROUP BY kind, value
HAVING count(*) > 1
ORDER BY computers DESC, kind, value

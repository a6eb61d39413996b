-- What was removed of late, by whom and why.
-- parameter: since:time=30d
-- drilldown: audit show {change_set}
SELECT kind, name, at, actor, reason, seq AS change_set
FROM v_removed
WHERE at >= :since
ORDER BY at DESC, kind, name

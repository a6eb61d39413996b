-- Filters, groups and targets that wait for a membership update, or were not looked at for a while.
-- parameter: since:time=1d
SELECT kind, name, stale, updated_at, round(days_between(updated_at, :now), 1) AS days
FROM v_collection
WHERE stale OR updated_at IS NULL OR updated_at < :since
ORDER BY updated_at NULLS FIRST, kind, name

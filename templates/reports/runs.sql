-- Runs of the last days, each with its computers by result and the share that succeeded of those that ended.
-- parameter: since:time=7d
-- drilldown: run show {run}
SELECT r.run AS run, coalesce(r.task, r.job, nullif(r.title, ''), 'typed at once') AS what, r.state AS state, r.created_at AS began,
       count(c.guid) AS computers,
       count(*) FILTER (WHERE c.state = 'succeeded') AS ok,
       count(*) FILTER (WHERE c.state IN ('failed', 'timed_out')) AS failed,
       count(*) FILTER (WHERE c.state IN ('unreachable', 'unknown', 'expired')) AS unsettled,
       round(100.0 * count(*) FILTER (WHERE c.state = 'succeeded')
             / nullif(count(*) FILTER (WHERE c.state NOT IN ('queued', 'claimed', 'cancelled')), 0), 1) AS ok_pct
FROM v_run r LEFT JOIN v_run_computer c ON c.number = r.number
WHERE r.created_at >= :since
GROUP BY r.number, r.run, r.task, r.job, r.title, r.state, r.created_at
ORDER BY began DESC, run DESC

-- The computers of a run that failed, ran out of time, could not be reached, or whose outcome is unknown.
-- parameter: run:text
-- drilldown: run logs {run} {name}
SELECT run, name, state, exit_status, reason, message, ended_at
FROM v_run_computer
WHERE run = upper(:run) AND state IN ('failed', 'timed_out', 'unreachable', 'unknown', 'expired')
ORDER BY state, name

-- Tasks that never ran: neither by themselves nor as a step of a job that ran.
-- drilldown: task show {task}
SELECT t.name AS task, t.type AS type, t.created_at AS created_at, count(s.job) AS jobs
FROM v_task t LEFT JOIN v_job_step s ON s.task = t.name
WHERE NOT EXISTS (SELECT 1 FROM v_run r WHERE r.task = t.name)
  AND NOT EXISTS (SELECT 1 FROM v_job_step j JOIN v_run r ON r.job = j.job WHERE j.task = t.name)
GROUP BY t.name, t.type, t.created_at
ORDER BY task

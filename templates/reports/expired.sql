-- Computers whose turn never came: their deadline passed while they were absent or their window was closed.
-- parameter: since:time=30d
-- drilldown: run show {run}
SELECT c.name AS name, c.run AS run, coalesce(r.task, r.job, r.title) AS what, c.ended_at AS expired_at,
       c.contacts AS contacts, c.reason AS reason
FROM v_run_computer c JOIN v_run r ON r.number = c.number
WHERE c.state = 'expired' AND coalesce(c.ended_at, r.created_at) >= :since
ORDER BY expired_at DESC, name

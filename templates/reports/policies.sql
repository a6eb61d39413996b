-- Policies with their last occurrence and what became of it. When one is due next: policy explain.
-- drilldown: policy show {policy}
SELECT p.name AS policy, p.enabled AS enabled, coalesce(p.schedule, p.event) AS trigger, o.due AS last_due,
       o.state AS state, o.run AS run,
       round(100.0 * count(*) FILTER (WHERE c.state = 'succeeded')
             / nullif(count(*) FILTER (WHERE c.state NOT IN ('queued', 'claimed', 'cancelled')), 0), 1) AS ok_pct
FROM v_policy p
LEFT JOIN (SELECT policy, max(due) AS due FROM v_occurrence WHERE kind = 'policy' GROUP BY policy) l ON l.policy = p.name
LEFT JOIN v_occurrence o ON o.policy = l.policy AND o.due = l.due AND o.kind = 'policy'
LEFT JOIN v_run_computer c ON c.run = o.run
GROUP BY p.name, p.enabled, p.schedule, p.event, o.due, o.state, o.run, o.source
ORDER BY policy, run

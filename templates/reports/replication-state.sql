-- How the links to other management servers stand: when they were last heard of, and what waits.
-- drilldown: hierarchy preflight {name}
SELECT n.name AS name, n.relation AS relation, n.channel AS channel, n.state AS state, n.seen_at AS seen_at,
       n.taken_at AS taken_at, n.batches_waiting AS waiting, n.objects AS objects, n.conflicts AS conflicts
FROM v_neighbour n
ORDER BY conflicts DESC, waiting DESC, name

-- How many computers have each software as it should be, and how many have not; the least compliant first.
-- drilldown: software status {software}
SELECT s.software AS software, count(*) AS computers,
       count(*) FILTER (WHERE s.state = 'compliant') AS compliant,
       count(*) FILTER (WHERE s.state = 'not_compliant') AS not_compliant,
       count(*) FILTER (WHERE s.state = 'unknown') AS not_known,
       round(100.0 * count(*) FILTER (WHERE s.state = 'compliant')
             / nullif(count(*) FILTER (WHERE s.state IN ('compliant', 'not_compliant')), 0), 1) AS percent
FROM v_software_state s
GROUP BY s.software
ORDER BY percent NULLS FIRST, software

-- How far computers comply with baselines, as compared last; the worst first (INV-11).
-- parameter: baseline=
-- drilldown: computer show {name}
SELECT r.computer AS name, r.baseline AS baseline, r.state AS state, round(100 * r.compliance, 1) AS percent,
       r.changed AS changed, r.missing AS missing, r.extra AS extra, r.compared_at AS compared_at
FROM v_baseline_result r
WHERE :baseline = '' OR r.baseline = :baseline
ORDER BY percent NULLS FIRST, name, baseline

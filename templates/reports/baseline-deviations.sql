-- Items in which most computers deviate from baselines, as compared last (INV-11).
-- parameter: baseline=
SELECT d.baseline AS baseline, d.item AS name, d.deviation AS deviation, count(DISTINCT d.computer_guid) AS computers
FROM v_baseline_deviation d
WHERE :baseline = '' OR d.baseline = :baseline
GROUP BY d.baseline, d.item, d.deviation
ORDER BY computers DESC, baseline, name, deviation

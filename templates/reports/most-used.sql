-- Programs by how long they ran in a time, with how many computers and users had them.
-- parameter: since:time=90d
SELECT d.program AS program, d.product AS product, count(DISTINCT d.computer_guid) AS computers,
       count(DISTINCT d.user_name) AS users, sum(d.starts) AS starts, round(sum(d.minutes), 1) AS minutes,
       max(d.day) AS last_day
FROM v_usage_day d
WHERE d.day >= substr(CAST(:since AS TEXT), 1, 10)
GROUP BY d.program, d.product
ORDER BY minutes DESC, starts DESC, program

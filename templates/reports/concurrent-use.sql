-- How many computers and users had a program on the same day at most, and how many of it ran at once on one computer.
-- parameter: since:time=90d
-- parameter: program=
SELECT b.program AS program, max(b.computers) AS computers, max(b.users) AS users, max(b.peak) AS peak,
       count(*) AS days
FROM (
  SELECT d.program AS program, d.day AS day, count(DISTINCT d.computer_guid) AS computers,
         count(DISTINCT d.user_name) AS users, max(d.peak) AS peak
  FROM v_usage_day d
  WHERE d.day >= substr(CAST(:since AS TEXT), 1, 10) AND d.starts > 0
  GROUP BY d.program, d.day
) b
WHERE :program = '' OR b.program = :program
GROUP BY b.program
ORDER BY computers DESC, users DESC, program

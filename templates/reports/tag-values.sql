-- How many computers carry each value of a tag.
-- parameter: key:text
SELECT value, count(*) AS computers
FROM v_tag
WHERE key = :key
GROUP BY value
ORDER BY computers DESC, value

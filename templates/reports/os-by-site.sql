-- How many computers of each operating system family are in each site.
-- drilldown: site show {site}
SELECT m.site AS site, c.os_family AS os_family, count(DISTINCT c.guid) AS computers
FROM v_computer c LEFT JOIN v_site_member m ON m.guid = c.guid
GROUP BY m.site, c.os_family
ORDER BY site, os_family

-- Sites that have computers, but no site server of a service.
-- parameter: service:choice(any,task,package,boot,monitor)=any
-- drilldown: site show {site}
SELECT s.site AS site, k.service AS service, s.computers AS computers
FROM (SELECT site, count(DISTINCT guid) AS computers FROM v_site_member WHERE site IS NOT NULL GROUP BY site) s
CROSS JOIN (SELECT DISTINCT service FROM v_server_service) k
WHERE (:service = 'any' OR k.service = :service)
  AND NOT EXISTS (SELECT 1 FROM v_server_service v JOIN v_server_site t ON t.server = v.server
                  WHERE v.service = k.service AND t.site = s.site)
ORDER BY computers DESC, site, service

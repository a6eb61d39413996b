-- On how many package servers each package is whole, is still to come, or was found wrong.
-- drilldown: package servers {package}
SELECT p.name AS package, p.state AS state, p.version AS version, count(c.server_guid) AS servers,
       count(*) FILTER (WHERE c.state IN ('ready', 'claimed')) AS whole,
       count(*) FILTER (WHERE c.state IN ('copying', 'failed')) AS to_come,
       count(*) FILTER (WHERE c.state IN ('doubted', 'corrupt')) AS wrong, max(c.arrived_at) AS last_arrived
FROM v_package p LEFT JOIN v_package_copy c ON c.package_guid = p.guid
GROUP BY p.guid, p.name, p.state, p.version
ORDER BY wrong DESC, to_come DESC, package

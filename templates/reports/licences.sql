-- Licences of software against where it is installed, and used as far as that is metered; those that are short first.
-- parameter: since:time=90d
-- parameter: software=
-- drilldown: software licences {name}
SELECT b.name AS name, b.licenses AS licenses, b.needed AS needed, b.licenses - b.needed AS balance,
       b.installed AS installed, b.used AS used, b.idle AS idle, b.license_until AS license_until,
       CASE WHEN b.licenses IS NULL OR b.needed IS NULL THEN 'not counted'
            WHEN b.needed > 0 AND b.license_until < substr(CAST(:now AS TEXT), 1, 10) THEN 'expired'
            WHEN b.needed > b.licenses THEN 'over-deployed'
            WHEN b.needed < b.licenses THEN 'under-deployed'
            ELSE 'even' END AS standing
FROM (
  SELECT a.name, a.licenses, a.license_until, a.installed, a.used, a.idle,
         CASE WHEN lower(a.kind) IN ('device', 'computer', 'installation') THEN a.installed
              WHEN lower(a.kind) = 'site' THEN CASE WHEN a.installed > 0 THEN 1 ELSE 0 END
              WHEN lower(a.kind) = 'user' AND a.metered >= a.installed THEN a.users END AS needed
  FROM (
    SELECT s.name AS name, coalesce(trim(s.license_type), 'device') AS kind,
           s.licenses AS licenses, s.license_until AS license_until, count(u.computer_guid) AS installed,
           count(u.metered_since) AS metered,
           count(CASE WHEN u.last_used >= :since THEN 1 END) AS used,
           count(CASE WHEN u.metered_since < :since AND (u.last_used IS NULL OR u.last_used < :since) THEN 1 END)
             AS idle,
           count(DISTINCT CASE WHEN u.last_used >= :since THEN u.last_user END) AS users
    FROM v_software s LEFT JOIN v_software_use u ON u.software = s.name
    WHERE s.licenses IS NOT NULL AND (:software = '' OR s.name = :software)
    GROUP BY s.name, s.license_type, s.licenses, s.license_until
  ) a
) b
ORDER BY balance NULLS LAST, name

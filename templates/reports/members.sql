-- The members of a filter, group or target as of the last membership update.
-- parameter: collection:text
-- drilldown: computer show {name}
SELECT m.name AS name, m.kind AS kind, c.os_family AS os_family, c.last_seen AS last_seen
FROM v_member m JOIN v_computer c ON c.guid = m.guid
WHERE m.collection = :collection
ORDER BY name, kind

-- Filters, groups and targets with their members, and when those were last looked at.
-- parameter: kind:choice(any,filter,group,target)=any
-- drilldown: report run members --param collection={name}
SELECT c.kind AS kind, c.name AS name, c.type AS type, count(m.guid) AS members, c.updated_at AS updated_at, c.stale AS stale
FROM v_collection c LEFT JOIN v_member m ON m.collection_guid = c.guid
WHERE :kind = 'any' OR c.kind = :kind
GROUP BY c.guid, c.kind, c.name, c.type, c.updated_at, c.stale
ORDER BY kind, name

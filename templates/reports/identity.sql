-- Who carries an identity value, such as a serial number or a MAC address.
-- parameter: value:text
-- drilldown: computer show {name}
SELECT name, kind, value, junk, source
FROM v_identity
WHERE lower(value) = lower(:value)
ORDER BY name, kind

-- Host keys that several computers have: cloned machines, which nobody can tell apart by their keys.
SELECT key_type, fingerprint, count(*) AS computers, min(name) AS first, max(name) AS last
FROM v_host_key
WHERE state = 'pinned'
GROUP BY key_type, fingerprint
HAVING count(*) > 1
ORDER BY computers DESC, fingerprint

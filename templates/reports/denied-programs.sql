-- Programs that were kept from running, or were used although a policy denies them; the newest first.
SELECT u.program AS program, u.computer AS name, u.denials AS denials, u.last_denied AS last_denied,
       u.violations AS violations, u.last_violated AS last_violated, u.last_user AS last_user
FROM v_usage u
WHERE u.denials > 0 OR u.violations > 0
ORDER BY coalesce(u.last_violated, u.last_denied) DESC, name, program

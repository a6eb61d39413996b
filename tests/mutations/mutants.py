"""The faults: what stands in a file, what takes its place, and the tests that stand nearest.

`why_equal` says why no test can notice; such a mutant is not counted. A text must stand in its file exactly once.
"""
# ruff: noqa: E501 - a table reads best with one case a line

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One fault."""

    path: str  # below itmsctl/
    old: str
    new: str
    tests: str  # below tests/, separated by blanks
    why_equal: str = ""

    @property
    def area(self) -> str:
        """Return the part of the program that it is in."""
        return self.path.partition("/")[0]


PLANNED = "software/test_planning.py"
EVAL, SQL = "expressions/evaluate.py", "expressions/sql.py"
TRUTH = "expressions/test_truth.py"
USED = "metering/test_usage.py metering/test_summing.py"
AGREE = "expressions/test_truth.py expressions/test_agreement.py"
WALK, WAVES = "tasks/walk.py", "tasks/waves.py"
DUE, STAND = "schedules/due.py", "schedules/standing.py"
VAULT = "security/vault.py"
PICK = "sites/selection.py"
SHELF, STORE, CHAIN = "cmdb/stored.py", "cmdb/store.py", "cmdb/chain.py"

MUTANTS = (
    # --- expressions
    Mutant(
        EVAL,
        "first, second = not least <= number <= most, not least == most == number",
        "first, second = not least <= number <= most, not least <= number <= most",
        TRUTH,
    ),
    Mutant(
        EVAL,
        "first, second = least == most == number, least <= number <= most",
        "first, second = least == most == number, least == most == number",
        TRUTH,
    ),
    Mutant(
        EVAL,
        "first, second = _OPERATORS[op](most, number), _OPERATORS[op](least, number)",
        "first, second = _OPERATORS[op](least, number), _OPERATORS[op](most, number)",
        TRUTH,
    ),
    Mutant(EVAL, "return True if first else None if second else False", "return True if first else False", TRUTH),
    Mutant(EVAL, "most = least + sum(1 for truth in found if truth is None)", "most = least", TRUTH),
    Mutant(EVAL, "return None if found is None else not found", "return not found", TRUTH),
    Mutant(
        EVAL,
        "return lambda value: None if value is None else value != wanted",
        "return lambda value: value != wanted",
        TRUTH,
    ),
    Mutant(
        EVAL,
        "return lambda value: None if value is None else value <= wanted",
        "return lambda value: None if value is None else value < wanted",
        AGREE,
    ),
    Mutant(
        EVAL,
        "return lambda value: None if value is None else start <= value <= end",
        "return lambda value: None if value is None else start <= value < end",
        AGREE,
    ),
    Mutant(
        EVAL,
        "return None if left is None or right is None else relation(left, right)",
        "return None if left is None else relation(left, right)",
        AGREE,
    ),
    Mutant(SQL, "return self.surely(part, wanted=not wanted)", "return self.surely(part, wanted=wanted)", TRUTH),
    Mutant(SQL, "every = isinstance(node, t.And) is wanted", "every = isinstance(node, t.And)", TRUTH),
    Mutant(
        SQL,
        "return self._if_collected(cls, self._none(rows, cls, self._row_condition(rows, where, possible=True)))",
        "return self._if_collected(cls, self._none(rows, cls, self._row_condition(rows, where)))",
        TRUTH,
    ),
    Mutant(
        SQL,
        'form = least(op) if where is None else sa.or_(least(">"), most("<"))',
        "form = least(op)",
        TRUTH,
    ),
    # --- tasks
    Mutant(
        WALK,
        'return ("normal", "rescue", "always").index(part.role), position',
        "return 0, position",
        "tasks/test_walk.py",
    ),
    Mutant(
        WALK, 'elif stopped or (bad and part.on_error != "continue"):', "elif stopped or bad:", "tasks/test_walk.py"
    ),
    Mutant(
        WALK,
        "self.rescued, self.broken = self.broken is None and not self.left, first",
        "self.rescued, self.broken = self.broken is None, first",
        "tasks/test_walk.py tasks/test_states.py tasks/test_jobs.py",
    ),
    Mutant(
        WALK,
        "again = bad and found.retry < part.retries and part.step.may_help(found.exit_status)",
        "again = bad and found.retry <= part.retries and part.step.may_help(found.exit_status)",
        "tasks/test_walk.py",
    ),
    Mutant(
        WALK, 'if broken is None or self._at(broken).on_error != "rescue":', "if broken is None:", "tasks/test_walk.py"
    ),
    Mutant(
        WALK,
        "self.rescued, self.broken = self.broken is None and not self.left, first",
        "self.rescued, self.broken = True, first",
        "tasks/test_walk.py",
    ),
    Mutant(WALK, "return self.cut or self.left", "return self.cut", "tasks/test_walk.py"),
    Mutant(WALK, '"failed": state in _BAD,', '"failed": state != State.SUCCEEDED,', "tasks/test_walk.py"),
    Mutant(
        WAVES,
        "return max(1, math.ceil(total * self.number / 100 - 1e-9)) if self.share else int(self.number)",
        "return max(1, math.ceil(total * self.number / 100)) if self.share else int(self.number)",
        "tasks/test_waves.py",
    ),
    Mutant(
        WAVES,
        "size = sizes[min(wave, len(sizes) - 1)].of(total)",
        "size = sizes[min(wave, 0)].of(total)",
        "tasks/test_waves.py",
    ),
    Mutant(
        WAVES,
        'return int.from_bytes(digest[:8], "big") / 2**64',
        'return int.from_bytes(digest[:8], "big") / 2**65',
        "tasks/test_waves.py",
    ),
    Mutant(WAVES, "ended = shown.ok + shown.bad", "ended = shown.ok", "tasks/test_waves.py"),
    Mutant(WAVES, "if gate.success is not None and not ended:", "if False:", "tasks/test_waves.py"),
    Mutant(
        "tasks/codes.py",
        "return any(low <= code <= high for low, high in self.ranges)",
        "return any(low <= code < high for low, high in self.ranges)",
        "tasks/test_judgements.py tasks/test_action_values.py tasks/test_jobs.py",
    ),
    Mutant(
        "tasks/codes.py",
        "if code in known.reboot:",
        "if code in known.reboot and code in known.success:",
        "tasks/test_judgements.py tasks/test_action_values.py tasks/test_jobs.py",
    ),
    Mutant(
        "tasks/guard.py",
        "if radius.computers > guard_max:",
        "if radius.computers >= guard_max:",
        "tasks/test_judgements.py",
    ),
    Mutant(
        "tasks/guard.py",
        "if whole > 1 and touched > whole * SITE_SHARE:",
        "if whole > 1 and touched >= whole * SITE_SHARE:",
        "tasks/test_judgements.py",
    ),
    # --- schedules
    Mutant(DUE, "_SLACK = timedelta(days=2)", "_SLACK = timedelta(0)", "schedules/test_due.py"),
    Mutant(
        DUE,
        "if after < moment <= until:",
        "if after <= moment <= until:",
        "schedules/test_due.py schedules/test_schedule_commands.py",
    ),
    Mutant(
        DUE,
        "if utc <= after:",
        "if utc < after:",
        "schedules/test_due.py",
        "walls begin after the one that the clock shows at `after`, and none of those means that instant",
    ),
    Mutant(
        DUE, "held = held if how == GAP else _due(timing, zone, wall, utc, how)", "held = held", "schedules/test_due.py"
    ),
    Mutant(
        DUE,
        "for number in count(max(0, (after - start) // timing.every + 1)):",
        "for number in count(max(0, (after - start) // timing.every)):",
        "schedules/test_due.py",
    ),
    Mutant(DUE, "local = wall_of(utc, zone) if how == GAP else wall", "local = wall", "schedules/test_due.py"),
    Mutant(
        DUE,
        "look, end = look * 4, begin",
        "look, end = look * 4, end",
        "schedules/test_due.py",
        "each look begins further back, so the same last one is found, later",
    ),
    Mutant(
        STAND,
        "windows = [window for window in windows if window.type == BLOCKOUT]",
        "windows = []",
        "schedules/test_standing.py schedules/test_openings.py",
    ),
    Mutant(
        STAND,
        'return Stretch(begin, blocked[1], False, f"blockout {blocked[0]}", True)',
        'return Stretch(begin, blocked[1], False, f"blockout {blocked[0]}")',
        "schedules/test_standing.py schedules/test_openings.py",
    ),
    Mutant(
        STAND,
        "if waits and _longest(waits, at) is None:",
        "if waits:",
        "schedules/test_standing.py schedules/test_openings.py",
    ),
    Mutant(
        STAND,
        'return Stretch(begin, _earlier(inside[1], blockout), True, f"window {inside[0]}")',
        'return Stretch(begin, inside[1], True, f"window {inside[0]}")',
        "schedules/test_standing.py schedules/test_openings.py",
    ),
    # --- security
    Mutant(
        VAULT,
        'return _canonical("secret", _FORMAT, self.vault_id, place.credential, place.field, place.version, self.key_id)',
        'return _canonical("secret", _FORMAT, self.vault_id, place.credential, place.field, self.key_id)',
        "security/test_vault.py",
    ),
    Mutant(
        VAULT,
        'return _canonical("vault", _FORMAT, what, self.vault_id, self.key_id, self.kdf.as_dict(), self.salt.hex())',
        'return _canonical("vault", _FORMAT, what, self.vault_id, self.kdf.as_dict(), self.salt.hex())',
        "security/test_vault.py",
    ),
    Mutant(VAULT, "if data is None and known is None:", "if data is None or known is None:", "security/test_vault.py"),
    Mutant(
        VAULT,
        "if data is None or len(data) != KEY_BYTES or known != _KNOWN:",
        "if data is None:",
        "security/test_vault.py",
    ),
    Mutant(
        VAULT,
        "if len(passphrase) < SHORTEST_PASSPHRASE:",
        "if len(passphrase) <= SHORTEST_PASSPHRASE:",
        "security/test_vault.py",
    ),
    Mutant(
        VAULT,
        "return DataKey(key.vault_id, key_id, random(KEY_BYTES))",
        "return DataKey(key.vault_id, key_id, key.data)",
        "security/test_vault.py security/test_credentials.py",
    ),
    Mutant(VAULT, "nonce = random(NONCE_BYTES)", "nonce = bytes(NONCE_BYTES)", "security/test_vault.py"),
    # --- sites
    Mutant(
        PICK, "name_key(candidate.name), candidate.guid)", "candidate.name, candidate.guid)", "sites/test_selection.py"
    ),
    Mutant(
        PICK,
        'return (("subnet", "site", "").index(candidate.near),',
        'return (("site", "subnet", "").index(candidate.near),',
        "sites/test_selection.py",
    ),
    Mutant(
        PICK,
        "return self.service != PACKAGE or not server.constrained or site in self.estate.fed_sites",
        "return self.service != PACKAGE or not server.constrained",
        "sites/test_selection.py",
    ),
    Mutant(
        PICK,
        "free = [server for server in servers if not self.estate.server_places[server.guid].sites]",
        "free = list(servers)",
        "sites/test_selection.py",
    ),
    Mutant(PICK, "if not same_subnet:", "if True:", "sites/test_selection.py"),
    Mutant(
        PICK, "if self.service == PACKAGE and server.constrained:", "if server.constrained:", "sites/test_selection.py"
    ),
    Mutant(PICK, "elif not place.subnets:", "elif place.subnets:", "sites/test_selection.py"),
    # --- cmdb
    Mutant(
        SHELF,
        'more = " and more" if len(users) > 5 else ""',
        'more = " and more" if len(users) > 6 else ""',
        "cmdb/test_shelf.py",
    ),
    Mutant(
        SHELF,
        "if revision is not None and revision != before.revision:",
        "if revision is not None and revision > before.revision:",
        "cmdb/test_shelf.py",
    ),
    Mutant(
        SHELF,
        "ordered = order.desc().nulls_last() if descending else order.asc().nulls_first()",
        "ordered = order.desc() if descending else order.asc()",
        "cmdb/test_shelf.py",
        "on SQLite, which these runs use, empty values stand there anyway",
    ),
    Mutant(
        SHELF,
        "if name_key(new_name) != name_key(before.name) and self.find(unit, new_name) is not None:",
        "if self.find(unit, new_name) is not None:",
        "cmdb/test_shelf.py",
    ),
    Mutant(SHELF, "self._refuse_used(unit, doc)", "pass", "cmdb/test_shelf.py"),
    Mutant(
        CHAIN,
        "if head is None or (head.seq, head.hash) != (count, previous):",
        "if head is None or head.seq != count:",
        "cmdb/test_chain.py",
    ),
    Mutant(CHAIN, 'previous, count = row["hash"], count + 1', "count = count + 1", "cmdb/test_chain.py"),
    Mutant(CHAIN, "return count - start.seq", "return count", "cmdb/test_chain.py cmdb/test_checkpoint.py"),
    Mutant(CHAIN, "or count != int(start.seq > 0):", "or False:", "cmdb/test_chain.py cmdb/test_checkpoint.py"),
    Mutant(
        STORE,
        "crowded = not (error.lost or error.down)",
        "crowded = True",
        "cmdb/test_store.py cmdb/test_postgres_faults.py cmdb/test_faults.py",
    ),
    Mutant("metering/summing.py", "while ends and ends[0] <= one.begin:", "while ends and ends[0] < one.begin:", USED),
    Mutant(
        "metering/summing.py", "violation = verdict.denied and one.event == START", "violation = verdict.denied", USED
    ),
    Mutant("metering/summing.py", "stop = min(end, midnight)", "stop = end", USED),
    Mutant("metering/programs.py", "if not version:", "if False:", USED),
    Mutant("metering/reading.py", "if (one.process, one.began) in ours:", "if False:", "metering/test_accounting.py"),
    Mutant(
        "metering/service/storing.py", "known = (row.collected_at or at, row.begun_at or at)", "known = (at, at)", USED
    ),
    Mutant(
        "packages/members.py",
        "if above in links or seen.get(above, FOLDER) != FOLDER:",
        "if False:",
        "packages/test_members.py",
    ),
    Mutant(
        "packages/service/library.py",
        "if found.hexdigest() != sha256:",
        "if False:",
        "packages/test_package_commands.py",
    ),
    Mutant(
        "packages/service/importing.py",
        'if one != proposed.get(one["name"])}',
        "if False}",
        "packages/test_package_commands.py",
    ),
    Mutant(
        "packages/judging.py", "if proof.truth is must_hold:", "if proof.truth is True:", "packages/test_running.py"
    ),
    Mutant(
        "packages/trust/following.py",
        "if version > mark.version + MOST_AHEAD:",
        "if False:",
        "packages/test_trust_attacks.py",
    ),
    Mutant(
        "packages/trust/following.py",
        "if version == mark.version and digest != mark.sha256:",
        "if False:",
        "packages/test_trust_attacks.py",
    ),
    Mutant("software/planning.py", "        if state == NOT_APPLICABLE:", "        if False:", PLANNED),
    Mutant("software/planning.py", "if state == COMPLIANT and action != REPAIR:", "if state == COMPLIANT:", PLANNED),
    Mutant("software/planning.py", "self.at_odds.setdefault(other, set()).add(name)", "pass", PLANNED),
    Mutant("software/planning.py", "self.after.setdefault(needed, set()).add(name)", "pass", PLANNED),
    Mutant("software/planning.py", "self.after.setdefault(name, set()).add(taker)", "pass", PLANNED),
    Mutant("software/planning.py", "return self.resources[name].deliverable and ", "return ", PLANNED),
    Mutant("packages/manifest.py", "same = found.canonical() == data", "same = True", "packages/test_manifest.py"),
)

"""Cases of SZ-304."""

from __future__ import annotations

from tests.sizing.designs import Fires, Quiet, design, ns, policy

FIRES: Fires = {
    "every minute": (design(ns(delta_membership_s=60)), ["hq"]),
    "by a policy": (design(policy(runs="membership-update:delta", every_s=120)), ["p"]),
}
QUIET: Quiet = {
    "every five": design(ns(delta_membership_s=300)),
    "a policy that does": design(policy(runs="membership-update:delta", every_s=300)),
    "something else": design(policy(runs="command", every_s=60)),
    "disabled": design(policy(runs="membership-update", every_s=60, enabled=False)),
}

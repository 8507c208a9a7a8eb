"""Who may use which tactic, by the policy."""

from callguard.decide.policy import Policy
from callguard.errors import AccessError
from callguard.terms import StaffRole, Tactic


def may_use(policy: Policy, role: StaffRole, tactic: Tactic) -> None:
    """Return if `role` may use `tactic`. Raises AccessError."""
    allowed = policy.cards[tactic].roles
    if role not in allowed:
        names = " or ".join(sorted(allowed))
        raise AccessError(f"«{tactic}» is not for the role «{role}» under policy {policy.label}; ask somebody who is {names}")

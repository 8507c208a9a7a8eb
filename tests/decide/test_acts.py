import pytest

from callguard.decide.acts import may_use
from callguard.decide.policy import load_policy
from callguard.errors import AccessError
from callguard.terms import StaffRole, Tactic

RESERVED = (Tactic.INTERJECT, Tactic.HANG_UP_FOLLOW_UP)


def is_open_to(role: StaffRole, tactic: Tactic) -> bool:
    try:
        may_use(load_policy("standard"), role, tactic)
    except AccessError:
        return False
    return True


@pytest.mark.parametrize("tactic", [tactic for tactic in Tactic if tactic not in RESERVED])
def test_agents_may_use_every_tactic_that_is_not_reserved(tactic: Tactic) -> None:
    assert is_open_to(StaffRole.AGENT, tactic)


@pytest.mark.parametrize("tactic", RESERVED)
@pytest.mark.parametrize("role", [StaffRole.AGENT, StaffRole.QA, StaffRole.ADMIN])
def test_reserved_tactics_are_refused_to_everybody_but_senior_staff(tactic: Tactic, role: StaffRole) -> None:
    with pytest.raises(AccessError, match="ask somebody who is senior"):
        may_use(load_policy("standard"), role, tactic)


@pytest.mark.parametrize("tactic", list(Tactic))
def test_senior_staff_may_use_every_tactic(tactic: Tactic) -> None:
    assert is_open_to(StaffRole.SENIOR, tactic)

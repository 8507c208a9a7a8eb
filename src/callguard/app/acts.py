"""What people may do to running calls, joined to the policies that these began with."""

from collections.abc import Callable

from callguard.announced import Announcements
from callguard.decide.acts import may_use
from callguard.decide.policy import Policy, SpokenCard, spoken_cards
from callguard.decide.policy_rows import Question
from callguard.deliver.ports import Health
from callguard.desk import Callers, GuardDesk
from callguard.guard import Guard
from callguard.media.listening import Listening
from callguard.publisher import Publisher


def build_desk(
    guard: Guard[Listening],
    publisher: Publisher,
    policy_of: Callable[[str], Policy],
    health: Callable[[], Health],
    *,
    organisation: str,
    callers: Callers,
    announced: Announcements,
) -> GuardDesk[Listening, SpokenCard, Health, Question]:
    """Return the desk at which people act; `policy_of` says by which policy on a call, or on one that has not begun."""
    return GuardDesk(
        guard,
        publisher,
        may_use=lambda call_id, role, tactic: may_use(policy_of(call_id), role, tactic),
        cards=lambda call_id, language: spoken_cards(policy_of(call_id).said_in(language), organisation=organisation),
        health=health,
        callers=callers,
        announced=announced,
        questions=lambda call_id, language: policy_of(call_id).said_in(language).checklist,
    )

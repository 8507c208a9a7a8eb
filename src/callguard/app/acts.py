"""What people may do to running calls, joined to the policy that holds."""

from collections.abc import Callable

from callguard.announced import Announcements
from callguard.app.parts import Parts
from callguard.decide.acts import may_use
from callguard.decide.policy import SpokenCard, spoken_cards
from callguard.decide.policy_rows import Question
from callguard.deliver.ports import Health
from callguard.desk import Callers, GuardDesk
from callguard.guard import Guard
from callguard.media.listening import Listening
from callguard.publisher import Publisher


def build_desk(
    guard: Guard[Listening],
    publisher: Publisher,
    parts: Parts,
    health: Callable[[], Health],
    *,
    callers: Callers,
    announced: Announcements,
) -> GuardDesk[Listening, SpokenCard, Health, Question]:
    """Return the desk at which people act; another policy that is chosen meanwhile holds there at once."""
    return GuardDesk(
        guard,
        publisher,
        may_use=lambda role, tactic: may_use(parts.policy, role, tactic),
        cards=lambda: spoken_cards(parts.policy, organisation=parts.settings.organisation),
        health=health,
        callers=callers,
        announced=announced,
        questions=lambda language: parts.policy.said_in(language).checklist,
    )

"""What happened in one call, with the newest part still open to correction."""

from callguard.decide.policy import samples_of
from callguard.decide.policy_rows import Climb
from callguard.decide.standing import Fact, Level, Offence, Standing, Warned, fold
from callguard.terms import Role

OPEN_S = 60
"""So long running or doubtful speech waits for its last word, and a warning may come late; then all counts as it was heard."""


class Timeline:
    """Facts in their order: a warning stands before what began after it, however late its words were known."""

    def __init__(self, climb: Climb) -> None:
        self._climb = climb
        self._base = Standing()
        self._facts: list[Fact] = []

    def standing(self, now_sample: int) -> Standing:
        """Return where the call stands now."""
        return fold(self._base, self._facts, self._climb).at(now_sample, self._climb)

    def level_before(self, at_sample: int) -> Level:
        """Return the level then, of what had begun before, as far as it is still told apart."""
        standing = fold(self._base, [fact for fact in self._facts if _began(fact) < at_sample], self._climb)
        return standing.at(at_sample, self._climb).level

    def next_fall(self, now_sample: int) -> int | None:
        """Return when the call falls one step if nothing more happens; None if it stands on the lowest."""
        standing = self.standing(now_sample)
        return None if standing.level is Level.QUIET else standing.since_sample + samples_of(self._climb.quiet_s)

    def with_offence(self, offence: Offence) -> tuple[Standing, Standing]:
        """Return where the call stands just before and just after `offence`, were it put in."""
        facts = [fact for fact in self._facts if not _is_same(fact, offence.key)]
        before = fold(self._base, facts, self._climb).at(offence.at_sample, self._climb)
        return before, before.after(offence, self._climb)

    def put(self, fact: Fact) -> None:
        """Let something happen; an offence takes the place of an earlier reading of the same speech."""
        if isinstance(fact, Offence):
            self.take_back(fact.key)
        place = len(self._facts)
        if isinstance(fact, Warned):
            later = (number for number, other in enumerate(self._facts) if _began(other) >= fact.at_sample)
            place = next(later, place)
        self._facts.insert(place, fact)
        self._fold_old(fact.at_sample)

    def take_back(self, key: tuple[Role, int]) -> None:
        """Let what was heard in this speech not have happened."""
        self._facts = [fact for fact in self._facts if not _is_same(fact, key)]

    def _fold_old(self, now_sample: int) -> None:
        recent = (number for number, fact in enumerate(self._facts) if now_sample - fact.at_sample < samples_of(OPEN_S))
        done = next(recent, len(self._facts))
        self._base = fold(self._base, self._facts[:done], self._climb)
        del self._facts[:done]


def _began(fact: Fact) -> int:
    return fact.start_sample if isinstance(fact, Offence) else fact.at_sample


def _is_same(fact: Fact, key: tuple[Role, int]) -> bool:
    return isinstance(fact, Offence) and fact.key == key

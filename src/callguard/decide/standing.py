"""Where a call stands on the ladder: a pure fold over what happened, so that one thing can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

from callguard.decide.policy import samples_of
from callguard.decide.policy_rows import Climb
from callguard.terms import CallState, Role


class Level(IntEnum):
    """The steps of the ladder; care stands beside them."""

    QUIET = 0
    HEATED = 1
    ABUSIVE = 2
    SEVERE = 3
    THREAT = 4


STATE_OF = {
    Level.QUIET: CallState.QUIET,
    Level.HEATED: CallState.HEATED,
    Level.ABUSIVE: CallState.ABUSIVE,
    Level.SEVERE: CallState.SEVERE,
    Level.THREAT: CallState.THREAT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Offence:
    """What one piece of the caller's speech did."""

    at_sample: int
    """When callguard learned of it."""
    start_sample: int
    """When the caller began to say it."""
    key: tuple[Role, int]
    """Channel and segment: the same offence, however often its text is seen."""
    severity: int
    is_angry: bool
    is_care: bool
    is_settled: bool
    """From a final and reliable text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """The agent gave the chance to stop."""

    at_sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """Something other than words put the call at least on `level`: a panic button, or many small things together."""

    at_sample: int
    level: Level


Fact = Offence | Warned | Lifted


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The call on its ladder at one moment."""

    level: Level = Level.QUIET
    since_sample: int = 0
    """Last abuse or anger, or last step down: quiet is counted from here."""
    mild: tuple[int, ...] = ()
    grave: tuple[int, ...] = ()
    """When severity 1 and severity 2 were heard, newest last, as far back as they count."""
    warned_sample: int = -1
    """-1 while there is no warning that counts."""
    is_care: bool = False
    """Never falls within a call: a danger does not pass because nobody speaks of it."""

    @property
    def state(self) -> CallState:
        """What people see."""
        if self.is_care and self.level is not Level.THREAT:
            return CallState.CARE
        return STATE_OF[self.level]

    def at(self, now_sample: int, climb: Climb) -> "Standing":
        """Let time pass: one step down for every quiet time."""
        quiet = samples_of(climb.quiet_s)
        last_sample = max(self.since_sample, self.warned_sample)
        if self.level is Level.QUIET:
            forgets = self.warned_sample >= 0 and now_sample - last_sample >= quiet
            return replace(self, warned_sample=-1) if forgets else self
        steps = min((now_sample - self.since_sample) // quiet, self.level)
        if steps <= 0:
            return self
        level = Level(self.level - steps)
        fallen = replace(self, level=level, since_sample=self.since_sample + steps * quiet)
        return replace(fallen, mild=(), grave=(), warned_sample=-1) if level is Level.QUIET else fallen

    def after(self, fact: Fact, climb: Climb) -> "Standing":
        """Let one thing happen."""
        now = self.at(fact.at_sample, climb)
        if isinstance(fact, Warned):
            return replace(now, warned_sample=fact.at_sample)
        if isinstance(fact, Lifted):
            return replace(now, level=max(now.level, fact.level), since_sample=max(now.since_sample, fact.at_sample))
        return now.after_offence(fact, climb)

    def after_offence(self, offence: Offence, climb: Climb) -> "Standing":
        """Let the caller say something; quiet time has been taken off before."""
        at = offence.at_sample
        mild = tuple(one for one in self.mild if at - one < samples_of(climb.mild_window_s))
        grave = tuple(one for one in self.grave if at - one < samples_of(climb.repeat_window_s))
        mild += (at,) if offence.severity == 1 else ()
        grave += (at,) if offence.severity == 2 else ()
        level = self._level_of(offence, len(mild), len(grave), climb)
        is_heat = offence.severity > 0 or offence.is_angry
        return replace(
            self,
            level=max(self.level, level),
            since_sample=max(self.since_sample, at) if is_heat else self.since_sample,
            mild=mild,
            grave=grave,
            is_care=self.is_care or offence.is_care,
        )

    def _level_of(self, offence: Offence, mild: int, grave: int, climb: Climb) -> Level:
        goes_on = 0 <= self.warned_sample <= offence.start_sample
        if offence.severity >= 3:
            return Level(offence.severity)
        if offence.severity == 2:
            return Level.SEVERE if goes_on or grave > 1 else Level.ABUSIVE
        if offence.severity == 1:
            if goes_on:
                return Level.SEVERE
            return Level.ABUSIVE if mild >= climb.mild_count else Level.HEATED
        return Level.HEATED if offence.is_angry else Level.QUIET


def row_of(offence: Offence, level: Level) -> Level:
    """Return the row of the ladder that answers this offence in a call that now stands on `level`."""
    if offence.severity == 4:
        return Level.THREAT
    if offence.severity:
        return min(level, Level.SEVERE)
    return Level.HEATED if offence.is_angry and level is Level.HEATED else Level.QUIET


def fold(base: Standing, facts: Iterable[Fact], climb: Climb) -> Standing:
    """Return where the call stands after `facts`, in their order."""
    for fact in facts:
        base = base.after(fact, climb)
    return base

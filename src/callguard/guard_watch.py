"""How well one call is listened to: what is wrong with it, the worst of that, and whether people know already."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from callguard.call_path import LEFT_OUT
from callguard.errors import LanguageError, OverloadError
from callguard.load import BECAUSE, LoadControl, Step
from callguard.terms import GuardLevel, Role

SECOND_NS: Final = 1_000_000_000
LOSS_FORGOTTEN_S: Final = 30
"""A call counts as degraded for so long after speech was lost: one agent's turn plus the caller's answer."""

FAILED_FOR_GOOD: Final = 2
"""A single failure may be the speech's own; from so many in a row on, nothing more is expected of the engine."""

NO_FAULT: Final = frozenset({LEFT_OUT, LanguageError.code})
"""Losses that nothing is wrong behind: the guard's level says so by itself, and only for as long as it is so."""

WORST_FIRST: Final = (GuardLevel.NOT_GUARDED, GuardLevel.DEGRADED, GuardLevel.FALLBACK, GuardLevel.GUARDED)

LATE_S: Final = 2
"""Twice the whole budget: speech that waits so long for its words is not guarded as it should be."""


class Verdict(NamedTuple):
    """How well a call is listened to by one thing that matters."""

    level: GuardLevel
    cause: str
    """One word for what makes it so; empty where nothing is wrong with the call itself."""
    because: str
    """The same as a sentence for people."""


class GuardWatch:
    """Watches over what the tap brings of one call and what the engine makes of it. Reads no clock: it is told the time."""

    def __init__(
        self,
        channels: Iterable[Role],
        *,
        now_ns: int,
        normal: Callable[[], tuple[GuardLevel, str]],
        load: LoadControl,
        silent_after_s: float,
    ) -> None:
        """Begin to watch. `normal` says how well calls are heard while nothing is wrong: an engine may take over meanwhile."""
        self._normal, self._load = normal, load
        self._began_ns = now_ns
        self._last_audio_ns = dict.fromkeys(channels, now_ns)
        self._silent_after_ns = int(silent_after_s * SECOND_NS)
        self._last_loss_ns = -LOSS_FORGOTTEN_S * SECOND_NS
        self._lost_for_want_of_time = True
        self._failed_in_a_row = 0
        """Pieces of speech that the engine failed on, without one that it wrote down or had no time for."""
        self._unwritten: dict[tuple[Role, int], int] = {}
        self._told = (normal()[0], Step.ALL, "")
        self._is_given_up = False

    # --- what happens in the call ----------------------------------------------------------------

    def audio_came(self, channel: Role, received_ns: int) -> None:
        """Take note that a channel brings audio."""
        self._last_audio_ns[channel] = received_ns

    def waits(self, channel: Role, segment: int, now_ns: int) -> None:
        """Take note that a finished piece of speech waits for its words from now on."""
        self._unwritten[channel, segment] = now_ns

    def waits_no_more(self, channel: Role, segment: int) -> None:
        """Take note that a piece of speech was written down, spotted in, or given up."""
        self._unwritten.pop((channel, segment), None)

    def written(self) -> None:
        """Take note that the engine wrote a piece of speech down."""
        self._failed_in_a_row = 0

    def lost(self, because: str, now_ns: int) -> None:
        """Take note that what was said in a piece of speech is lost; `because` is the code of an error or `LEFT_OUT`."""
        if because in NO_FAULT:
            return
        self._last_loss_ns = now_ns
        self._lost_for_want_of_time = because == OverloadError.code
        self._failed_in_a_row = 0 if self._lost_for_want_of_time else self._failed_in_a_row + 1

    def given_up(self) -> None:
        """Take note that the call has failed: people were told, and nothing is to make it look better again."""
        self._is_given_up = True

    # --- what follows ----------------------------------------------------------------------------

    @property
    def last_audio_ns(self) -> int:
        """When audio of either side came last; at first, when the watch began."""
        return max(self._last_audio_ns.values(), default=self._began_ns)

    def late_s(self, now_ns: int) -> float:
        """Return how long the oldest finished piece of speech has been waiting for its words."""
        return (now_ns - min(self._unwritten.values(), default=now_ns)) / SECOND_NS

    def at_first(self) -> Verdict:
        """Return what a call that begins is told as, whatever is wrong already."""
        level, because = self._normal()
        self._told = (level, Step.ALL, "")
        return Verdict(level, "", because)

    def news(self, now_ns: int, *, has_ended: bool) -> Verdict | None:
        """Return the worst that is wrong, of equals the first; None where people know already.

        `has_ended`: the tap said goodbye, so that nothing more is to come from it.
        """
        if self._is_given_up:
            return None
        verdict = min(self._verdicts(now_ns, has_ended=has_ended), key=lambda one: WORST_FIRST.index(one.level))
        told = (verdict.level, self._load.step, verdict.cause)
        if told == self._told:
            return None
        self._told = told
        return verdict

    def _verdicts(self, now_ns: int, *, has_ended: bool) -> Iterable[Verdict]:
        if not has_ended:
            yield from self._silence(now_ns)
        level, because = self._normal()
        if level is GuardLevel.NOT_GUARDED:
            yield Verdict(level, "", because)
        if self._failed_in_a_row >= FAILED_FOR_GOOD:
            fails = "The speech engine fails: what is said is not written down. Do not rely on callguard now."
            yield Verdict(GuardLevel.NOT_GUARDED, "failing", fails)
        step = self._load.step
        if step is not Step.ALL:
            level_now = GuardLevel.NOT_GUARDED if step is Step.NOT_GUARDED else GuardLevel.DEGRADED
            yield Verdict(level_now, "load", BECAUSE[step])
        if (late_s := self.late_s(now_ns)) >= LATE_S:
            yield Verdict(GuardLevel.DEGRADED, "late", f"Words are written down {late_s:.0f} s late: the engine cannot keep up.")
        if now_ns - self._last_loss_ns < LOSS_FORGOTTEN_S * SECOND_NS:
            if self._lost_for_want_of_time:
                yield Verdict(GuardLevel.DEGRADED, "late", "Speech was lost because the engine could not keep up.")
            else:
                yield Verdict(GuardLevel.DEGRADED, "failed", "Speech was lost because the speech engine failed.")
        yield Verdict(level, "", because)

    def _silence(self, now_ns: int) -> Iterable[Verdict]:
        """Yield what is wrong with what the tap brings."""
        silent = [role for role, last_ns in self._last_audio_ns.items() if now_ns - last_ns > self._silent_after_ns]
        if not silent:
            return
        if len(silent) == len(self._last_audio_ns):
            silent_s = min((now_ns - last_ns) // SECOND_NS for last_ns in self._last_audio_ns.values())
            yield Verdict(GuardLevel.NOT_GUARDED, "silent", f"No audio has come for {silent_s} s: check the tap.")
        else:
            one_sided = f"Only one side is heard, no audio comes from the {silent[0]}: check the tap."
            yield Verdict(GuardLevel.DEGRADED, "one-sided", one_sided)

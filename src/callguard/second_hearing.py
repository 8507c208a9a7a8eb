"""A threat is believed only when two independent decodes bear it out: the thinking, and whom it asks."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from callguard.errors import EngineError
from callguard.events import WarningGiven
from callguard.speech import CallRisk, SpeechSegment, Transcript, UtteranceScore
from callguard.terms import Core

log = logging.getLogger(__name__)

HearAgain = Callable[[SpeechSegment], Awaitable[Transcript | None]]
"""Asks the speech engine to write the same speech down in another way; None where it has no other."""

Weigh = Callable[[UtteranceScore], UtteranceScore]

HEARD_TWICE = 4
"""Severity from which one hearing is not enough."""
UNCONFIRMED = "unconfirmed"
HEARD_ONCE = "heard_once"
SILENCE = frozenset({"no_speech", "known_invention"})
"""Reasons of doubt that say: nobody spoke."""


class Scorer(Core[Transcript, UtteranceScore | CallRisk], Protocol):
    """What the words of a call come to."""

    def read(self, transcript: Transcript, /) -> UtteranceScore | None:
        """Score without consequence: nothing is kept. None for words that are not scored. Raises EngineError."""
        ...

    def warned(self, warning: WarningGiven, /) -> None:
        """Let abuse weigh more that begins after the caller was given the chance to stop."""
        ...


class SecondHearing:
    """Decides what is to be believed of speech in which the engine has heard a threat."""

    def __init__(self, scorer: Scorer, hear_again: HearAgain | None, weigh: Weigh = lambda score: score) -> None:
        """Without `hear_again`, what was heard once is believed; `weigh` says what the policy makes of a score."""
        self._scorer = scorer
        self._weigh = weigh
        self._hear_again = hear_again

    def threat(self, first: Transcript) -> UtteranceScore | None:
        """Return the score of a threat that is to be heard again; None for everything else.

        Doubtful text is left alone: it confirms nothing, and the engine has tried other ways already.
        """
        if self._hear_again is None or not first.is_reliable:
            return None
        return self._severe(first)

    async def settle(self, speech: SpeechSegment, first: Transcript) -> Transcript:
        """Hear `speech` again and return the reading that is to be believed.

        If both say a threat, the first stands. If the second hears no speech, or other words that the model finds at least as
        probable, it takes the place of the first. Else, or where the second could not be had, the first stays as doubtful.
        """
        assert self._hear_again is not None, "asked only where `threat` found one"
        try:
            second = await self._hear_again(speech)
        except EngineError as error:
            log.warning("a threat was not heard again", extra={"call_id": first.call_id, "code": error.code, "cause": str(error)})
            return _doubtful(first)
        if second is None:
            return first
        if self._severe(second) is not None:
            return first if second.is_reliable else _doubtful(first)
        is_silence = not second.text.strip() or second.unreliable_because in SILENCE
        is_as_probable = second.is_reliable and second.mean_log_probability >= first.mean_log_probability
        return second if is_silence or is_as_probable else _doubtful(first)

    def _severe(self, transcript: Transcript) -> UtteranceScore | None:
        score = self._scorer.read(transcript)
        return score if score is not None and self._weigh(score).severity >= HEARD_TWICE else None


def _doubtful(transcript: Transcript) -> Transcript:
    return replace(transcript, is_reliable=False, unreliable_because=UNCONFIRMED)

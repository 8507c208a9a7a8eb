"""The score of a whole call: every utterance of the caller in its context, and a risk that adds up and fades."""

from collections import deque
from collections.abc import Callable, Iterator

from callguard.errors import InputError
from callguard.events import WarningGiven
from callguard.score.demands import DemandLog
from callguard.score.interruptions import Interruptions
from callguard.score.scorer import Scorer, TextScore
from callguard.score.tokens import as_turn
from callguard.settings import ScoreSettings
from callguard.speech import CallRisk, Transcript, UtteranceScore
from callguard.terms import RATE_HZ, Category, Role

WEIGHTS = (0.0, 0.2, 0.45, 0.8, 0.95)
"""What one utterance of each severity adds to the risk: one severe act is enough, and many small ones add up (POLICY.md)."""

HALF_LIFE_SAMPLES = 10 * 60 * RATE_HZ
"""Ten quiet minutes take one step off (POLICY.md): here, half of the risk."""

UNRELIABLE_SHARE = 0.5
"""Text that the engine itself doubts counts half."""

BURDEN_MOST = 0.3
"""What repeated demands and interruptions can add to the risk in all: a call can be wearing without being abusive, and nobody is
alerted upon for asking again."""
AFTER_WARNING = 1.5
"""Abuse that begins after a warning weighs so much more: the chance to stop was there."""
QUIET_SAMPLES = HALF_LIFE_SAMPLES
"""A warning has worked when nothing was said for so long that has any severity."""
PATIENCE = 2
"""So often a demand may be made again, and the agent be talked over, before it counts at all."""
WEARING = 0.06
"""What each further one adds."""


class CallScorer:
    """Scores one call: a Core from Transcript to UtteranceScore and CallRisk.

    The agent's words are context and never scored. Unknown speakers are scored: on a mono recording anybody may be the caller.
    Running speech gives a provisional score only where it crosses a threshold and says something new.
    """

    def __init__(
        self,
        call_id: str,
        scorer: Scorer,
        settings: ScoreSettings,
        language: str = "en",
        *,
        weigh: Callable[[UtteranceScore], UtteranceScore] = lambda score: score,
    ) -> None:
        """`weigh` says what the call's policy makes of a score: severities that count are the policy's."""
        self._weigh = weigh
        self._call_id = call_id
        self._scorer = scorer
        self._language = language
        self._turns: deque[str] = deque(maxlen=settings.context_turns)
        self._provisional: dict[tuple[Role, int], tuple[Category, ...]] = {}
        self._finished: dict[Role, int] = {}
        """The newest segment of each channel whose final has come."""
        self._risk = 0.0
        self._heard_sample = 0
        self._peak_severity = 0
        self._warned_sample: int | None = None
        self._demands = DemandLog(scorer.meaning)
        self._interruptions = Interruptions()
        self._judged: tuple[tuple[str, tuple[str, ...], str], TextScore] | None = None

    def speak(self, language: str) -> None:
        """Take `language` as that of words whose own the engine does not say, from here on."""
        self._language = language

    def push(self, item: Transcript) -> list[UtteranceScore | CallRisk]:
        """Score one transcript. Raises InputError for another call's, EngineError if the scorer failed."""
        if item.call_id != self._call_id:
            raise InputError("transcript belongs to another call; give each call its own CallScorer")
        return list(self._follow(item))

    def read(self, item: Transcript, /) -> UtteranceScore | None:
        """Score one transcript without consequence; None for the agent's. Raises EngineError if the scorer failed."""
        return self._weigh(self._score(item)) if item.channel is not Role.AGENT else None

    def warned(self, warning: WarningGiven, /) -> None:
        """Let abuse weigh more that begins after `warning`; what was being said at the time does not count."""
        self._warned_sample = _as_stored(warning.at_sample)

    def flush(self) -> list[UtteranceScore | CallRisk]:
        """Return nothing: every final has been scored as it came."""
        return []

    def _follow(self, item: Transcript) -> Iterator[UtteranceScore | CallRisk]:
        if item.is_final:
            self._finished[item.channel] = max(item.segment, self._finished.get(item.channel, item.segment))
            self._note_turn(item)
        elif item.segment <= self._finished.get(item.channel, -1):
            return  # a late reading of what its final has settled: nothing would ever confirm or withdraw it
        if item.channel is not Role.AGENT:
            score = self._weigh(self._score(item))
            if item.is_final:
                self._provisional.pop((item.channel, item.segment), None)
                yield score
                yield self._add(score)
            elif self._is_news(score):
                yield score
        if item.is_final and item.text.strip():
            self._turns.append(as_turn(item.channel, item.text))

    def _note_turn(self, item: Transcript) -> None:
        start_sample, end_sample = _as_stored(item.start_sample), _as_stored(item.end_sample)
        has_words = bool(item.text.strip())
        if item.channel is Role.AGENT and has_words:
            self._interruptions.agent_spoke(start_sample, end_sample)
            self._demands.answer(end_sample)
        elif item.channel is Role.CALLER:
            is_sure = item.is_reliable and has_words
            self._interruptions.caller_spoke(start_sample, end_sample, is_sure=is_sure)
            if is_sure:
                self._demands.ask(item.text, start_sample=start_sample, end_sample=end_sample)

    def _score(self, item: Transcript) -> UtteranceScore:
        language = item.language or self._language
        judged = self._judge(item.text, language) if item.is_final else self._scorer.glance(item.text, language=language)
        return UtteranceScore(
            call_id=item.call_id,
            channel=item.channel,
            segment=item.segment,
            start_sample=item.start_sample,
            end_sample=item.end_sample,
            is_final=item.is_final,
            is_reliable=item.is_reliable,
            text=item.text,
            scores=judged.scores,
            labels=judged.labels,
            severity=judged.severity,
            spans=judged.spans,
            is_angry=judged.is_angry,
            scorer=self._scorer.name if self._scorer.understands(language) else f"{self._scorer.name} (keywords only)",
            times=item.times,
        )

    def _judge(self, text: str, language: str) -> TextScore:
        asked = (text, tuple(self._turns), language)
        if self._judged is None or self._judged[0] != asked:  # what was only read before is not judged twice
            self._judged = asked, self._scorer.score(*asked[:2], language=language)
        return self._judged[1]

    def _is_news(self, score: UtteranceScore) -> bool:
        key = (score.channel, score.segment)
        if not score.labels or self._provisional.get(key) == score.labels:
            return False
        self._provisional[key] = score.labels
        return True

    def _add(self, score: UtteranceScore) -> CallRisk:
        end_sample = _as_stored(score.end_sample)
        passed = max(end_sample - self._heard_sample, 0)
        self._heard_sample = max(end_sample, self._heard_sample)
        self._risk *= 0.5 ** (passed / HALF_LIFE_SAMPLES)
        weight = WEIGHTS[score.severity] * (1.0 if score.is_reliable else UNRELIABLE_SHARE)
        if self._is_after_warning(score):
            weight = min(weight * AFTER_WARNING, WEIGHTS[-1])
        self._risk = 1.0 - (1.0 - self._risk) * (1.0 - weight)
        if score.is_reliable:
            self._peak_severity = max(self._peak_severity, score.severity)
        return CallRisk(
            call_id=self._call_id,
            at_sample=self._heard_sample,
            risk=round(1.0 - (1.0 - self._risk) * (1.0 - self._burden()), 6),
            peak_severity=self._peak_severity,
            repeated_demands=self._demands.most_repeated,
            interruptions=self._interruptions.count,
            is_warned=self._warned_sample is not None,
        )

    def _is_after_warning(self, score: UtteranceScore) -> bool:
        """Say whether the chance to stop came before this; forget a warning after which it was quiet."""
        start_sample = _as_stored(score.start_sample)
        if self._warned_sample is None or start_sample < self._warned_sample:
            return False
        if _as_stored(score.end_sample) - self._warned_sample > QUIET_SAMPLES:
            self._warned_sample = None
            return False
        if score.severity:
            self._warned_sample = start_sample
        return bool(score.severity)

    def _burden(self) -> float:
        """Return what wears the agent out without being abuse, 0 to BURDEN_MOST."""
        wearing = max(self._demands.most_repeated - PATIENCE, 0) + max(self._interruptions.count - PATIENCE, 0)
        return min(WEARING * wearing, BURDEN_MOST)


def _as_stored(sample: int) -> int:
    """Return the time that is left of `sample` when it is stored, in whole milliseconds (`wire`).

    Whatever a risk is reckoned with goes through here, so that a stored call gives the numbers that the live one gave.
    """
    return round(round(sample / RATE_HZ, 3) * RATE_HZ)

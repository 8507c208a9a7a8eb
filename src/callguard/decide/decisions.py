"""Writes decisions: ids, words and evidence of one call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from callguard.decide.policy import Policy, spoken_cards
from callguard.decide.policy_rows import Rung
from callguard.decide.standing import STATE_OF, Level
from callguard.decide.wording import fill
from callguard.events import Decision, DecisionSettled
from callguard.speech import UtteranceScore
from callguard.terms import Audience, CallState, Category, DecisionKind, Reach, StepTimes, Tactic

ELLIPSIS = " … "
"""Between words that do not stand together."""
JOINTS: Mapping[str, tuple[str, str]] = {"en": ("Ask", "Crisis line"), "de": ("Fragen Sie", "Krisentelefon")}
"""What stands before a question of the checklist and before the crisis line, in the words of a call's language."""
FOR_ALL_FROM = 4
"""A threat is everybody's at once, whatever its tier reaches: nobody waits for one team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something is decided."""

    at_sample: int
    category: str
    severity: int
    because: str
    segment: int
    is_provisional: bool
    is_reliable: bool
    times: StepTimes


def leading(score: UtteranceScore) -> Category | None:
    """Return what is answered of all that one utterance is; None for anger.

    A bomb and a threat to a person in one breath are answered as the bomb: the caller is kept on the line.
    """
    if Category.THREAT_GENERAL in score.labels:
        return Category.THREAT_GENERAL
    return next((label for label in score.labels if label is not Category.SELF_HARM), None)


def rung_for(policy: Policy, level: Level, category: Category | None) -> Rung:
    """Return the row of the policy's ladder that answers `category` on a level above quiet."""
    if level is Level.THREAT:
        return policy.ladder.threat_general if category is Category.THREAT_GENERAL else policy.ladder.threat_personal
    return policy.rung_of(STATE_OF[level])


def cause_of(score: UtteranceScore, category: Category | None) -> Cause:
    """Return what was heard as a cause; no category means anger."""
    spans = [score.text[span.start : span.end] for span in score.spans if span.category is category]
    return Cause(
        at_sample=score.end_sample,
        category=category.value if category else "anger",
        severity=0 if category in (None, Category.SELF_HARM) else score.severity,
        because=ELLIPSIS.join(spans) or score.text,
        segment=score.segment,
        is_provisional=not (score.is_final and score.is_reliable),
        is_reliable=score.is_reliable,
        times=score.times,
    )


def cause_by_person(at_sample: int, category: str) -> Cause:
    """Return what a person asked for as a cause: nobody's words are judged."""
    return Cause(
        at_sample=at_sample,
        category=category,
        severity=0,
        because="",
        segment=-1,
        is_provisional=False,
        is_reliable=True,
        times=StepTimes(),
    )


class DecisionWriter:
    """Numbers and words the decisions of one call."""

    def __init__(self, call_id: str, policy: Policy, *, organisation: str, agent: str, language: str = "en") -> None:
        """`policy` is in the words of `language` (BCP 47) already."""
        self._call_id = call_id
        self._organisation = organisation
        self._agent = agent
        self.speak(policy, language)
        self._count = 0

    def speak(self, policy: Policy, language: str) -> None:
        """Use the words of `policy`, which is in those of `language` (BCP 47) already, from here on."""
        self._policy = policy
        self._ask, self._crisis_line = JOINTS.get(language.partition("-")[0].lower(), JOINTS["en"])
        self._word_cards()

    def assign(self, agent: str) -> None:
        """Name this agent from here on."""
        self._agent = agent
        self._word_cards()

    def _word_cards(self) -> None:
        cards = spoken_cards(self._policy, organisation=self._organisation, agent=self._agent)
        self._cards = {card.tactic: card.text for card in cards}

    def words_of(self, tactic: Tactic) -> str:
        """Return a card's words, with the names in their places."""
        return self._cards[tactic]

    def alert(self, cause: Cause, rung: Rung, state: CallState, tactics: Sequence[Tactic] = (), *, by: str = "") -> Decision:
        """Return an alert for the first tier of senior staff; `by` is who asked for it, if that is not the agent."""
        return self._decision(
            cause,
            state,
            audience=Audience.SENIOR,
            kind=DecisionKind.ALERT,
            tactics=tactics,
            text=self._fill(rung.alert, agent=by),
            is_urgent=rung.is_urgent,
            reach=self._reach(cause, is_urgent=rung.is_urgent),
            answer_within_s=self._wait_of_tier(1, rung.acknowledge_within_s),
        )

    def prompt(self, cause: Cause, rung: Rung, state: CallState, tactics: Sequence[Tactic], *, ask: str = "") -> Decision:
        """Return a prompt for the agent: the rung's instruction if it has one, the first card's words otherwise.

        `ask` is the question that the checklist needs answered next.
        """
        text = self._instruction(rung, ask) if rung.instruction else self._cards[tactics[0]]
        return self._decision(
            cause,
            state,
            audience=Audience.AGENT,
            kind=DecisionKind.PROMPT,
            tactics=tactics,
            text=text,
            is_urgent=rung.is_urgent,
        )

    def again(self, alert: Decision, *, at_sample: int, state: CallState) -> Decision:
        """Return `alert` for the next tier."""
        return replace(
            alert,
            decision_id=self._next_id(),
            at_sample=at_sample,
            state=state,
            tier=alert.tier + 1,
            # Never fewer people than before, however the tiers stand.
            reach=Reach.ALL if alert.reach is Reach.ALL else self._policy.tiers[alert.tier].reach,
            repeats=alert.repeats or alert.decision_id,
            answer_within_s=self._wait_of_tier(alert.tier + 1, alert.answer_within_s),
            times=StepTimes(),
        )

    def settled(self, decision_id: str, *, at_sample: int, is_confirmed: bool) -> DecisionSettled:
        """Return what became of a provisional decision that was heard again."""
        because = "heard again in the whole utterance" if is_confirmed else "the whole utterance does not say it"
        return DecisionSettled(
            call_id=self._call_id,
            decision_id=decision_id,
            at_sample=at_sample,
            is_confirmed=is_confirmed,
            because=because,
        )

    def unproven(self, decision_id: str, *, at_sample: int) -> DecisionSettled:
        """Return that a provisional decision stands although nothing will be heard of it again."""
        return DecisionSettled(
            call_id=self._call_id,
            decision_id=decision_id,
            at_sample=at_sample,
            is_confirmed=True,
            because="could not be heard again; take it as said",
            is_unproven=True,
        )

    def skip_to(self, number: int) -> None:
        """Never give a decision a number up to this one: they are taken."""
        self._count = max(self._count, number)

    def knows(self, decision_id: str) -> bool:
        """Whether a decision of this id was made on this call."""
        call_id, _, number = decision_id.rpartition(":")
        return call_id == self._call_id and number.isascii() and number.isdigit() and 1 <= int(number) <= self._count

    def _wait_of_tier(self, tier: int, within_s: int) -> int:
        return within_s if tier < len(self._policy.tiers) else 0

    def _reach(self, cause: Cause, *, is_urgent: bool) -> Reach:
        is_everybodys = is_urgent or cause.severity >= FOR_ALL_FROM or cause.category == Category.SELF_HARM
        return Reach.ALL if is_everybodys else self._policy.tiers[0].reach

    def _instruction(self, rung: Rung, ask: str) -> str:
        ladder = self._policy.ladder
        text = self._fill(rung.instruction)
        if rung is ladder.threat_general and ask:
            return f"{text} {self._ask}: «{ask}»"
        return f"{text} {self._crisis_line}: {self._policy.crisis_line}." if rung is ladder.care else text

    def _fill(self, text: str, *, agent: str = "") -> str:
        who = agent or self._agent or "The agent"
        return fill(text, organisation=self._organisation, destination=self._policy.destination, agent=who)

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._call_id}:{self._count}"

    def _decision(
        self,
        cause: Cause,
        state: CallState,
        *,
        audience: Audience,
        kind: DecisionKind,
        tactics: Sequence[Tactic],
        text: str,
        is_urgent: bool,
        reach: Reach = Reach.ALL,
        answer_within_s: int = 0,
    ) -> Decision:
        return Decision(
            decision_id=self._next_id(),
            call_id=self._call_id,
            at_sample=cause.at_sample,
            audience=audience,
            kind=kind,
            state=state,
            severity=cause.severity,
            category=cause.category,
            tactics=tuple(tactics),
            text=text,
            because=cause.because,
            segment=cause.segment,
            tier=1,
            reach=reach,
            team="",  # the publisher knows whose call it is
            repeats="",
            answer_within_s=answer_within_s,
            is_urgent=is_urgent,
            is_provisional=cause.is_provisional,
            is_reliable=cause.is_reliable,
            policy=self._policy.label,
            times=cause.times,
        )

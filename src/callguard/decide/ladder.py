"""The policy at work on one call: what people are shown and who is alerted, event by event.

Deterministic: the same events in the same order give the same decisions with the same ids. Time is call time; `tick` lets it pass
when nobody speaks, and goes on working after the call has ended, because alerts outlive calls.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from callguard.decide.acts import may_use
from callguard.decide.alerts import Alert, Alerts, Said
from callguard.decide.checklist import Checklist
from callguard.decide.decisions import Cause, DecisionWriter, cause_by_person, cause_of, leading, rung_for
from callguard.decide.given_warnings import GivenWarning, GivenWarnings
from callguard.decide.open_decisions import Key, OpenDecisions
from callguard.decide.pace import CARDS_AT_A_TIME, Pacer, open_cards
from callguard.decide.policy import Policy
from callguard.decide.policy_rows import Rung
from callguard.decide.standing import Level, Lifted, Offence, Warned, row_of
from callguard.decide.thresholds import weighed
from callguard.decide.timeline import Timeline
from callguard.errors import AccessError, InputError, NotFoundError, TakenError
from callguard.events import ChecklistFilled, Decision, DecisionSettled, HumanAct, StateChanged, WarningGiven
from callguard.human_acts import (
    AlertAnswer,
    AlertAnswered,
    CardAnswer,
    CardAnswered,
    HelpAsked,
    PromptsSwitched,
    TacticRequested,
    ThreatDecided,
)
from callguard.speech import CallRisk, Transcript, TranscriptLost, UtteranceScore
from callguard.terms import SEVERITY, CallState, Category, Role, Tactic

Heard = UtteranceScore | CallRisk | Transcript | HumanAct
Verdict = StateChanged | Decision | DecisionSettled | WarningGiven | ChecklistFilled


class Ladder:
    """One call on the ladder of its policy: a Core from scores, words and acts to decisions.

    The agent's words are heard for one thing only: whether the caller has been warned.
    """

    def __init__(
        self,
        call_id: str,
        policy: Policy,
        *,
        organisation: str,
        agent: str = "",
        shows_prompts: bool = True,
        language: str = "en",
    ) -> None:
        """`agent` is who has the call, for wording; `shows_prompts` is off for an agent who wants no cards.

        `policy` is in the words of `language` (BCP 47) already.
        """
        self._call_id = call_id
        self._policy = policy
        self._shows_prompts = shows_prompts
        self._now_sample = 0
        self._state = CallState.QUIET
        self._timeline = Timeline(policy.climb)
        self._writer = DecisionWriter(call_id, policy, organisation=organisation, agent=agent, language=language)
        self._alerts = Alerts(len(policy.tiers), policy.pace.alert_cooldown_s)
        self._open = OpenDecisions()
        self._pacer = Pacer(policy.pace)
        self._care_pacer = Pacer(policy.pace)
        self._warnings = GivenWarnings(policy.heard_warnings, self._warning_cards())
        self._checklist = Checklist(call_id, policy.checklist)
        self._asking = ""
        self._threat: UtteranceScore | None = None
        """The last threat against a place: what the questions of the checklist are about."""
        self._last_score: UtteranceScore | None = None
        """The last whole utterance with abuse in it, or else the last at all: running speech may turn out to say nothing."""
        self._is_pervasive = False
        """Whether the call was made severe by its risk, and that has not sunk since."""
        self._has_follow_up = False
        self._owed: set[Key] = set()
        """Speech for which only a doubtful alert of something else stands: once it is certain, it is told for itself."""

    @property
    def state(self) -> CallState:
        """How the call stands."""
        return self._state

    @property
    def has_open_alerts(self) -> bool:
        """Whether an alert still waits for an answer."""
        return self._alerts.are_open

    @property
    def _is_care(self) -> bool:
        return self._timeline.standing(self._now_sample).is_care

    def push(self, item: Heard) -> list[Verdict]:
        """Take one event and return what follows.

        Raises InputError for another call's event, NotFoundError for an answer to an alert or a prompt that was never made, and
        TakenError for claiming or giving away what somebody else has; each leaves the call as it was.
        """
        if item.call_id != self._call_id:
            raise InputError("event belongs to another call; give each call its own Ladder")
        self._check(item)
        at_sample = item.end_sample if isinstance(item, UtteranceScore | Transcript) else item.at_sample
        return [*self._let_pass(at_sample), *self._take(item)]

    def _check(self, item: Heard) -> None:
        match item:
            case AlertAnswered() | ThreatDecided() if not self._alerts.knows(item.decision_id):
                raise NotFoundError("the call has no alert with this id; answer one that the board shows")
            case AlertAnswered(answer=AlertAnswer.CLAIMED | AlertAnswer.HANDED_OVER):
                if (owner := self._alerts.owner(item.decision_id)) not in ("", item.by):
                    raise TakenError(f"{owner} has this alert already; ask them to hand it over, or join the call beside them")
            case CardAnswered() if item.decision_id and not self._writer.knows(item.decision_id):
                raise NotFoundError(
                    "the call has no prompt with this id; answer one that was shown, or name none for a card of your own"
                )
            case ChecklistFilled() if not self._checklist.knows(item.field):
                raise NotFoundError(f"the policy's checklist has no field «{item.field}»; use one that it names")

    def weigh(self, score: UtteranceScore) -> UtteranceScore:
        """Return what the policy's own thresholds make of a score."""
        return weighed(score, self._policy.thresholds)

    def skip_to(self, number: int) -> None:
        """Give later decisions higher numbers than this: a call that is taken up again has used it."""
        self._writer.skip_to(number)

    def speak(self, policy: Policy, language: str) -> None:
        """Go on in the words of `policy`: the same one, said in `language` (BCP 47)."""
        self._policy = policy
        self._writer.speak(policy, language)
        self._warnings.cards = self._warning_cards()
        self._checklist.speak(policy.checklist)

    def assign(self, agent: str) -> None:
        """Name this agent from here on: who has the call may turn out while it runs."""
        self._writer.assign(agent)
        self._warnings.cards = self._warning_cards()

    def _warning_cards(self) -> dict[Tactic, str]:
        return {tactic: self._writer.words_of(tactic) for tactic, card in self._policy.cards.items() if card.counts_as_warning}

    def tick(self, at_sample: int) -> list[Verdict]:
        """Let call time pass: the state falls, and alerts that nobody answered go to the next tier, each at its due time."""
        return list(self._let_pass(at_sample))

    def lose(self, lost: TranscriptLost) -> list[Verdict]:
        """Take that the end of a piece of speech will never be read: what rests on it stands, and people know why."""
        return [*self._let_pass(lost.end_sample), *self._give_up((lost.channel, lost.segment))]

    def flush(self) -> list[Verdict]:
        """Return what becomes of all that is still provisional at the end: it stands, unproven."""
        return list(self._give_up())

    def _give_up(self, key: Key | None = None) -> Iterator[DecisionSettled]:
        for decision_id in self._open.give_up(key):
            self._alerts.confirm(decision_id, is_proven=False)
            yield self._writer.unproven(decision_id, at_sample=self._now_sample)

    def _take(self, item: Heard) -> Iterator[Verdict]:
        match item:
            case UtteranceScore():
                yield from self._hear(item)
            case CallRisk():
                yield from self._weigh(item)
            case Transcript():
                yield from self._listen(item)
            case HelpAsked():
                yield from self._help(item)
            case CardAnswered():
                yield from self._use(item)
            case AlertAnswered(answer=AlertAnswer.DECLINED):
                self._alerts.decline(item.decision_id, by=item.by, now_sample=self._now_sample)
                yield from self._let_pass(self._now_sample)
            case AlertAnswered():
                owner = item.by if item.answer is AlertAnswer.CLAIMED else item.to
                self._alerts.answer(item.decision_id, item.answer, now_sample=self._now_sample, by=item.by, owner=owner)
            case ThreatDecided():
                self._alerts.answer(item.decision_id, AlertAnswer.ACKNOWLEDGED, now_sample=self._now_sample)
            case ChecklistFilled():
                self._checklist.set(item.field)
                yield from self._ask_next()
            case TacticRequested():
                yield from self._request(item)
            case PromptsSwitched():
                self._shows_prompts = item.is_on  # alerts to senior staff, threat instructions and care go on

    # --- time -----------------------------------------------------------------------------------

    def _let_pass(self, at_sample: int) -> Iterator[Verdict]:
        """Let everything happen that is due up to `at_sample`, in its order: one long wait and many short ones say the same."""
        while True:
            alert = self._alerts.next_due()
            fall = self._timeline.next_fall(self._now_sample)
            due = min([at_sample, *([alert.due_sample] if alert else []), *([fall] if fall is not None else [])])
            self._now_sample = max(self._now_sample, due)
            yield from self._restate()
            if alert is not None and alert.due_sample <= self._now_sample:
                yield self._raise(alert)
            elif self._now_sample >= at_sample:
                return

    def _raise(self, alert: Alert) -> Decision:
        again = self._writer.again(alert.latest, at_sample=self._now_sample, state=self._state)
        self._open.follow(alert.latest.decision_id, again.decision_id)
        self._alerts.raised(alert, again, now_sample=self._now_sample)
        return again

    def _restate(self) -> Iterator[StateChanged]:
        standing = self._timeline.standing(self._now_sample)
        if standing.state is self._state:
            return
        was, self._state = self._state, standing.state
        self._pacer.fell_to(standing.level)
        yield StateChanged(call_id=self._call_id, at_sample=self._now_sample, state=standing.state, was=was)

    # --- the caller -----------------------------------------------------------------------------

    def _hear(self, as_scored: UtteranceScore) -> Iterator[Verdict]:
        score = self.weigh(as_scored)
        offence = self._offence(score)
        if score.is_final and Category.THREAT_GENERAL not in score.labels:
            self._checklist.refute(offence.key)
        if not (offence.severity or offence.is_angry or offence.is_care):
            if score.is_final:
                self._timeline.take_back(offence.key)
                yield from self._settle(offence, Level.QUIET, labels=())
                yield from self._restate()
            return
        before, after = self._timeline.with_offence(offence)
        level = row_of(offence, after.level)
        if Category.THREAT_GENERAL in score.labels:
            words = score.text if score.is_final else ""
            yield from self._checklist.open(words, offence.key, start_sample=score.start_sample, end_sample=score.end_sample)
            self._asking = self._open_question()
            self._threat = score
        if not score.is_final and level < Level.SEVERE and not offence.is_care:
            return
        if score.is_final and (score.severity or self._last_score is None or not self._last_score.severity):
            self._last_score = score
        self._timeline.put(offence)
        if score.is_final:
            yield from self._settle(offence, level, labels=score.labels)
        yield from self._restate()
        yield from self._answer(score, offence, level, is_rise=after.level > before.level)

    def _offence(self, score: UtteranceScore) -> Offence:
        return Offence(
            at_sample=self._now_sample,
            start_sample=score.start_sample,
            key=(score.channel, score.segment),
            severity=score.severity,
            is_angry=score.is_angry,
            is_care=Category.SELF_HARM in score.labels,
            is_settled=score.is_final and score.is_reliable,
        )

    def _settle(self, offence: Offence, level: Level, *, labels: Collection[Category]) -> Iterator[DecisionSettled]:
        """Confirm or withdraw what was decided on an earlier reading of this speech; doubtful text confirms nothing."""
        kept, dropped = self._open.read_again(
            offence.key,
            level,
            labels=labels,
            is_care=offence.is_care,
            is_settled=offence.is_settled,
            is_place=Category.THREAT_GENERAL in labels,
        )
        for decision_id in kept:
            self._alerts.confirm(decision_id)
            yield self._writer.settled(decision_id, at_sample=self._now_sample, is_confirmed=True)
        for decision_id in dropped:
            self._alerts.withdraw(decision_id)
            yield self._writer.settled(decision_id, at_sample=self._now_sample, is_confirmed=False)
        if not offence.is_settled:
            yield from self._give_up(offence.key)

    def _answer(self, score: UtteranceScore, offence: Offence, level: Level, *, is_rise: bool) -> Iterator[Decision]:
        done_level, done_care = self._open.answered(offence.key)
        if offence.is_care and not done_care:
            cause = cause_of(score, Category.SELF_HARM)
            yield from self._tell(cause, self._policy.ladder.care, level, offence, self._care_pacer, is_care=True)
        category = leading(score)
        is_place = category is Category.THREAT_GENERAL and not self._open.has_named_place(offence.key)
        is_new = level > done_level or is_place
        if is_new or (offence.is_settled and level > Level.QUIET and offence.key in self._owed):
            cause = cause_of(score, category)
            rung = rung_for(self._policy, level, category)
            yield from self._tell(cause, rung, level, offence, self._pacer, is_rise=is_rise, may_prompt=is_new)

    def _tell(
        self,
        cause: Cause,
        rung: Rung,
        level: Level,
        offence: Offence,
        pacer: Pacer,
        *,
        is_rise: bool = False,
        is_care: bool = False,
        may_prompt: bool = True,
    ) -> Iterator[Decision]:
        # A danger is the same danger, however the words beside it stand on the ladder.
        said = Said(self._now_sample, Level.QUIET if is_care else level, cause.severity, cause.category)
        told: list[Decision] = []
        standing = self._alerts.open_for(said, is_provisional=cause.is_provisional) if rung.alert else None
        if rung.alert and standing is None and (is_rise or self._alerts.lets_alert_again(said)):
            told.append(self._alert(cause, rung, said))
        if may_prompt and self._wants_prompt(level, offence, is_care=is_care) and pacer.lets_prompt(said, rung):
            tactics = () if rung.instruction else pacer.cards(level, rung, is_care=self._is_care)
            told.append(self._writer.prompt(cause, rung, self._state, tactics, ask=self._asking))
            if not cause.is_provisional:
                pacer.prompted(said)
        doubtful = standing if standing is not None and standing.is_doubtful else None
        # What is milder joins a doubtful alert and says nothing of whether it is true.
        shared_ids = doubtful.decision_ids if doubtful is not None and doubtful.said.category == said.category else ()
        is_owed = doubtful is not None and not shared_ids
        (self._owed.add if is_owed else self._owed.discard)(offence.key)
        is_place = rung is self._policy.ladder.threat_general
        if told or not is_owed:
            self._open.note(
                offence.key,
                level,
                category=cause.category,
                is_care=is_care,
                decisions=told,
                shared_ids=shared_ids,
                is_place=is_place,
            )
        yield from told

    def _wants_prompt(self, level: Level, offence: Offence, *, is_care: bool) -> bool:
        if level is Level.THREAT or is_care:
            return True
        # No card about conduct covers the crisis line that the same words have brought up.
        return self._shows_prompts and self._state is not CallState.THREAT and not offence.is_care

    def _alert(
        self, cause: Cause, rung: Rung, said: Said, tactics: Iterable[Tactic] = (Tactic.INTERJECT,), *, by: str = ""
    ) -> Decision:
        alert = self._writer.alert(cause, rung, self._state, tuple(tactics), by=by)
        self._alerts.add(alert, said, now_sample=self._now_sample, acknowledge_within_s=rung.acknowledge_within_s)
        return alert

    def _weigh(self, risk: CallRisk) -> Iterator[Verdict]:
        if risk.risk < self._policy.climb.pervasive_risk:
            self._is_pervasive = False
            return
        # What makes the call severe now may be withdrawn: then the risk still has to say so.
        is_severe = self._timeline.standing(self._now_sample).level >= Level.SEVERE
        if self._is_pervasive or is_severe or self._last_score is None:
            return
        self._is_pervasive = True
        self._timeline.put(Lifted(at_sample=self._now_sample, level=Level.SEVERE))
        yield from self._rise(self._last_score)

    def _rise(self, score: UtteranceScore) -> Iterator[Verdict]:
        """Tell that the call has become severe by something else than its last words, which are told as the cause."""
        yield from self._restate()
        category = next((label for label in score.labels if SEVERITY[label]), None)
        yield from self._tell(
            cause_of(score, category), self._policy.ladder.severe, Level.SEVERE, self._offence(score), self._pacer, is_rise=True
        )

    # --- the agent ------------------------------------------------------------------------------

    def _listen(self, words: Transcript) -> Iterator[Verdict]:
        if words.channel is Role.AGENT and words.is_final and (given := self._warnings.hear(words)) is not None:
            yield from self._hear_warning(given)
        if words.is_final:
            yield from self._checklist.hear(words)
            yield from self._ask_next()

    def _hear_warning(self, given: GivenWarning) -> Iterator[Verdict]:
        """Take a warning in the agent's words; what the caller has begun since, and was heard before, goes on after it."""
        if self._timeline.level_before(given.at_sample) < Level.HEATED:
            return
        before = self._timeline.standing(self._now_sample).level
        yield from self._warn(given, by="")
        if self._timeline.standing(self._now_sample).level > before and self._last_score is not None:
            yield from self._rise(self._last_score)

    def _open_question(self) -> str:
        question = self._checklist.next_question
        return question.ask if question else ""

    def _ask_next(self) -> Iterator[Decision]:
        """Put the next open question before the agent when the one that stood there is answered."""
        question = self._open_question()
        if self._threat is None or not self._checklist.is_open or question == self._asking:
            return
        self._asking = question
        if question and self._state is CallState.THREAT:
            cause = cause_of(self._threat, Category.THREAT_GENERAL)
            yield self._writer.prompt(cause, self._policy.ladder.threat_general, self._state, (), ask=question)

    def _warn(self, given: GivenWarning, *, by: str) -> Iterator[WarningGiven]:
        self._timeline.put(Warned(at_sample=given.at_sample))
        if self._warnings.note(given):
            yield WarningGiven(call_id=self._call_id, at_sample=given.at_sample, by=by)

    def _help(self, act: HelpAsked) -> Iterator[Verdict]:
        rung = self._policy.ladder.panic if act.is_panic else self._policy.ladder.help
        cause = cause_by_person(act.at_sample, "panic" if act.is_panic else "help")
        if act.is_panic:
            self._timeline.put(Lifted(at_sample=self._now_sample, level=Level.THREAT))
            yield from self._restate()
        yield self._alert(cause, rung, Said(self._now_sample, Level.QUIET, 0, cause.category), by=act.by)
        cards = open_cards(rung, is_care=self._is_care)[:CARDS_AT_A_TIME]
        if rung.instruction or (cards and self._state is not CallState.THREAT):  # «do not hang up» stays uncovered
            yield self._writer.prompt(cause, rung, self._state, cards)

    def _use(self, act: CardAnswered) -> Iterator[Verdict]:
        if act.answer is not CardAnswer.USED:
            return
        if self._policy.cards[act.tactic].counts_as_warning:
            yield from self._warn(GivenWarning(act.at_sample, act.tactic), by=act.by)
        yield from self._carry_out(act.tactic, act.at_sample)

    def _request(self, act: TacticRequested) -> Iterator[Decision]:
        try:
            may_use(self._policy, act.role, act.tactic)
        except AccessError:
            return  # the server refuses with a message; whatever comes round it changes nothing here
        if act.tactic is Tactic.INTERJECT:
            self._alerts.claim(now_sample=self._now_sample)
        yield from self._carry_out(act.tactic, act.at_sample)

    def _carry_out(self, tactic: Tactic, at_sample: int) -> Iterator[Decision]:
        cause = cause_by_person(at_sample, "help")
        said = Said(self._now_sample, Level.QUIET, 0, tactic)
        if tactic is Tactic.ESCALATE:
            if self._alerts.open_for(said, is_provisional=False) is None:  # asked again after an answer, it was no answer
                yield self._alert(cause, self._policy.ladder.transfer, said)
        elif tactic is Tactic.HANG_UP and not self._has_follow_up:
            self._has_follow_up = True
            yield self._call_back(cause, said)

    def _call_back(self, cause: Cause, said: Said) -> Decision:
        rung = self._policy.ladder.follow_up
        if not self._is_care:
            return self._alert(cause, rung, said, (Tactic.HANG_UP_FOLLOW_UP,))
        # Nobody tells somebody who may hurt themselves that their words ended the call; and that they are alone now is chased.
        cause = replace(cause, category=Category.SELF_HARM.value)
        within_s = self._policy.ladder.care.acknowledge_within_s
        return self._alert(cause, rung.model_copy(update={"acknowledge_within_s": within_s}), said, ())

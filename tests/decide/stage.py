"""A stage on which a test plays a call to the ladder, in seconds and plain words."""

from callguard.decide.ladder import Ladder, Verdict
from callguard.decide.policy import Policy, load_policy
from callguard.events import Decision, DecisionSettled, StateChanged
from callguard.human_acts import AlertAnswer, AlertAnswered, CardAnswer, CardAnswered, HelpAsked, TacticRequested
from callguard.speech import CallRisk, Span, Transcript, UtteranceScore
from callguard.terms import RATE_HZ, SEVERITY, Audience, CallState, Category, Role, StaffRole, StepTimes, Tactic

WORDS = "the very words"
TEXT = f"before {WORDS} after"


def score(
    *labels: Category,
    at_s: float,
    segment: int,
    angry: bool = False,
    final: bool = True,
    reliable: bool = True,
    text: str = TEXT,
    start_s: float | None = None,
) -> UtteranceScore:
    """Return what the scorer says about one utterance that ends at `at_s` and took a second, or began at `start_s`."""
    return UtteranceScore(
        call_id="c1",
        channel=Role.CALLER,
        segment=segment,
        start_sample=int((max(at_s - 1, 0) if start_s is None else start_s) * RATE_HZ),
        end_sample=int(at_s * RATE_HZ),
        is_final=final,
        is_reliable=reliable,
        text=text,
        scores={category: 0.9 if category in labels else 0.0 for category in Category},
        labels=labels,
        severity=max((SEVERITY[label] for label in labels), default=0),
        spans=tuple(Span(start=7, end=7 + len(WORDS), category=label) for label in labels),
        is_angry=angry and not labels,
        scorer="test 1",
        times=StepTimes(scored_ns=7),
    )


class Stage:
    """One call."""

    def __init__(self, policy: Policy | None = None, *, shows_prompts: bool = True) -> None:
        self.policy = policy or load_policy("standard")
        self.ladder = Ladder("c1", self.policy, organisation="Larkfield", agent="Sam", shows_prompts=shows_prompts)
        self.said: list[Verdict] = []
        self._segment = 0

    def caller(
        self,
        *labels: Category,
        at_s: float,
        segment: int | None = None,
        angry: bool = False,
        final: bool = True,
        reliable: bool = True,
        start_s: float | None = None,
    ) -> list[Verdict]:
        """Let the caller say something that ends at `at_s`; it takes a second, or began at `start_s`."""
        if segment is None:
            self._segment += 1
            segment = self._segment
        return self._keep(
            self.ladder.push(
                score(*labels, at_s=at_s, segment=segment, angry=angry, final=final, reliable=reliable, start_s=start_s)
            )
        )

    def agent(self, text: str, *, at_s: float, final: bool = True, start_s: float | None = None) -> list[Verdict]:
        """Let the agent say something that ends at `at_s`; it takes a second, or began at `start_s`."""
        return self._keep(
            self.ladder.push(
                Transcript(
                    call_id="c1",
                    channel=Role.AGENT,
                    segment=int(at_s),
                    start_sample=int((at_s - 1 if start_s is None else start_s) * RATE_HZ),
                    end_sample=int(at_s * RATE_HZ),
                    is_final=final,
                    text=text,
                    words=(),
                    language="en",
                    engine="test",
                    mean_log_probability=0.0,
                    no_speech_probability=0.0,
                    is_reliable=True,
                    unreliable_because="",
                    times=StepTimes(),
                )
            )
        )

    def card(self, tactic: Tactic, *, at_s: float, answer: CardAnswer = CardAnswer.USED, decision_id: str = "") -> list[Verdict]:
        """Let the agent use a card; with an id, one that was shown."""
        return self._keep(
            self.ladder.push(
                CardAnswered(
                    call_id="c1", at_sample=int(at_s * RATE_HZ), by="sam", tactic=tactic, answer=answer, decision_id=decision_id
                )
            )
        )

    def request(self, tactic: Tactic, *, at_s: float, role: StaffRole = StaffRole.AGENT) -> list[Verdict]:
        """Let somebody ask for an act."""
        return self._keep(
            self.ladder.push(
                TacticRequested(call_id="c1", at_sample=int(at_s * RATE_HZ), by="somebody", role=role, tactic=tactic)
            )
        )

    def help(self, *, at_s: float, panic: bool = False, by: str = "Sam") -> list[Verdict]:
        """Let the agent, or somebody else, press a button."""
        return self._keep(self.ladder.push(HelpAsked(call_id="c1", at_sample=int(at_s * RATE_HZ), by=by, is_panic=panic)))

    def answer(
        self, decision_id: str, *, at_s: float, answer: AlertAnswer = AlertAnswer.ACKNOWLEDGED, by: str = "ana", to: str = ""
    ) -> list[Verdict]:
        """Let senior staff answer an alert."""
        return self._keep(
            self.ladder.push(
                AlertAnswered(
                    call_id="c1",
                    at_sample=int(at_s * RATE_HZ),
                    by=by,
                    decision_id=decision_id,
                    answer=answer,
                    to=to,
                    reason="",
                )
            )
        )

    def risk(self, risk: float, *, at_s: float) -> list[Verdict]:
        """Let the risk of the whole call be known."""
        return self._keep(
            self.ladder.push(
                CallRisk(
                    call_id="c1",
                    at_sample=int(at_s * RATE_HZ),
                    risk=risk,
                    peak_severity=1,
                    repeated_demands=0,
                    interruptions=0,
                    is_warned=False,
                )
            )
        )

    def wait(self, until_s: float) -> list[Verdict]:
        """Let time pass."""
        return self._keep(self.ladder.tick(int(until_s * RATE_HZ)))

    @property
    def state(self) -> CallState:
        """How the call stands."""
        return self.ladder.state

    def _keep(self, verdicts: list[Verdict]) -> list[Verdict]:
        self.said += verdicts
        return verdicts


def alerts(verdicts: list[Verdict]) -> list[Decision]:
    """Return what senior staff were told."""
    return [one for one in verdicts if isinstance(one, Decision) and one.audience is Audience.SENIOR]


def prompts(verdicts: list[Verdict]) -> list[Decision]:
    """Return what the agent was shown."""
    return [one for one in verdicts if isinstance(one, Decision) and one.audience is Audience.AGENT]


def settled(verdicts: list[Verdict]) -> list[DecisionSettled]:
    """Return what was confirmed or withdrawn."""
    return [one for one in verdicts if isinstance(one, DecisionSettled)]


def states(verdicts: list[Verdict]) -> list[CallState]:
    """Return where the call went."""
    return [one.state for one in verdicts if isinstance(one, StateChanged)]

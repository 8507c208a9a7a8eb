"""What is given up when the engine cannot keep up, in which order, and when it comes back; and when a new call is too many.

No clock and no I/O: whoever measures calls `push` every `TICK_S` with how late words are, and reads `step`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from callguard.speech import SpeechSnapshot
from callguard.terms import Role

TICK_S: Final = 0.25
"""How often the load is weighed."""


class Step(IntEnum):
    """DESIGN.md, «When it can't keep up»; each step gives up what it names and all before it."""

    ALL = 0
    NO_AGENT_PARTIALS = 1
    NO_CALLER_PARTIALS = 2
    NO_AGENT = 3
    SMALLER_MODEL = 4
    KEYWORDS = 5
    NOT_GUARDED = 6

    @property
    def label(self) -> str:
        """The stable word that metrics and logs use."""
        return self.name.lower()


BECAUSE: Final[Mapping[Step, str]] = {
    Step.ALL: "",
    Step.NO_AGENT_PARTIALS: "The machine is busy: the agent's words appear when a sentence has ended.",
    Step.NO_CALLER_PARTIALS: "The machine is busy: warnings come when a sentence has ended, not while it is spoken.",
    Step.NO_AGENT: "The machine is overloaded: only the caller is written down, the agent is not.",
    Step.SMALLER_MODEL: "The machine is overloaded: a smaller model writes the caller down and mishears more.",
    Step.KEYWORDS: "The machine is overloaded: only threats are listened for, nothing is written down.",
    Step.NOT_GUARDED: "The machine is overloaded: what is said may not be heard at all. Do not rely on callguard now.",
}
"""What people are told on each call."""


PARTIALS: Final = (Step.NO_AGENT_PARTIALS, Step.NO_CALLER_PARTIALS)


class Treatment(IntEnum):
    """What happens to a finished piece of speech."""

    WRITE_DOWN = 0
    SPOT = 1
    """Listened to for threats alone."""
    LEAVE = 2
    """Counted as lost."""


@dataclass(frozen=True, slots=True)
class _Climb:
    """When the next step is taken: words have been so late for so many ticks."""

    late_s: float
    ticks: int


CLIMBS: Final[Mapping[Step, _Climb]] = {
    Step.NO_AGENT_PARTIALS: _Climb(0.5, 4),
    Step.NO_CALLER_PARTIALS: _Climb(0.5, 4),
    Step.NO_AGENT: _Climb(1.5, 8),
    Step.SMALLER_MODEL: _Climb(1.5, 8),
    Step.KEYWORDS: _Climb(3.0, 20),
    Step.NOT_GUARDED: _Climb(5.0, 16),
}
"""Half a second of lateness and the hangover make the second that people are promised; what costs words waits longer, and what
costs nearly all of them until the step before has had time to help."""
CALM_LATE_S: Final = 0.3
CALM_TICKS: Final = 40
"""10 s in which words were never later than `CALM_LATE_S` bring one step back."""
LONGEST_CALM_TICKS: Final = 16 * CALM_TICKS
"""A step that had to be taken again is tried half as often each time, up to this; so nothing flaps."""
RELAPSE_TICKS: Final = 240
"""A climb within a minute of a step back says that the step back was too early."""
FORGIVEN_TICKS: Final = 1200
"""Five minutes without a climb forget earlier relapses."""


class LoadLadder:
    """Which step the process stands on. Steps that an installation does not have are not in `steps` and are passed over."""

    def __init__(self, steps: Collection[Step]) -> None:
        self._steps = sorted({Step.ALL, *steps})
        self._place = 0
        self._late_ticks = 0
        self._calm_ticks = 0
        self._calm_needed = CALM_TICKS
        self._since_back = FORGIVEN_TICKS
        self._since_climb = FORGIVEN_TICKS

    @property
    def step(self) -> Step:
        """Where it stands."""
        return self._steps[self._place]

    @property
    def steps(self) -> Collection[Step]:
        """The steps that there are."""
        return tuple(self._steps)

    @property
    def step_before(self) -> Step:
        """The one below, or itself at the bottom."""
        return self._steps[max(0, self._place - 1)]

    def offer(self, step: Step, is_offered: bool) -> None:
        """Let there be a step from now on, or no longer: who stands on it goes one back."""
        here = self.step
        self._steps = sorted({*self._steps, step} if is_offered else {*self._steps} - {step})
        self._place = sum(there <= here for there in self._steps) - 1

    def rest(self) -> None:
        """Go back to the bottom at once: no call is running that could suffer."""
        if self._place:
            self._place = self._since_back = 0
        self._late_ticks = self._calm_ticks = 0

    def push(self, late_s: float, missed: int) -> Step:
        """Take one tick's measure and return the step.

        `late_s` is the age of the oldest finished speech that still waits for its words, `missed` how many pieces were given up
        for want of time or room since the tick before.
        """
        self._since_back += 1
        self._since_climb += 1
        if self._must_climb(late_s, missed):
            self._climb()
        elif late_s > CALM_LATE_S or missed:
            self._calm_ticks = 0
        else:
            self._calm_ticks += 1
            if self._place and self._calm_ticks >= self._calm_needed:
                self._place -= 1
                self._calm_ticks = self._since_back = 0
        if self._since_climb >= FORGIVEN_TICKS:
            self._calm_needed = CALM_TICKS
        return self.step

    def _must_climb(self, late_s: float, missed: int) -> bool:
        if self._place + 1 >= len(self._steps):
            return False
        climb = CLIMBS[self._steps[self._place + 1]]
        self._late_ticks = self._late_ticks + 1 if late_s >= climb.late_s else 0
        if missed:
            return self._since_climb >= climb.ticks  # a step needs time to help before the next is taken
        return self._late_ticks >= climb.ticks

    def _climb(self) -> None:
        if self._since_back <= RELAPSE_TICKS:
            self._calm_needed = min(2 * self._calm_needed, LONGEST_CALM_TICKS)
        self._place += 1
        self._late_ticks = self._calm_ticks = self._since_climb = 0


# --- what a step means for a piece of speech ------------------------------------------------------


def hears_running(step: Step, channel: Role) -> bool:
    """Whether running speech of this channel is written down."""
    return step < (Step.NO_AGENT_PARTIALS if channel is Role.AGENT else Step.NO_CALLER_PARTIALS)


def hears_pauses(step: Step, channel: Role) -> bool:
    """Whether an engine may start early in a pause: the same work a little sooner."""
    return step < (Step.NO_AGENT if channel is Role.AGENT else Step.KEYWORDS)


def treatment(step: Step, channel: Role) -> Treatment:
    """Return what happens to a finished piece of speech of this channel."""
    if channel is Role.AGENT and step >= Step.NO_AGENT:
        return Treatment.LEAVE
    return Treatment.SPOT if step >= Step.KEYWORDS else Treatment.WRITE_DOWN


# --- admission ------------------------------------------------------------------------------------

FULL: Final = 0.85
"""Share of the workers' time that finished speech may take: over it the wait for a free worker grows past the budget."""
HALF_LIFE_TICKS: Final = 480
"""Two minutes: what calls have cost is forgotten slowly, because they speak by turns."""
ENOUGH_CALL_S: Final = 60.0
"""So many seconds of calls must have been seen before anything is foretold from them."""


class Forecast:
    """Foretells from what running calls cost whether there is room for one more."""

    def __init__(self) -> None:
        self._call_s = 0.0
        self._finals = 0.0

    def push(self, calls: int, finals: int) -> None:
        """Take one tick: how many calls were running and how many pieces of speech they finished."""
        keep = 0.5 ** (1 / HALF_LIFE_TICKS)
        self._call_s = self._call_s * keep + calls * TICK_S
        self._finals = self._finals * keep + finals

    def share(self, calls: int, worker_s_a_final: float, workers: int) -> float:
        """Return the share of the workers' time that `calls` would take; 0 while too little is known."""
        if self._call_s < ENOUGH_CALL_S or workers < 1:
            return 0.0
        return calls * self._finals / self._call_s * worker_s_a_final / workers


SPOTTER_S_A_SECOND: Final = 0.034
"""What the keyword spotter costs for a second of speech until it has been measured here (docs/measurements.md)."""
WORTH_OFFERING: Final = 3.0
"""So many times what the spotter costs must writing down cost before the step to keywords can relieve anybody; who stands on it
loses words and must gain by it."""
WORTH_KEEPING: Final = 2.0


class Engine(Protocol):
    """What an engine says about its own cost."""

    @property
    def workers(self) -> int:
        """How many decode at the same time."""
        ...

    @property
    def worker_s_a_final(self) -> float:
        """Seconds that one worker spends on one finished piece of speech, on average; 0 while unknown."""
        ...

    @property
    def worker_s_a_second(self) -> float:
        """Seconds that one worker spends on one second of finished speech, at best; 0 while unknown."""
        ...


class LoadControl:
    """Weighs the load of all calls: what is given up, and whether one more may come. Calls and guard share it."""

    def __init__(
        self,
        steps: Collection[Step] = (),
        *,
        chosen: Step = Step.ALL,
        engine: Callable[[], Engine | None] = lambda: None,
        spotter_s_a_second: Callable[[], float] = lambda: 0.0,
        decodes_while_people_speak: Callable[[], bool] = lambda: False,
        has_smaller: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take the `steps` that this installation has; `chosen` is given up always, because the settings say so.

        `spotter_s_a_second` is what listening for keywords costs for a second of speech, 0 while unknown.
        `decodes_while_people_speak` says of the engine that runs now that leaving out running speech would only put its work
        off: then partials are no step, and whoever is written down at all is heard while they speak. `has_smaller` says whether
        the smaller model is still one: it is loaded when it is needed, and may turn out to be broken.
        """
        self._ladder = LoadLadder([step for step in steps if step > chosen])
        self._partials = [step for step in PARTIALS if step in self._ladder.steps]
        self._decodes_while_people_speak = decodes_while_people_speak
        self._weigh_partials()
        self._smaller = Step.SMALLER_MODEL in self._ladder.steps
        self._has_smaller = has_smaller
        self._has_spotter = Step.KEYWORDS in self._ladder.steps
        self._spotter_s_a_second = spotter_s_a_second
        self._forecast = Forecast()
        self._chosen = chosen
        self._engine = engine
        self._finals = 0
        self._missed = 0

    @property
    def step(self) -> Step:
        """What the load takes away now; what the settings leave out is not counted."""
        return self._ladder.step

    @property
    def steps(self) -> Collection[Step]:
        """The steps that this installation has; what the settings leave out is not counted."""
        return self._ladder.steps

    @property
    def chosen(self) -> Step:
        """What is given up always, because the settings say so."""
        return self._chosen

    def share(self, calls: int) -> float | None:
        """Return the share of the engine's time that `calls` would take; None while too little is known."""
        engine = self._engine()
        share = 0.0 if engine is None else self._forecast.share(calls, engine.worker_s_a_final, engine.workers)
        return round(share, 3) or None

    def hears(self, speech: SpeechSnapshot) -> bool:
        """Whether this running speech is worth its cost now."""
        step = max(self.step, self._chosen)
        if speech.silence_samples:
            return hears_pauses(step, speech.channel)
        if self._decodes_while_people_speak():
            return hears_running(self._chosen, speech.channel) and hears_pauses(step, speech.channel)
        return hears_running(step, speech.channel)

    def treatment(self, channel: Role) -> Treatment:
        """Return what happens to a finished piece of speech of this channel now."""
        # On the last step people are told not to rely on callguard; what can still be done is done all the same.
        return treatment(self._ladder.step_before if self.step is Step.NOT_GUARDED else self.step, channel)

    def note_final(self) -> None:
        """Note that a piece of speech was finished."""
        self._finals += 1

    def note_missed(self) -> None:
        """Note that the engine gave a piece of speech up for want of time or room."""
        self._missed += 1

    def tick(self, late_s: float, calls: int) -> bool:
        """Take the measure of one tick; return whether the step has changed."""
        before = self.step
        self._weigh_partials()
        if self._smaller:
            self._ladder.offer(Step.SMALLER_MODEL, self._has_smaller())
        self._weigh_keywords()
        self._forecast.push(calls, self._finals)
        self._ladder.push(late_s, self._missed)
        if not calls:
            self._ladder.rest()
        self._finals = self._missed = 0
        return self.step is not before

    def _weigh_partials(self) -> None:
        """Offer the steps that give up partials only while that relieves the engine: another one may take over."""
        is_offered = not self._decodes_while_people_speak()
        for step in self._partials:
            if (step in self._ladder.steps) is not is_offered:
                self._ladder.offer(step, is_offered)

    def _weigh_keywords(self) -> None:
        """Offer the step to keywords only where it relieves: to a small model writing down costs no more than spotting."""
        engine = self._engine()
        if not self._has_spotter or engine is None or not engine.worker_s_a_second:
            return
        needed = WORTH_KEEPING if Step.KEYWORDS in self._ladder.steps else WORTH_OFFERING
        spotter_s = self._spotter_s_a_second() or SPOTTER_S_A_SECOND
        self._ladder.offer(Step.KEYWORDS, engine.worker_s_a_second >= needed * spotter_s)

    def refusal(self, calls: int) -> str:
        """Return why a call beside `calls` running ones would harm them; empty if it would not."""
        if self.step is not Step.ALL:
            return "the machine is busy and running calls come first; try again later or add a machine"
        engine = self._engine()
        if engine is None:
            return ""
        share = self._forecast.share(calls + 1, engine.worker_s_a_final, engine.workers)
        if share <= FULL:
            return ""
        return f"with one more call the speech engine would be busy {share:.0%} of its time; add cores or take a smaller model"

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from callguard.errors import InputError
from callguard.events import WarningGiven
from callguard.score.conversation import CallScorer
from callguard.score.scorer import TextScore
from callguard.settings import ScoreSettings
from callguard.speech import CallRisk, Transcript, UtteranceScore
from callguard.stored_call import read_transcript
from callguard.terms import RATE_HZ, SEVERITY, Category, Role, Samples
from callguard.wire import as_json
from tests.fakes import transcript


class WordScorer:
    """Finds categories by their names; remembers what it was asked."""

    name = "words 1"

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[str, ...], str]] = []

    @property
    def thresholds(self) -> Mapping[Category, float]:
        return dict.fromkeys(Category, 0.5)

    def warm(self) -> None:
        """Nothing to warm."""

    def understands(self, language: str) -> bool:
        return language.startswith("en")

    def meaning(self, text: str) -> Samples | None:
        """Texts with the same last word are about the same thing."""
        places = {"refund": 0, "engineer": 1}
        vector = np.zeros(3, np.float32)
        vector[places.get(text.rsplit(maxsplit=1)[-1], 2)] = 1
        return vector

    def glance(self, text: str, *, language: str = "en") -> TextScore:
        return self.score(text, language=language)

    def score(self, text: str, context: Sequence[str] = (), *, language: str = "en") -> TextScore:
        self.asked.append((text, tuple(context), language))
        labels = tuple(category for category in Category if category.value in text.split())
        scores: Mapping[Category, float] = {category: float(category in labels) for category in Category}
        severity = max((SEVERITY[label] for label in labels), default=0)
        return TextScore(scores=scores, labels=labels, severity=severity, spans=(), is_angry="angry" in text)


def call(words: WordScorer | None = None, *, turns: int = 2, language: str = "en") -> CallScorer:
    return CallScorer("c1", words or WordScorer(), ScoreSettings(context_turns=turns), language)


def heard(text: str, at_s: float = 1, *, segment: int = 0, final: bool = True, channel: Role = Role.CALLER) -> Transcript:
    return transcript(text, number=segment, end_s=at_s, is_final=final, channel=channel)


def scores(items: Sequence[UtteranceScore | CallRisk]) -> list[UtteranceScore]:
    return [item for item in items if isinstance(item, UtteranceScore)]


def risk(items: Sequence[UtteranceScore | CallRisk]) -> CallRisk:
    return next(item for item in items if isinstance(item, CallRisk))


def test_a_callers_final_is_scored_and_followed_by_the_risk_of_the_call() -> None:
    out = call().push(heard("insult", at_s=3, segment=4))

    score = scores(out)[0]
    assert (score.labels, score.severity, score.segment, score.end_sample) == ((Category.INSULT,), 2, 4, 3 * RATE_HZ)
    assert (score.is_final, score.is_reliable, score.scorer) == (True, True, "words 1")
    assert risk(out).at_sample == 3 * RATE_HZ


def test_a_harmless_final_is_scored_too_so_that_it_can_withdraw() -> None:
    assert scores(call().push(heard("hello")))[0].labels == ()


def test_the_agents_words_are_never_scored() -> None:
    words = WordScorer()

    assert call(words).push(heard("insult threat_personal", channel=Role.AGENT)) == []
    assert words.asked == []


def test_both_sides_are_context_oldest_first_and_only_as_many_as_settings_say() -> None:
    words = WordScorer()
    scorer = call(words, turns=2)
    scorer.push(heard("one"))
    scorer.push(heard("two", channel=Role.AGENT))
    scorer.push(heard("three"))

    scorer.push(heard("four"))

    assert words.asked[-1] == ("four", ("agent: two", "caller: three"), "en")


def test_speakers_that_cannot_be_told_apart_are_context_as_the_caller() -> None:
    words = WordScorer()
    scorer = call(words)
    scorer.push(heard("one", channel=Role.UNKNOWN))

    scorer.push(heard("two", channel=Role.UNKNOWN))

    assert words.asked[-1][1] == ("caller: one",)


def test_running_speech_is_not_context() -> None:
    words = WordScorer()
    scorer = call(words)
    scorer.push(heard("running", final=False))

    scorer.push(heard("done"))

    assert words.asked[-1][1] == ()


def test_an_unknown_speaker_is_scored() -> None:
    assert scores(call().push(heard("insult", channel=Role.UNKNOWN)))[0].severity == 2


def test_running_speech_is_scored_only_when_it_says_something_and_something_new() -> None:
    scorer = call()

    quiet = scorer.push(heard("hello there you", final=False))
    first = scorer.push(heard("you are insult", final=False))
    same = scorer.push(heard("you are insult again", final=False))
    more = scorer.push(heard("you are insult threat_personal", final=False))

    assert (quiet, same) == ([], [])
    assert [score.is_final for score in scores(first) + scores(more)] == [False, False]


def test_running_speech_does_not_move_the_risk() -> None:
    scorer = call()
    scorer.push(heard("this is threat_personal", final=False))

    assert risk(scorer.push(heard("hello"))).risk == 0.0


def test_one_severe_act_is_enough_and_many_small_ones_add_up() -> None:
    severe = risk(call().push(heard("hate"))).risk
    small = call()
    added = [risk(small.push(heard("rudeness", at_s=number, segment=number))).risk for number in range(1, 12)]

    assert severe >= 0.8
    assert added == sorted(added)
    assert added[2] < 0.5
    assert added[-1] > 0.9


def test_ten_quiet_minutes_halve_the_risk() -> None:
    scorer = call()
    before = risk(scorer.push(heard("hate", at_s=1))).risk

    after = risk(scorer.push(heard("hello", at_s=601))).risk

    assert after == pytest.approx(before / 2)


def test_doubtful_text_weighs_half_and_sets_no_peak() -> None:
    sure = call().push(heard("hate"))
    doubtful = call().push(replace(heard("hate"), is_reliable=False))

    assert risk(doubtful).risk == pytest.approx(risk(sure).risk / 2)
    assert (risk(sure).peak_severity, risk(doubtful).peak_severity) == (3, 0)


def test_the_peak_stays() -> None:
    scorer = call()
    scorer.push(heard("hate", at_s=1))

    assert risk(scorer.push(heard("hello", at_s=3000))).peak_severity == 3


def test_the_same_transcripts_give_the_same_scores_again() -> None:
    said = [heard(text, at_s=number, segment=number) for number, text in enumerate(["insult", "hello", "hate"], 1)]
    one, other = call(), call()

    assert [one.push(item) for item in said] == [other.push(item) for item in said]


def test_a_language_that_the_scorer_does_not_know_is_marked_keywords_only() -> None:
    words = WordScorer()
    out = call(words, language="de").push(replace(heard("hallo"), language=""))

    assert words.asked[0][2] == "de"
    assert scores(out)[0].scorer == "words 1 (keywords only)"


def test_the_language_that_was_heard_goes_before_the_language_of_the_call() -> None:
    words = WordScorer()

    call(words, language="de").push(heard("hello"))

    assert words.asked[0][2] == "en"


def test_an_empty_final_is_no_context() -> None:
    words = WordScorer()
    scorer = call(words)
    scorer.push(heard("  "))

    scorer.push(heard("hello"))

    assert words.asked[-1][1] == ()


def test_another_calls_transcript_is_refused() -> None:
    with pytest.raises(InputError, match="another call"):
        call().push(transcript("hello", call_id="c2"))


def test_the_end_holds_nothing_back() -> None:
    assert call().flush() == []


def test_running_speech_is_judged_by_its_own_words_and_a_final_with_what_was_said_before() -> None:
    words = WordScorer()
    scorer = call(words)
    scorer.push(heard("there is a bomb", segment=0))
    scorer.push(heard("and i mean", segment=1, final=False))
    scorer.push(heard("and i mean it", segment=1))
    assert [(text, len(context)) for text, context, _ in words.asked] == [
        ("there is a bomb", 0),
        ("and i mean", 0),
        ("and i mean it", 1),
    ]


def ask_and_answer(scorer: CallScorer, text: str, times: int) -> list[CallRisk]:
    risks = []
    for number in range(times):
        risks.append(risk(scorer.push(heard(text, at_s=40 * number + 10, segment=number))))
        scorer.push(heard("we have told you", at_s=40 * number + 20, segment=number, channel=Role.AGENT))
    return risks


def test_a_demand_made_again_after_an_answer_is_counted_and_wears_from_the_third_time_on() -> None:
    risks = ask_and_answer(call(), "i want my refund", 5)

    assert [one.repeated_demands for one in risks] == [0, 1, 2, 3, 4]
    assert [one.risk for one in risks] == [0.0, 0.0, 0.0, 0.06, 0.12]


def test_asking_again_alone_never_makes_a_call_pervasive() -> None:
    assert ask_and_answer(call(), "i want my refund", 40)[-1].risk == 0.3


@pytest.mark.parametrize("is_agent_first", [True, False])
def test_demands_are_counted_alike_live_and_stored_whichever_side_comes_first(*, is_agent_first: bool) -> None:
    live, stored = call(), call()
    said = [heard("i want my refund", at_s=2), heard("we have told you", at_s=19, channel=Role.AGENT)]
    again = [heard("yes", at_s=21.5, segment=1, channel=Role.AGENT), heard("i want my refund", at_s=22, segment=1)]
    said += again if is_agent_first else [again[1], again[0]]
    said.append(heard("okay then", at_s=30, segment=2))

    risks = [live.push(item) for item in said]

    assert risk(risks[-1]).repeated_demands == 1
    assert [stored.push(read_transcript(as_json(item))) for item in said] == risks


def test_talking_over_the_agent_is_counted_for_the_caller_only() -> None:
    scorer = call()
    agent = transcript("let me explain this", number=0, start_s=0, end_s=6, channel=Role.AGENT)
    caller = transcript("no i do not want that", number=0, start_s=3, end_s=8)
    late_agent = transcript("i am sorry", number=1, start_s=6, end_s=12, channel=Role.AGENT)

    scorer.push(agent)
    first = risk(scorer.push(caller))
    scorer.push(late_agent)

    assert first.interruptions == 1
    assert risk(scorer.push(heard("okay then", at_s=20, segment=1))).interruptions == 1


def test_reading_keeps_nothing_and_what_was_read_is_not_judged_twice() -> None:
    words = WordScorer()
    scorer, fresh = call(words), call()
    said = transcript("what an insult")
    assert scorer.read(said) == fresh.read(said)
    assert scorer.push(said) == fresh.push(said)
    assert len(words.asked) == 1
    assert scorer.read(replace(said, channel=Role.AGENT)) is None


def test_abuse_after_a_warning_weighs_more_and_what_was_being_said_meanwhile_does_not() -> None:
    unwarned, warned = call(), call()
    warned.warned(WarningGiven(call_id="c1", at_sample=5 * RATE_HZ, by="sam"))

    during = risk(warned.push(transcript("insult", number=0, start_s=4, end_s=6)))
    assert during.risk == risk(unwarned.push(transcript("insult", number=0, start_s=4, end_s=6))).risk

    after = risk(warned.push(heard("insult", at_s=10, segment=1)))
    assert after.risk > risk(unwarned.push(heard("insult", at_s=10, segment=1))).risk
    assert (during.is_warned, after.is_warned) == (True, True)


def test_a_warning_after_which_it_was_quiet_has_worked() -> None:
    scorer = call()
    scorer.warned(WarningGiven(call_id="c1", at_sample=0, by=""))

    assert not risk(scorer.push(heard("insult", at_s=601))).is_warned


def test_sounds_without_words_neither_talk_over_anybody_nor_answer_a_demand() -> None:
    scorer = call()
    scorer.push(heard("i want my refund", at_s=2))
    scorer.push(transcript("", number=0, start_s=3, end_s=8, channel=Role.AGENT))
    scorer.push(transcript("let me look at it", number=1, start_s=20, end_s=26, channel=Role.AGENT))
    noise = risk(scorer.push(transcript(" ", number=1, start_s=22, end_s=27)))

    assert noise.interruptions == 0
    again = risk(scorer.push(transcript("i want my refund", number=2, start_s=14, end_s=16)))
    assert again.repeated_demands == 0


def test_a_late_reading_of_what_is_final_already_says_nothing_that_none_would_withdraw() -> None:
    scorer = call()
    scorer.push(heard("hello", segment=3))

    assert scorer.push(heard("threat_personal", segment=3, final=False)) == []
    assert scores(scorer.push(heard("threat_personal", segment=4, final=False)))


SAID = ("insult", "hello there", "i want my refund", "rudeness", "you must send an engineer", "", "hate", "threat_personal")


def a_call(seed: int) -> Iterator[Transcript | WarningGiven]:
    """Yield sixty pieces of speech at any sample, in no order between the two sides, some warnings among them."""
    chance = random.Random(seed)
    end = {Role.CALLER: 0, Role.AGENT: 0}
    for number in range(60):
        channel = chance.choice((Role.CALLER, Role.AGENT))
        start = end[channel] + chance.choice((0, chance.randrange(20 * RATE_HZ)))
        end[channel] = start + chance.randrange(RATE_HZ // 8, 12 * RATE_HZ)
        if chance.random() < 0.05:
            yield WarningGiven(call_id="c1", at_sample=start, by="")
        said = transcript(chance.choice(SAID), number=number, channel=channel, is_final=chance.random() > 0.1)
        yield replace(said, start_sample=start, end_sample=end[channel], is_reliable=chance.random() > 0.1)


@pytest.mark.parametrize("seed", range(60))
def test_a_stored_call_gives_the_scores_and_risks_that_it_gave_live(seed: int) -> None:
    live, stored = call(), call()
    for item in a_call(seed):
        if isinstance(item, WarningGiven):
            live.warned(item)
            stored.warned(replace(item, at_sample=round(as_json(item)["at_s"] * RATE_HZ)))
            continue
        told = [as_json(one) for one in live.push(item)]
        assert [as_json(one) for one in stored.push(read_transcript(as_json(item)))] == told

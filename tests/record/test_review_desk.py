"""Reviews on both databases: draws, verdicts and their versions, the blind second reviewer, agreement and settling."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callguard.accounts import User
from callguard.errors import AccessError, InputError, NotFoundError
from callguard.events import Event
from callguard.record.lots import drawn, lot
from callguard.record.review_desk import ReviewDesk
from callguard.record.store import SqlStore
from callguard.reviewing import About, Drawn, DrawRequest, Judgement, NewVerdict
from callguard.terms import RATE_HZ, Category, StaffRole
from tests.clocks import HandClock
from tests.fakes import ShoutScorer, alert, call_started, transcript
from tests.record.journals import BEGAN, call_ended, numbered

QUENTIN, QUIRA, QASIM = (
    User(name=name, display_name=name.title(), role=StaffRole.QA, team="", password_hash="")
    for name in ("quentin", "quira", "qasim")
)
SENIOR = User(name="ana", display_name="Ana", role=StaffRole.SENIOR, team="blue", password_hash="")
DAY = DrawRequest(seed="november", since=BEGAN - timedelta(days=1), until=BEGAN + timedelta(days=1), alerting=3, quiet=3)
RIGHT = NewVerdict(about=About.ALERT, subject="c1:1", judgement=Judgement.RIGHT)
WRONG = NewVerdict(about=About.ALERT, subject="c1:1", judgement=Judgement.WRONG)
MISSED = NewVerdict(about=About.MISSED, at_s=11.2, judgement=Judgement.MISSED, categories=(Category.SEXUAL,))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def desk(store: SqlStore, clock: HandClock) -> ReviewDesk:
    return ReviewDesk(store, second_share=1.0, policy=lambda: "standard 1", clock=clock)


async def a_call(store: SqlStore, call_id: str = "c1", *, alerts: int = 1) -> None:
    loud = transcript("YOU COW", call_id=call_id, start_s=4, end_s=5, number=0)
    calm = transcript("where is it", call_id=call_id, start_s=9, end_s=10, number=1)
    scores = [score for line in (loud, calm) if (score := ShoutScorer().read(line)) is not None]
    raised = [replace(alert(f"{call_id}:{number}", call_id=call_id), at_sample=5 * RATE_HZ) for number in range(1, alerts + 1)]
    events: tuple[Event, ...] = (call_started(call_id), loud, calm, *scores, *raised, call_ended(call_id))
    await store.append(numbered(*events, first=await store.last_seq() + 1))


async def test_a_verdict_is_kept_with_who_when_and_the_policy_and_every_version_stays(
    store: SqlStore, desk: ReviewDesk, clock: HandClock
) -> None:
    await a_call(store)
    first = await desk.say(QUENTIN, "c1", RIGHT)
    await clock.advance(60)
    await desk.say(QUENTIN, "c1", WRONG)
    seen = await desk.of_call(QUENTIN, "c1")
    assert (first.by, first.policy, first.was, first.severity) == ("quentin", "fake 1", (Category.INSULT,), 2)
    assert [(one.judgement, one.categories) for one in seen.verdicts] == [(Judgement.WRONG, ())]
    assert [one.judgement for one in await desk.versions(QUENTIN, "c1")] == [Judgement.RIGHT, Judgement.WRONG]
    await desk.take_back(QUENTIN, "c1", "c1:1")
    assert (await desk.of_call(QUENTIN, "c1")).verdicts == ()
    assert len(await desk.versions(QUENTIN, "c1")) == 3
    with pytest.raises(NotFoundError):
        await desk.take_back(QUENTIN, "c1", "c1:1")


async def test_several_categories_and_another_severity_are_kept_and_compared(store: SqlStore, desk: ReviewDesk) -> None:
    await a_call(store)
    both = (Category.HATE, Category.INSULT)
    milder = NewVerdict(about=About.WORDS, segment=0, judgement=Judgement.WRONG, categories=both, severity=2)
    first = await desk.say(QUENTIN, "c1", milder)
    assert (first.categories, first.severity) == (both, 2)
    await desk.say(QUENTIN, "c1", RIGHT)
    await desk.finish(QUENTIN, "c1")
    await desk.say(QUIRA, "c1", RIGHT)
    second = await desk.say(QUIRA, "c1", milder.model_copy(update={"severity": None}))
    assert second.severity == 3, "as its worst category says"
    await desk.finish(QUIRA, "c1")
    told = {one.category: one for one in await desk.agreement(QUENTIN)}
    assert (told["any"].observed, told["severity"].observed, told[Category.HATE].said_by_both) == (1.0, 0.0, 1)
    (dispute,) = await desk.disputes(QUENTIN)
    assert (dispute.first and dispute.first.severity, dispute.second and dispute.second.severity) == (2, 3)
    await desk.settle(QASIM, "c1", milder)
    assert await desk.disputes(QUENTIN) == []


async def test_the_right_category_with_the_wrong_severity_is_a_verdict(store: SqlStore, desk: ReviewDesk) -> None:
    await a_call(store)
    worse = NewVerdict(about=About.WORDS, segment=0, judgement=Judgement.WRONG, categories=(Category.INSULT,), severity=3)
    said = await desk.say(QUENTIN, "c1", worse)
    assert (said.was, said.categories, said.severity) == ((Category.INSULT,), (Category.INSULT,), 3)


async def test_what_was_missed_is_tied_to_the_words_before_it(store: SqlStore, desk: ReviewDesk) -> None:
    await a_call(store)
    missed = await desk.say(QUENTIN, "c1", MISSED)
    assert (missed.segment, missed.subject, missed.was, missed.severity) == (1, "missed:112", (), 3)


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (NewVerdict(about=About.ALERT, subject="c1:9", judgement=Judgement.RIGHT), NotFoundError),
        (NewVerdict(about=About.WORDS, segment=7, judgement=Judgement.RIGHT), NotFoundError),
        (NewVerdict(about=About.WORDS, segment=0, judgement=Judgement.TOO_LATE), InputError),
        (NewVerdict(about=About.WORDS, segment=0, judgement=Judgement.WRONG, categories=(Category.INSULT,)), InputError),
        (NewVerdict(about=About.MISSED, at_s=3, judgement=Judgement.MISSED), InputError),
        (NewVerdict(about=About.ALERT, subject="c1:1", judgement=Judgement.RIGHT, severity=4), InputError),
    ],
)
async def test_a_verdict_that_says_nothing_is_refused(
    store: SqlStore, desk: ReviewDesk, new: NewVerdict, error: type[Exception]
) -> None:
    await a_call(store)
    with pytest.raises(error):
        await desk.say(QUENTIN, "c1", new)
    assert (await desk.of_call(QUENTIN, "c1")).own is None


async def test_a_review_is_finished_when_every_alert_is_judged(store: SqlStore, desk: ReviewDesk) -> None:
    await a_call(store)
    await desk.say(QUENTIN, "c1", MISSED)
    with pytest.raises(InputError, match="1 alerts"):
        await desk.finish(QUENTIN, "c1")
    await desk.say(QUENTIN, "c1", RIGHT)
    assert (await desk.finish(QUENTIN, "c1")).finished_at is not None


async def test_the_second_reviewer_sees_nothing_of_the_first_until_done(store: SqlStore, desk: ReviewDesk) -> None:
    await a_call(store)
    await desk.say(QUENTIN, "c1", RIGHT)
    await desk.finish(QUENTIN, "c1")
    (waiting,) = await desk.entries(QUIRA, limit=9)
    assert waiting.review.round == 2
    assert [one.review.round for one in await desk.entries(QUENTIN, limit=9)] == [1], "nobody is offered their own call again"
    with pytest.raises(InputError):
        await desk.take(QUENTIN, waiting.review.review_id)
    await desk.take(QUIRA, waiting.review.review_id)
    for _ in range(2):
        seen = await desk.of_call(QUIRA, "c1")
        assert seen.is_blind
        assert {one.by for one in (*seen.verdicts, *await desk.versions(QUIRA, "c1"))} <= {"quira"}
        assert (await desk.of_call(QASIM, "c1")).verdicts == (), "who might have been the second sees nothing either"
        await desk.say(QUIRA, "c1", WRONG)
    with pytest.raises(AccessError):
        await desk.settle(QUIRA, "c1", RIGHT)
    await desk.finish(QUIRA, "c1")
    for reviewer in (QUENTIN, QUIRA, QASIM):
        seen = await desk.of_call(reviewer, "c1")
        assert ({one.by for one in seen.verdicts}, seen.disputed) == ({"quentin", "quira"}, ("words:0",))


async def test_two_reviewers_are_enough(store: SqlStore, desk: ReviewDesk) -> None:
    await a_call(store)
    for reviewer in (QUENTIN, QUIRA):
        await desk.say(reviewer, "c1", RIGHT)
    with pytest.raises(InputError, match="two others"):
        await desk.say(QASIM, "c1", RIGHT)


async def test_agreement_counts_what_was_said_blind_and_settling_ends_the_dispute(
    store: SqlStore, desk: ReviewDesk, clock: HandClock
) -> None:
    await a_call(store)
    await desk.say(QUENTIN, "c1", RIGHT)
    await desk.finish(QUENTIN, "c1")
    await desk.say(QUIRA, "c1", WRONG)
    await desk.finish(QUIRA, "c1")
    await clock.advance(60)
    await desk.say(QUIRA, "c1", RIGHT)  # after she has seen the other's view
    told = {one.category: one for one in await desk.agreement(QUENTIN)}
    assert (told["any"].units, told["any"].observed, told[Category.INSULT].said_by_one) == (1, 0.0, 1)
    assert await desk.disputes(QUENTIN) == [], "they agree now"
    await desk.say(QUIRA, "c1", WRONG)
    (dispute,) = await desk.disputes(QUENTIN)
    assert (dispute.first and dispute.first.by, dispute.second and dispute.second.by) == ("quentin", "quira")
    await desk.settle(QASIM, "c1", WRONG)
    assert await desk.disputes(QUENTIN) == []
    assert (await desk.agreement(QUENTIN))[0].observed == 0.0


async def test_a_draw_takes_quiet_calls_too_and_the_same_seed_draws_the_same(store: SqlStore, desk: ReviewDesk) -> None:
    for number in range(12):
        await a_call(store, f"c{number}", alerts=number % 2)
    made = await desk.draw(QUENTIN, DAY)
    assert made.drawn == {Drawn.ALERTING: 3, Drawn.QUIET: 3}
    assert made.among == {Drawn.ALERTING: 6, Drawn.QUIET: 6}
    chosen = {one.review.call_id for one in await desk.entries(QUIRA, limit=99)}
    quiet = {one.review.call_id for one in await desk.entries(QUIRA, limit=99) if one.review.drawn is Drawn.QUIET}
    assert quiet == set(drawn("november", (f"c{number}" for number in range(0, 12, 2)), 3))
    again = await desk.draw(QUIRA, DAY)
    assert (again.drawn, again.known) == ({Drawn.ALERTING: 0, Drawn.QUIET: 0}, 6)
    assert {one.review.call_id for one in await desk.entries(QUIRA, limit=99)} == chosen
    with pytest.raises(InputError):
        await desk.draw(QUENTIN, DAY.model_copy(update={"until": DAY.since}))


async def test_what_waits_stays_in_the_queue_however_much_others_have_reviewed_since(
    store: SqlStore, desk: ReviewDesk, clock: HandClock
) -> None:
    for number in range(4):
        await a_call(store, f"c{number}", alerts=0)
    await desk.draw(QUENTIN, DAY.model_copy(update={"alerting": 0, "quiet": 2}))
    waiting = {one.review.call_id for one in await desk.entries(QUIRA, limit=3)}
    for call_id in {f"c{number}" for number in range(4)} - waiting:
        await clock.advance(60)
        await desk.finish(QUENTIN, call_id)
        await desk.finish(QASIM, call_id)
    (mine, _) = waiting
    (one,) = [one.review for one in await desk.entries(QUIRA, limit=2) if one.review.call_id == mine]
    await desk.take(QUIRA, one.review_id)
    assert {one.review.call_id for one in await desk.entries(QUIRA, limit=2)} == waiting
    await desk.finish(QUIRA, mine)
    first, last = await desk.entries(QUIRA, limit=2)
    assert (first.review.finished_at, last.review.call_id) == (None, mine)


async def test_reviewing_is_for_qa(desk: ReviewDesk) -> None:
    with pytest.raises(AccessError):
        await desk.entries(SENIOR, limit=1)
    with pytest.raises(AccessError):
        await desk.draw(SENIOR, DAY)


def test_lots_are_spread_evenly_and_depend_on_the_seed() -> None:
    lots = [lot("a", str(number)) for number in range(2000)]
    assert 0.45 < sum(lots) / len(lots) < 0.55
    assert abs(sum(one < 0.2 for one in lots) / len(lots) - 0.2) < 0.03
    assert lot("a", "x") != lot("b", "x")

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, update

from callguard.accounts import User
from callguard.archive import AlertLife, CallQuery, Correction
from callguard.errors import InputError
from callguard.events import Event
from callguard.human_acts import AlertAnswer, AlertAnswered, CardAnswer, CardAnswered, JoinMode, JoinPhase, JoinWay, StaffJoin
from callguard.record.findings import FROM, alert_lives, call_traits, catch_up, folded, utterances
from callguard.record.preferences import preferences
from callguard.record.store import SqlStore
from callguard.record.words_index import asked_words
from callguard.reviewing import About, Judgement, Verdict
from callguard.speech import UtteranceScore
from callguard.terms import Category, Role, StaffRole, Tactic
from tests.fakes import ShoutScorer, alert, call_started, transcript
from tests.record.journals import BEGAN, call_ended, numbered, risk, settled


def labelled(text: str, category: Category, call_id: str = "c1") -> UtteranceScore:
    (score,) = (one for one in ShoutScorer().push(transcript(text, call_id=call_id)) if isinstance(one, UtteranceScore))
    return replace(score, labels=(category,))


def answered(decision_id: str, answer: AlertAnswer, call_id: str = "c1") -> AlertAnswered:
    return AlertAnswered(call_id=call_id, at_sample=0, by="ana", decision_id=decision_id, answer=answer, to="", reason="")


def joined(call_id: str) -> StaffJoin:
    return StaffJoin(
        call_id=call_id,
        at_sample=0,
        join_id="j1",
        by="ana",
        name="Ana",
        phase=JoinPhase.JOINED,
        mode=JoinMode.LISTEN,
        way=JoinWay.BROWSER,
        because="",
        is_told=True,
    )


async def happened(store: SqlStore, *events: Event, agent: str = "sam") -> None:
    await store.append(numbered(*events, first=await store.last_seq() + 1, agent=agent))


async def ids(store: SqlStore, **query: object) -> list[str]:
    found = await store.search.find(CallQuery.model_validate(query), limit=50)
    assert found.total == len(found.calls)
    return sorted(call.call_id for call in found.calls)


async def test_calls_are_found_by_the_words_of_either_side(store: SqlStore) -> None:
    await happened(store, call_started("c1"), transcript("You stupid COW, you can't even read!"))
    await happened(store, call_started("c2"), transcript("The café is over there", channel=Role.AGENT, call_id="c2"))
    await happened(store, transcript("you stupid", is_final=False, number=7, call_id="c2"))

    assert await ids(store, words="stupid") == ["c1"]
    assert await ids(store, words="cow STUPID") == ["c1"]
    assert await ids(store, words='"stupid cow"') == ["c1"]
    assert await ids(store, words='"cow stupid"') == []
    assert await ids(store, words="can’t") == ["c1"]
    assert await ids(store, words="cant read") == ["c1"]
    assert await ids(store, words="cafe") == ["c2"]
    assert await ids(store, words="stup*") == ["c1"]
    assert await ids(store, words="stup") == []
    found = await store.search.find(CallQuery(words="stupid"), limit=1)
    assert found.calls[0].said is not None
    assert found.calls[0].said.text == "You stupid COW, you can't even read!"


@pytest.mark.parametrize("words", ["!?", '""', "a " * 40], ids=["signs", "nothing", "too many"])
async def test_words_that_cannot_be_looked_for_are_refused(store: SqlStore, words: str) -> None:
    with pytest.raises(InputError, match="words"):
        await ids(store, words=words)


@pytest.mark.parametrize("words", ["near(a b)", "a OR b", "col:x", "a NOT b", "x-y", "'; DROP", "a & b | c", "a:*b", "-", "^a"])
async def test_no_word_is_taken_for_a_command_of_the_database(store: SqlStore, words: str) -> None:
    await happened(store, call_started("c1"), transcript("nothing of this kind"))
    if folded(words):
        assert await ids(store, words=words) == []


def test_asked_words_are_folded_and_phrases_stay_together() -> None:
    assert asked_words('Über "I know, where" liv*') == [(["uber"], False), (["i", "know", "where"], False), (["liv"], True)]


async def test_calls_are_found_by_what_was_said_done_and_raised(store: SqlStore) -> None:
    used = CardAnswered(call_id="c2", at_sample=0, by="sam", tactic=Tactic.WARN, answer=CardAnswer.USED, decision_id="")
    await happened(store, call_started("c1"), labelled("x", Category.INSULT), risk(2), alert("c1:1"))
    await happened(store, call_started("c2"), labelled("x", Category.SEXUAL, "c2"), risk(3, "c2"), used)
    await happened(store, replace(used, tactic=Tactic.EXIT, answer=CardAnswer.NOT_NOW), call_ended("c2"))

    assert await ids(store, categories=["insult"]) == ["c1"]
    assert await ids(store, categories=["insult", "sexual"]) == ["c1", "c2"]
    assert await ids(store, min_severity=3) == ["c2"]
    assert await ids(store, tactic="warn") == ["c2"]
    assert await ids(store, tactic="exit") == []
    found = await store.search.find(CallQuery(categories=(Category.SEXUAL,)), limit=1)
    assert (found.calls[0].categories, found.calls[0].tactics) == ((Category.SEXUAL,), (Tactic.WARN,))


async def test_calls_are_found_by_what_became_of_their_alerts(store: SqlStore) -> None:
    again = replace(alert("c2:2", call_id="c2"), tier=2, repeats="c2:1")
    await happened(store, call_started("c1"), alert("c1:1"), answered("c1:1", AlertAnswer.ACKNOWLEDGED))
    await happened(store, call_started("c2"), alert("c2:1", call_id="c2"), again)
    await happened(store, call_started("c3"), replace(alert("c3:1", call_id="c3"), is_provisional=True))
    await happened(store, settled("c3:1", is_confirmed=False, call_id="c3"))
    await happened(store, call_started("c4"), alert("c4:1", call_id="c4"), joined("c4"))

    assert await ids(store, life=AlertLife.ACKNOWLEDGED) == ["c1", "c4"]
    assert await ids(store, life=AlertLife.ESCALATED) == ["c2"]
    assert await ids(store, life=AlertLife.WITHDRAWN) == ["c3"]
    assert await ids(store, life=AlertLife.UNANSWERED) == ["c2"]
    assert await ids(store, help_after_s=60) == ["c1", "c2"]
    assert await ids(store, help_after_s=0) == ["c1", "c2", "c4"]
    found = {call.call_id: call.help_s for call in (await store.search.find(CallQuery(), limit=9)).calls}
    assert found == {"c1": None, "c2": None, "c3": None, "c4": 1.0}


async def test_an_answer_to_the_next_tier_answers_the_alert_itself(store: SqlStore) -> None:
    again = replace(alert("c1:2"), tier=2, repeats="c1:1")
    await happened(store, call_started("c1"), alert("c1:1"), again, answered("c1:2", AlertAnswer.ACKNOWLEDGED))
    assert await ids(store, life=AlertLife.ACKNOWLEDGED) == ["c1"]


async def test_calls_are_found_by_time_team_and_agent_page_by_page(store: SqlStore) -> None:
    for name, team in (("sam", "blue"), ("ola", "red")):
        await store.add_user(User(name=name, display_name=name.title(), role=StaffRole.AGENT, team=team, password_hash=""))
    for number in range(5):
        start = replace(
            call_started(f"c{number}", agent="sam" if number % 2 else "ola"), started_at=BEGAN + timedelta(hours=number)
        )
        await happened(store, start, agent=start.agent)
    await happened(store, call_started("nobodys", agent=""), agent="")

    assert await ids(store, team="red") == ["c0", "c2", "c4"]
    assert await ids(store, agent="sam") == ["c1", "c3"]
    assert await ids(store, since=BEGAN + timedelta(hours=3), until=BEGAN + timedelta(hours=4)) == ["c3"]
    page = await store.search.find(CallQuery(team="red"), limit=2, offset=2)
    assert (page.total, [call.call_id for call in page.calls]) == (3, ["c0"])
    assert page.calls[0].agent_name == "Ola"
    own = await store.search.find(CallQuery(), limit=9, only_team="blue")
    assert {call.call_id for call in own.calls} == {"c1", "c3", "nobodys"}
    chosen = await store.search.ids(CallQuery(), limit=2, only_team="blue")
    assert chosen == (3, [call.call_id for call in own.calls][:2])
    assert await store.search.of_ids(["c0", "c3", "let go", "c1"]) == [
        call for call in (await store.search.find(CallQuery(), limit=9)).calls if call.call_id in ("c0", "c1", "c3")
    ]
    assert await store.search.teams() == ["blue", "red"]


async def test_a_corrected_call_is_found_by_both_texts(store: SqlStore) -> None:
    await happened(store, call_started("c1"), transcript("you stupid cowl"))
    heard = await store.corrections.heard("c1", Role.CALLER, 0)
    correction = Correction(
        call_id="c1", channel=Role.CALLER, segment=0, by="quentin", at=BEGAN, heard=heard, text="you stupid cow"
    )
    await store.corrections.correct(correction)

    assert await ids(store, words="cow") == ["c1"]
    assert await ids(store, words="cowl") == ["c1"]
    assert await store.corrections.of_call("c1") == [correction]
    assert await store.corrections.heard("c1", Role.CALLER, 0) == "you stupid cowl"


async def test_what_an_older_callguard_stored_is_found_too(store: SqlStore) -> None:
    again = replace(alert("c1:2"), tier=2, repeats="c1:1")
    await happened(store, call_started("c1"), transcript("hello there"), labelled("x", Category.HATE), alert("c1:1"), again)
    async with store._database.writing() as connection:
        for table in (utterances, call_traits, alert_lives):
            await connection.execute(delete(table))
        await connection.execute(insert(preferences), {"owner": "", "name": FROM, "value": "0"})
    assert await ids(store, words="hello") == []

    assert await catch_up(store._database) == 4
    assert await ids(store, words="hello", categories=["hate"], life=AlertLife.ESCALATED) == ["c1"]
    assert await catch_up(store._database) == 0


async def test_the_words_index_follows_changes(store: SqlStore) -> None:
    await happened(store, call_started("c1"), transcript("hello there"))
    async with store._database.writing() as connection:
        await connection.execute(update(utterances).values(folded="good bye"))
    assert (await ids(store, words="hello"), await ids(store, words="bye")) == ([], ["c1"])
    async with store._database.writing() as connection:
        await connection.execute(delete(utterances))
    assert await ids(store, words="bye") == []


async def test_calls_are_found_by_ones_own_verdict_as_it_holds(store: SqlStore) -> None:
    for name in ("c1", "c2", "c3"):
        await happened(store, call_started(name))

    async def say(call_id: str, by: str, judgement: Judgement, *, is_taken_back: bool = False) -> None:
        about = {"about": About.ALERT, "subject": f"{call_id}:1", "segment": 0, "at_s": 1.0, "judgement": judgement}
        rest = {"was": (), "categories": (), "severity": 0, "note": "", "policy": "", "is_settling": False}
        own = {"verdict_id": 0, "call_id": call_id, "by": by, "at": BEGAN, "is_taken_back": is_taken_back}
        await store.reviews.say(Verdict.model_validate(about | rest | own))

    async def found(verdict: str, reader: str) -> list[str]:
        query = CallQuery.model_validate({"verdict": verdict})
        return sorted(call.call_id for call in (await store.search.find(query, limit=9, reader=reader)).calls)

    await say("c1", "quentin", Judgement.WRONG)
    await say("c1", "quentin", Judgement.RIGHT)
    await say("c2", "quentin", Judgement.WRONG)
    await say("c2", "quentin", Judgement.WRONG, is_taken_back=True)
    await say("c3", "ana", Judgement.WRONG)

    assert await found("right", "quentin") == ["c1"]
    assert await found("wrong", "quentin") == []
    assert await found("none", "quentin") == ["c2", "c3"]
    assert await found("wrong", "ana") == ["c3"]

from dataclasses import replace

from callguard.events import ChecklistFilled
from callguard.speech import Span, UtteranceScore
from callguard.terms import Category, Role, StepTimes
from tests.deliver.office import Office
from tests.fakes import alert, call_started, transcript

WORDS = "i put a bomb in your building"


def threat() -> UtteranceScore:
    return UtteranceScore(
        call_id="c1",
        channel=Role.CALLER,
        segment=0,
        start_sample=0,
        end_sample=16_000,
        is_final=True,
        is_reliable=True,
        text=WORDS,
        scores={Category.THREAT_GENERAL: 0.93},
        labels=(Category.THREAT_GENERAL,),
        severity=4,
        spans=(Span(start=0, end=len(WORDS), category=Category.THREAT_GENERAL),),
        is_angry=False,
        scorer="test 1",
        times=StepTimes(),
    )


async def threatened(office: Office) -> None:
    told = replace(alert("c1:1", at_sample=40 * 16_000), category="threat_general", severity=4, because=WORDS)
    await office.happen(call_started())
    await office.happen(transcript("good morning", end_s=2))
    await office.happen(transcript("how can i help", end_s=38, channel=Role.AGENT))
    await office.happen(transcript(WORDS, end_s=40))
    await office.happen(threat())
    await office.happen(told)


async def test_evidence_is_the_words_how_sure_and_what_was_said_before(office: Office) -> None:
    await threatened(office)
    async with office.client("ana") as ana:
        found = (await ana.get("/api/alerts/c1:1/evidence")).json()

    assert (found["because"], found["text"], found["confidence"], found["reliable"]) == (WORDS, WORDS, 0.93, True)
    assert [line["text"] for line in found["said"]] == ["how can i help", WORDS], "thirty seconds, and no more"
    assert found["audio_s"] == {"start": 30.0, "end": 40.5}


async def test_ten_seconds_of_it_can_be_heard(office: Office) -> None:
    await threatened(office)
    async with office.client("ana") as ana:
        heard = await ana.get("/api/alerts/c1:1/audio")

    assert (heard.headers["content-type"], heard.content) == ("audio/wav", b"30.0 to 40.5")


async def test_alerts_are_handed_to_senior_staff_only_and_declined_with_a_reason(office: Office) -> None:
    await threatened(office)
    async with office.client("ana") as ana:
        assert (await ana.post("/api/alerts/c1:1/hand-over", json={"to": "sam"})).status_code == 400
        assert (await ana.post("/api/alerts/c1:1/hand-over", json={"to": "nobody"})).status_code == 400
        assert (await ana.post("/api/alerts/c1:1/hand-over", json={"to": "ana"})).status_code == 200
        assert (await ana.post("/api/alerts/c1:1/decline", json={"reason": ""})).status_code == 422
        assert (await ana.post("/api/alerts/c1:1/decline", json={"reason": "on another call"})).status_code == 200
    assert office.desk.acts == [
        ("alert", "c1", "ana", "c1:1", "handed_over", "ana"),
        ("alert", "c1", "ana", "c1:1", "declined", "on another call"),
    ]


async def test_a_threat_is_decided_upon_with_measures_or_with_a_reason_for_none(office: Office) -> None:
    await threatened(office)
    async with office.client("ana") as ana:
        taken = await ana.post("/api/alerts/c1:1/threat", json={"measures": ["police", "escort"], "note": "ref 7"})
        silent = await ana.post("/api/alerts/c1:1/threat", json={"measures": ["none"]})
        mixed = await ana.post("/api/alerts/c1:1/threat", json={"measures": ["none", "police"], "note": "x"})
    assert (taken.status_code, silent.status_code, mixed.status_code) == (200, 400, 400)
    assert office.desk.acts == [("threat", "c1", "ana", "c1:1", ("police", "escort"), "ref 7")]


async def test_the_checklist_shows_what_is_filled_by_whom_and_what_to_ask_next(office: Office) -> None:
    await office.happen(call_started())
    async with office.client("sam") as sam:
        before = (await sam.get("/api/calls/c1/checklist")).json()
        await office.happen(ChecklistFilled(call_id="c1", at_sample=0, start_sample=0, field="voice", value="calm", by="sam"))
        after = (await sam.get("/api/calls/c1/checklist")).json()
        await sam.put("/api/calls/c1/checklist/when", json={"value": "at noon"})

    assert (before["is_open"], before["next"]) == (False, None)
    assert (after["is_open"], after["next"]) == (True, "when")
    assert [(entry["value"], entry["by"]) for entry in after["fields"][1]["entries"]] == [("calm", "sam")]
    assert office.desk.acts == [("field", "c1", "sam", "when", "at noon")]


async def test_what_was_filled_into_a_field_that_the_policy_no_longer_has_stays_in_sight(office: Office) -> None:
    filled = ChecklistFilled(call_id="c1", at_sample=0, start_sample=0, field="of_old", value="at noon", by="sam")
    for event in (call_started("c1"), filled):
        await office.happen(event)
    async with office.client("sam") as sam:
        fields = (await sam.get("/api/calls/c1/checklist")).json()["fields"]
    assert [(one["field"], one["ask"], one["entries"][0]["value"]) for one in fields if one["entries"]] == [
        ("of_old", "", "at noon")
    ]

"""What goes out on paper and as files, read back."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from callguard.app.aftercare import rules_of
from callguard.callers import Restriction, RestrictionStatus
from callguard.cases import AftercareRules
from callguard.decide.policy import load_policy
from callguard.incidents import (
    ChecklistAnswer,
    IncidentContent,
    IncidentEntry,
    IncidentStatus,
    IncidentSummary,
    IncidentVersion,
    IncidentView,
    Person,
    Statement,
    incident_id_of,
)
from callguard.record.chain import link
from callguard.record.incident_paper import incident_blocks
from callguard.record.letters import answer_letter, restriction_letter
from callguard.record.paper import Text, render
from callguard.record.paper_desk import letter_blocks
from callguard.record.vcon import as_vcon, uuid8
from tests.record.cases import CALLER, hard_facts
from tests.record.journals import BEGAN

RULES = AftercareRules(organisation="Canton Office", restriction_authority="the division leader")
STATEMENT = Statement(
    place="Room 3",
    account="He shouted at Sam.",
    decision="Police informed.",
    decided_by="ana",
    checklist=(ChecklistAnswer(field="background_sounds", answer="a dog", by="sam"),),
)


def versions() -> list[IncidentVersion]:
    """Return a record that was drafted, completed and signed."""
    made: list[IncidentVersion] = []
    facts = hard_facts()
    steps: Any = (
        ("drafted", "callguard", IncidentStatus.DRAFT, Statement()),
        ("completed", "ana", IncidentStatus.COMPLETED, STATEMENT),
        ("signed", "adam", IncidentStatus.SIGNED, STATEMENT),
    )
    for number, (act, by, status, statement) in enumerate(steps):
        version, _ = link(
            made[-1] if made else None,
            incident_id=incident_id_of("c1"),
            status=status,
            act=act,
            by=by,
            at=BEGAN + timedelta(minutes=10 + number),
            reason="",
            content=IncidentContent(facts=facts, statement=statement),
        )
        made.append(version)
    return made


def view() -> IncidentView:
    """Return the record as senior staff see it."""
    made = versions()
    newest = made[-1]
    facts = newest.content.facts
    summary = IncidentSummary(
        incident_id=newest.incident_id,
        call_id="c1",
        agent="sam",
        caller=CALLER,
        status=newest.status,
        version=newest.version,
        categories=facts.categories,
        severity=facts.severity,
        about_care=False,
        happened_at=facts.began_at,
        changed_at=newest.at,
        is_on_hold=False,
    )
    history = tuple(IncidentEntry(**version.model_dump(exclude={"content"})) for version in made)
    return IncidentView(summary=summary, content=newest.content, history=history, may=())


def read(pdf: bytes) -> str:
    """Return the text of a PDF, spaces made even."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_pdf_holds_every_field_that_the_policy_names() -> None:
    text = read(render(incident_blocks(view(), RULES), title="t", author="a", footer="f"))
    for said in (
        "20 November 2026, 14:03:00 UTC to 14:05:00 UTC",  # date, time
        "Complaints",  # line
        "Room 3",  # place
        "«you stupid cow»",  # exact words
        "00:50.0 to 00:54.0",  # audio offsets
        "threat personal (4)",  # category and severity
        "61% doubtful",  # confidence
        "Used the card «warn».",  # what the agent did, warnings
        "ana saw it at 00:11.0",  # who was alerted, when they saw it
        "ana: claimed at 00:13.0",  # what they did
        "A member of staff ended the call at 02:00.0.",  # how it ended
        "He shouted at Sam.",
        "Police informed. (decided by ana)",  # decision and who took it
        "a dog",  # checklist
        "Page 1 of ",
        versions()[-1].hash,
    ):
        assert said in text, said


def test_what_was_amended_after_a_signature_is_not_shown_as_signed() -> None:
    signed = view()
    amended = signed.history[-1].model_copy(update={"version": 4, "act": "amended", "by": "ana", "reason": "Wrong room."})
    standing = signed.summary.model_copy(update={"status": IncidentStatus.AMENDED, "version": 4})
    later = signed.model_copy(update={"summary": standing, "history": (*signed.history, amended)})
    signed_text, amended_text = (
        read(render(incident_blocks(shown, RULES), title="t", author="a", footer="f")) for shown in (signed, later)
    )
    assert "Signature: ____" not in signed_text
    assert "adam, 20 November 2026, 14:15:00 UTC (version 3)" in amended_text
    assert "Version 4 was written after that and is not signed yet." in amended_text
    assert "Signature: ____" in amended_text


def test_the_same_record_gives_the_same_pdf() -> None:
    made = [render(incident_blocks(view(), RULES), title="t", author="a", footer="f") for _ in range(2)]
    assert made[0] == made[1]


def test_letters_that_the_font_lacks_are_said_to_be_missing() -> None:
    text = read(render([Text("bomb 爆弾 \x00 <b>not markup</b> & so on")], title="t", author="a", footer="f"))
    assert "<b>not markup</b> & so on" in text
    assert "the JSON export has them all" in text


def test_a_word_that_is_wider_than_the_page_and_a_page_full_of_text_are_set() -> None:
    pdf = render([Text("x" * 5000), Text("many words " * 4000)], title="t", author="a", footer="f")
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 5


def test_the_vcon_has_parties_dialog_analysis_attachments_and_the_lawful_basis() -> None:
    vcon = as_vcon(view(), versions(), RULES)
    assert {"uuid", "created_at", "parties", "dialog", "analysis", "attachments", "extensions"} <= set(vcon)
    assert [party.get("name") for party in vcon["parties"]] == [None, "sam", "ana"]
    assert vcon["parties"][0]["uuid"] == CALLER
    assert [(turn["type"], turn["originator"], turn["body"]) for turn in vcon["dialog"]] == [
        ("text", 0, "you stupid cow"),
        ("text", 0, "you'll see when I get there"),
    ]
    assert all({"start", "type", "parties"} <= set(turn) for turn in vcon["dialog"])
    assert [(found["type"], found["vendor"]) for found in vcon["analysis"]] == [("report", "callguard")]
    assert all({"start", "party", "dialog", "body", "encoding"} <= set(attached) for attached in vcon["attachments"])
    basis = vcon["attachments"][1]
    assert (basis["type"], basis["body"]["lawful_basis"]) == ("lawful_basis", "legitimate_interests")
    assert [entry["hash"] for entry in vcon["attachments"][0]["body"]["history"]] == [version.hash for version in versions()]


def test_the_vcons_lawful_basis_is_the_one_that_the_policy_names() -> None:
    policy = load_policy("public-health-office")
    basis = as_vcon(view(), versions(), rules_of(policy, organisation="Canton Office"))["attachments"][1]["body"]

    assert basis["lawful_basis"] == "public_task"
    assert "Canton Office" in basis["justification"]
    assert [grant["purpose"] for grant in basis["purpose_grants"]] == list(policy.lawful.purposes)


def test_indices_of_a_vcon_point_at_what_is_there() -> None:
    vcon = as_vcon(view(), versions(), RULES)
    parties, turns = range(len(vcon["parties"])), range(len(vcon["dialog"]))
    assert all(place in parties for turn in vcon["dialog"] for place in turn["parties"])
    assert all(found in turns for analysis in vcon["analysis"] for found in analysis["dialog"])
    assert all(attached["party"] in parties and attached["dialog"] in turns for attached in vcon["attachments"])


def test_after_a_transfer_a_vcon_lays_no_agents_words_to_another() -> None:
    shown = view()
    people = (*shown.content.facts.people, Person(role="agent", name="priya"))
    said = shown.content.facts.excerpt[0].model_copy(update={"speaker": "agent", "text": "Please stop."})
    facts = shown.content.facts.model_copy(update={"people": people, "excerpt": (*shown.content.facts.excerpt, said)})
    vcon = as_vcon(shown.model_copy(update={"content": shown.content.model_copy(update={"facts": facts})}), versions(), RULES)
    spoke = {turn["body"]: vcon["parties"][turn["originator"]] for turn in vcon["dialog"]}
    assert (spoke["you stupid cow"]["role"], spoke["Please stop."]["role"]) == ("caller", "agent")
    assert "name" not in spoke["Please stop."]
    assert [party.get("name") for party in vcon["parties"] if party["role"] == "agent"] == ["sam", "priya", None]
    parties = range(len(vcon["parties"]))
    assert all(sorted(turn["parties"]) == list(parties) for turn in vcon["dialog"])


def test_a_vcons_id_is_a_version_8_uuid_and_the_same_for_the_same_version() -> None:
    first, again, other = (uuid8(name, BEGAN) for name in ("inc:1", "inc:1", "inc:2"))
    assert (first, first.version, first.variant) == (again, 8, UUID(int=first.int).variant)
    assert first != other


def restriction() -> Restriction:
    return Restriction(
        restriction_id="r1",
        caller=CALLER,
        status=RestrictionStatus.IN_FORCE,
        kind="in writing only",
        reason="You threatened a member of our staff",
        incidents=(),
        days=30,
        proposed_by="sam",
        proposed_at=BEGAN,
        consulted="the head",
        decided_by="ana",
        decided_at=BEGAN,
        decision="",
        begins_at=BEGAN,
        ends_at=BEGAN + timedelta(days=30),
        review_at=BEGAN + timedelta(days=15),
        route_to="",
        refuse_calls=True,
        lifted_by="",
        lifted_at=None,
    )


def test_the_letter_tells_a_caller_why_what_and_how_long() -> None:
    letter = restriction_letter(restriction(), RULES, BEGAN)
    assert "You threatened a member of our staff." in letter  # why
    assert "in writing only" in letter  # what
    assert "begins on 20 November 2026 and ends by itself on 20 December 2026" in letter  # how long
    assert "The division leader has therefore decided, after consultation" in letter
    assert "still read and answered" in letter


def test_the_letter_gives_the_reason_of_whoever_decided_and_claims_no_warning_by_itself() -> None:
    decided = restriction().model_copy(update={"decision": "Two threats in a week.\nLifted: they apologised."})
    letter = restriction_letter(decided, RULES, BEGAN)
    assert "how our staff were treated. Two threats in a week.\n" in letter
    assert "apologised" not in letter
    assert "On [date] we explained" in letter


def test_the_letter_claims_a_consultation_only_where_there_was_one_or_the_policy_wants_one() -> None:
    alone = restriction().model_copy(update={"consulted": ""})
    assert "The division leader has therefore decided to limit" in restriction_letter(alone, RULES, BEGAN)
    proposed = alone.model_copy(update={"status": RestrictionStatus.PROPOSED})
    assert "decided, after consultation, to limit" in restriction_letter(proposed, RULES, BEGAN)
    free = replace(RULES, needs_consultation=False)
    assert "consultation" not in restriction_letter(proposed, free, BEGAN)


@pytest.mark.parametrize(
    ("hour", "zone", "day"), [(22, "UTC", "20"), (22, "Asia/Kolkata", "21"), (3, "America/Los_Angeles", "19")]
)
def test_letters_name_the_days_of_the_organisations_own_time_zone(hour: int, zone: str, day: str) -> None:
    at = BEGAN.replace(hour=hour)
    rules = replace(RULES, zone=ZoneInfo(zone))
    facts = hard_facts().model_copy(update={"began_at": at})
    answer = answer_letter(IncidentContent(facts=facts), rules, at)
    assert f"Your call of {day} November 2026" in answer
    made = {"begins_at": at, "ends_at": at + timedelta(days=9)}
    letter = restriction_letter(restriction().model_copy(update=made), rules, at)
    assert f"begins on {day} November 2026 and ends by itself on {int(day) + 9} November 2026" in letter
    assert letter.split("\n\n")[1] == f"{day} November 2026"


def test_the_answer_to_a_complaint_answers_the_substance_and_repeats_no_abuse() -> None:
    content = IncidentContent(facts=hard_facts(), statement=STATEMENT)
    letter = answer_letter(content, RULES, BEGAN)
    assert letter.index("[What we found") < letter.index("During the call we heard")
    assert "a threat against a person and personal insults" in letter
    assert "stupid" not in letter
    assert "anger about it is legitimate" in letter


def test_a_letter_after_a_call_about_care_says_nothing_of_conduct() -> None:
    facts = hard_facts().model_copy(update={"about_care": True})
    assert "we heard" not in answer_letter(IncidentContent(facts=facts), RULES, BEGAN)


LETTERS = {
    "restriction": lambda: restriction_letter(restriction(), RULES, BEGAN),
    "answer": lambda: answer_letter(IncidentContent(facts=hard_facts()), RULES, BEGAN),
}


@pytest.mark.parametrize("kind", sorted(LETTERS))
def test_a_letter_is_set_on_one_page_with_all_of_its_words(kind: str) -> None:
    letter = LETTERS[kind]()
    pdf = render(letter_blocks(letter), title="t", author="a", footer="f")
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert set(letter.split()) <= set(read(pdf).split())

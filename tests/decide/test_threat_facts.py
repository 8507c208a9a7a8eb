"""What is let out about a threat, sentence by sentence: our own, as callers speak and as a recogniser writes."""

import pytest

from callguard.decide.threat_facts import answer_to, asked_for, facts

LET_OUT = [
    ("there is a bomb in your building", {"kind": "a bomb", "where": "in your building"}),
    ("it goes off at three o'clock", {"when": "at three o'clock"}),
    ("it will go off at half past nine tonight", {"when": "at half past nine tonight"}),
    ("you have twenty minutes", {"when": "you have twenty minutes"}),
    ("you've got ten minutes to get everyone out", {"when": "you've got ten minutes"}),
    ("in about half an hour there will be nothing left", {"when": "in about half an hour"}),
    ("any minute now", {"when": "any minute now"}),
    ("tomorrow morning you will all see", {"when": "tomorrow morning"}),
    ("it happens on friday", {"when": "on friday"}),
    ("before noon you will hear it", {"when": "before noon"}),
    ("within the next two hours", {"when": "within the next two hours"}),
    ("tonight at eleven", {"when": "tonight at eleven"}),
    ("when you open tomorrow", {"when": "when you open"}),
    ("i left it under the stairs", {"where": "under the stairs"}),
    ("it's behind the reception desk", {"where": "behind the reception"}),
    ("look in the basement", {"where": "in the basement"}),
    ("it is in one of the lockers at the station", {"where": "in one of the lockers at the station"}),
    ("it's on the third floor", {"where": "on the third floor"}),
    ("next to the lift in your car park", {"where": "next to the lift"}),
    ("outside your front door", {"where": "outside your front door"}),
    ("in the ladies toilets", {"where": "in the ladies toilets"}),
    ("near the loading bay", {"where": "near the loading bay"}),
    ("it's in a black rucksack", {"looks_like": "in a black rucksack"}),
    ("it looks like a brown parcel", {"looks_like": "looks like a brown parcel"}),
    ("a white van is parked there", {"looks_like": "white van"}),
    ("just a small cardboard box", {"looks_like": "just a small cardboard box"}),
    ("it is a sports bag", {"looks_like": "it is a sports bag"}),
    ("inside an old suitcase", {"looks_like": "inside an old suitcase"}),
    ("i made a pipe bomb", {"kind": "a pipe bomb"}),
    ("it's a nail bomb", {"kind": "a nail bomb"}),
    ("there are two explosives", {"kind": "two explosives"}),
    ("i have got a shotgun with me", {"kind": "a shotgun"}),
    ("i've got petrol and a lighter", {"kind": "petrol"}),
    ("it's acid", {"kind": "acid"}),
    ("a home made bomb", {"kind": "a home made bomb"}),
    ("it has a timer on it", {"sets_it_off": "has a timer"}),
    ("it is on a remote control", {"sets_it_off": "on a remote control"}),
    ("if anyone touches it you all go up", {"sets_it_off": "if anyone touches it you all go up"}),
    ("if you try to move it", {"sets_it_off": "if you try to move it"}),
    ("there's a trip wire", {"sets_it_off": "there's a trip wire"}),
    ("when somebody opens it", {"sets_it_off": "when somebody opens it"}),
    ("because you took my children away", {"why": "because you took my children away"}),
    ("this is for what you did to my brother", {"why": "this is for what you did to my brother"}),
    ("you people ruined my life", {"why": "you people ruined my life"}),
    ("you lot evicted my mother in the snow", {"why": "you lot evicted my mother in the snow"}),
    ("to teach you a lesson you will not forget", {"why": "to teach you a lesson you will not forget"}),
    ("my name is john smith", {"name": "my name is john smith"}),
    ("they call me the baker", {}),
    ("call me martin", {"name": "call me martin"}),
    ("this is mr hill", {"name": "this is mr hill"}),
    ("i live at twenty three elm road", {"address": "i live at twenty three elm road"}),
    ("my address is nine high street", {"address": "my address is nine high street"}),
    ("i'm calling from a phone box", {"calling_from": "i'm calling from a phone box"}),
    ("i am ringing from the pub across the road", {"calling_from": "i am ringing from the pub across the road"}),
    ("i'm outside your building", {"calling_from": "i'm outside your building", "where": "outside your building"}),
    (
        "i put a pipe bomb in a black rucksack under the stairs and it goes off at five",
        {"kind": "a pipe bomb", "looks_like": "in a black rucksack", "where": "under the stairs", "when": "at five"},
    ),
    (
        "i'm going to burn your office down tomorrow night because you cut off my gas",
        {"when": "tomorrow night", "why": "because you cut off my gas", "kind": "gas"},
    ),
    (
        "There's a bomb in the lobby. It goes off at 3:30 p.m.",
        {"kind": "a bomb", "where": "in the lobby", "when": "at 3:30 p.m."},
    ),
]
LETS_NOTHING_OUT = [
    "it is not a bomb",
    "i never said i have a gun",
    "you will see",
    "i am very angry with you people",
    "my name is not important",
    "what do you mean",
    "there is no timer",
]
QUESTIONS = [
    ("when is it going to happen", "when"),
    ("what time will it go off", "when"),
    ("where is it right now", "where"),
    ("which floor is it on", "where"),
    ("what does it look like", "looks_like"),
    ("what kind of thing is it", "kind"),
    ("what will set it off", "sets_it_off"),
    ("why are you doing this", "why"),
    ("can i ask your name please", "name"),
    ("what is your address", "address"),
    ("where do you live", "address"),
    ("where are you calling from", "calling_from"),
    ("please stay on the line with me", ""),
    ("i hear you", ""),
]


@pytest.mark.parametrize(("text", "fields"), LET_OUT, ids=[text for text, _ in LET_OUT])
def test_what_is_let_out_fills_its_field(text: str, fields: dict[str, str]) -> None:
    assert facts(text) == fields


@pytest.mark.parametrize("text", LETS_NOTHING_OUT)
def test_what_lets_nothing_out_fills_nothing(text: str) -> None:
    assert facts(text) == {}


@pytest.mark.parametrize(("question", "field"), QUESTIONS)
def test_the_agents_question_is_known_by_its_field(question: str, field: str) -> None:
    assert asked_for(question) == field


def test_a_short_reply_is_taken_whole_a_refusal_and_a_speech_are_not() -> None:
    assert answer_to("name", "hill martin hill") == "hill martin hill"
    assert answer_to("when", "oh in ten minutes or so") == "in ten minutes"
    assert answer_to("name", "none of your business") == ""
    assert answer_to("where", "i'm not telling you that") == ""
    assert answer_to("why", "well " * 20) == ""

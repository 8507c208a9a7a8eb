"""POLICY.md's column «never counts», cell by cell: what only sounds like abuse is left alone."""

import pytest

from callguard.score.rule_scorer import RuleScorer
from callguard.terms import Category

NEVER: dict[str, tuple[Category, tuple[str, ...]]] = {
    "threat_personal: ordinary use of violent words": (
        Category.THREAT_PERSONAL,
        (
            "this queue is killing me",
            "i'm dying to know what happened",
            "i could murder a cup of tea",
            "shoot me an email when it's done",
            "hit the button and nothing happens",
            "i'll beat the traffic and come in person",
            "you're dead right about that",
            "my back is killing me",
            "i'll come down there and pay in person",
            "the battery is dead again",
            "it costs an arm and a leg",
            "my wife is going to kill me when she sees this bill",
            "i'll kick off the process online then",
            "that was a stab in the dark",
            "i nearly died laughing",
            "can you kill the old line and start a new one",
        ),
    ),
    "threat_personal: quoting someone else": (
        Category.THREAT_PERSONAL,
        (
            "my neighbour said he was going to kill me",
            "he told me he'd break my legs",
            "the note said i will kill you",
            "your driver threatened to punch me",
            "she screamed i'm going to stab you at my daughter",
        ),
    ),
    "threat_personal: negation": (
        Category.THREAT_PERSONAL,
        (
            "i'm not going to hurt you",
            "nobody is going to kill you",
            "i would never hit you",
            "i won't hurt anybody i just want my parcel",
        ),
    ),
    "threat_general: asking about fire alarms": (
        Category.THREAT_GENERAL,
        (
            "is the fire alarm in your building working",
            "when was the last fire drill at the office",
            "do you have a bomb threat procedure",
            "the smoke alarm in my flat keeps going off",
            "are the fire doors in the town hall locked at night",
        ),
    ),
    "threat_general: news and reported danger": (
        Category.THREAT_GENERAL,
        (
            "i heard on the news there was a bomb at the station",
            "there was a shooting at the mall on the news",
            "someone put a brick through my window last night",
            "kids are setting fire to the bins behind the shop",
            "i want to report a smell of gas in the building",
            "that bath bomb i ordered never came",
            "it was a bomb of a bill",
        ),
    ),
    "intimidation: wanting to complain": (
        Category.INTIMIDATION,
        (
            "i'm going to make a complaint about you",
            "i want your name for my complaint",
            "i'll be complaining to your manager",
            "i will take this to the ombudsman",
        ),
    ),
    "intimidation: to sue or speak to a lawyer": (
        Category.INTIMIDATION,
        (
            "you'll be hearing from my solicitor",
            "i'll see you in court",
            "i'm going to sue your company",
            "my lawyer will be in touch",
        ),
    ),
    "intimidation: an honest review or the press": (
        Category.INTIMIDATION,
        (
            "i'm going to leave you a one star review",
            "i'll tell everyone i know not to use your company",
            "i'm going to the papers with this",
            "i'll post about this on facebook if it isn't fixed",
        ),
    ),
    "sexual: reporting harassment": (
        Category.SEXUAL,
        (
            "your engineer asked me what i was wearing and i want to report it",
            "a man on your bus touched me",
            "i want to report sexual harassment by one of your drivers",
            "he kept telling me i had a sexy voice",
        ),
    ),
    "sexual: medical and product words": (
        Category.SEXUAL,
        (
            "i found a lump in my breast",
            "i need the cream for my penis it's very sore",
            "the bra i ordered came in the wrong size",
            "is the chicken breast still on offer",
            "what are you wearing for the school photo asks my daughter",
            "it says vaginal thrush on the leaflet",
        ),
    ),
    "hate: naming one's own identity": (
        Category.HATE,
        (
            "i'm a black woman and i waited three hours",
            "i am disabled and i need the ramp",
            "as a muslim i need a halal meal",
            "we're a gay couple with a booking",
            "i'm polish and my english is not very good",
            "i am deaf in one ear please speak up",
        ),
    ),
    "hate: neutral mention": (
        Category.HATE,
        (
            "the indian takeaway next door",
            "do you have anybody who speaks polish",
            "my doctor is nigerian and she is wonderful",
            "is there a jewish community centre near you",
            "i speak english and french",
        ),
    ),
    "hate: reclaimed use": (
        Category.HATE,
        (
            "i'm a proud dyke and i'd like two tickets",
            "us queers have booked the hall on friday",
            "it's the queer film festival",
        ),
    ),
    "hate: counter-speech": (
        Category.HATE,
        (
            "it's racist to call somebody a paki",
            "nobody should be told to go back to their own country",
            "someone called my son a retard and that is disgusting",
            "please don't use the word cripple",
        ),
    ),
    "insult: criticism of the organisation": (
        Category.INSULT,
        (
            "your company is useless",
            "what a stupid website",
            "your service is pathetic",
            "this is a joke of a system",
            "you've lost my parcel again",
        ),
    ),
    "insult: criticism of the outcome": (
        Category.INSULT,
        (
            "that's a ridiculous decision",
            "the repair was rubbish",
            "that is the worst answer i've heard",
            "i'm an idiot i read the wrong meter",
            "some idiot parked across my drive",
        ),
    ),
    "profanity: names and mild words": (
        Category.PROFANITY,
        (
            "i live in scunthorpe",
            "i'm calling from penistone",
            "my name is dick turner",
            "the cock inn on cock lane",
            "oh bloody hell it's gone again",
            "damn it's raining",
            "shih tzu puppies",
            "it's mister cockburn",
            "the assessment class starts at noon",
        ),
    ),
    "rudeness: being upset, firm or blunt": (
        Category.RUDENESS,
        (
            "i'm really upset about this",
            "no that is not good enough",
            "i want an answer today",
            "this is wrong and you know it",
            "i've explained this four times now",
            "listen i just want my money back",
        ),
    ),
    "unreasonable_demand: asking for a manager once": (
        Category.UNREASONABLE_DEMAND,
        (
            "can i speak to a manager please",
            "i'd like to talk to your supervisor",
            "could somebody call me back in the next hour",
            "when can i expect an answer",
            "can you put me through to the complaints team",
        ),
    ),
    "self_harm: idioms, accidents and other people": (
        Category.SELF_HARM,
        (
            "i'm dying of boredom on hold",
            "i cut myself on the edge of the box",
            "i nearly killed myself on that step",
            "my brother took his own life last year",
            "how can i help a friend who is safe now",
            "i could kick myself",
            "i can't go on holiday without it",
        ),
    ),
}

CASES = [pytest.param(category, text, id=f"{cell}: {text}") for cell, (category, texts) in NEVER.items() for text in texts]


@pytest.mark.parametrize(("category", "text"), CASES)
def test_what_policy_says_never_counts_does_not_count(scorer: RuleScorer, category: Category, text: str) -> None:
    result = scorer.score(text)

    assert category not in result.labels


@pytest.mark.parametrize(("category", "text"), CASES)
def test_as_a_recogniser_writes_it_neither(scorer: RuleScorer, category: Category, text: str) -> None:
    result = scorer.score(text.lower().replace("'", ""))

    assert category not in result.labels


@pytest.mark.parametrize("text", [text for _, texts in NEVER.values() for text in texts])
def test_and_nothing_graver_comes_of_it(scorer: RuleScorer, text: str) -> None:
    result = scorer.score(text)

    assert result.severity <= 1

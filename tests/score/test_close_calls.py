"""Sentences on either side of the line, side by side: what a word means depends on what stands beside it."""

import pytest

from callguard.score.rule_scorer import RuleScorer
from callguard.terms import Category

HARMLESS: dict[str, tuple[str, ...]] = {
    "a threat denied": (
        "nobody is going to get hurt",
        "no one's going to get hurt i just want my parcel",
        "nobody will get shot",
        "nothing is going to blow up if you wait a day",
        "don't worry i'm not going to hurt you",
        "i'm not threatening anybody i just want an answer",
        "nobody's going to kill you for a late form",
    ),
    "counter-speech": (
        "please don't say faggot that's offensive",
        "please do not use that word retard is not acceptable",
        "you shouldn't say bitch to anybody",
        "never say paki to anyone",
        "i would never call somebody a retard",
        "please stop calling people retards",
    ),
    "a visit or an appointment": (
        "i'd like to come to your office tomorrow and talk about this",
        "i'll be waiting outside the branch when you open to collect it",
        "can i come to your shop this afternoon to return it",
        "i'll come round to your branch and sign the form",
        "i'll be outside your store at nine to pick it up",
        "i'll see you on tuesday at ten for my appointment",
        "i know where you are i've been to that branch before",
        "i know where you live is leeds right your branch",
        "what time do you finish today so i can call before then",
    ),
    "a number to call back": (
        "can i have your number so i can call back",
        "can i take your name and number please",
        "give me your number in case we get cut off",
        "can i get your name and number for my notes",
        "what's your number so i can ring you back later",
    ),
    "followed, watched, known as plain words": (
        "i've been following your instructions",
        "i'm watching you guys on the news",
        "i've been following your advice about the router",
        "i know your address it's on the letter",
        "i saw you on the news last night",
    ),
    "somebody else's words": (
        "my neighbour told me i'm going to kill you and i have it in writing",
        "he said he would burn my house down so i rang the police",
        "she called me a stupid cow in your branch",
        "a customer shouted i'll stab you at the girl on the till",
    ),
    "medical and product words": (
        "my doctor says the lump on my breast needs a biopsy",
        "the vaginal tablets were out of stock",
        "i need a repeat of the cream for my penis",
        "do you have a girlfriend discount card",
        "what's under the uniform policy",
    ),
    "law, work and complaints": (
        "i'll take you to court over this",
        "you'll be hearing from my solicitor",
        "did he get fired for losing my file",
        "i'll seriously review bomb you if it doesn't come",
        "i was nearly deported because of your letter",
        "he was charged with assault and murder",
        "my boss will have me sacked if the laptop isn't here",
        "will you have me fired if i give you one star",
        "my husband was deported last year",
        "we should send them all back the shoes i mean",
        "i'll have your job description sent over",
        "my mother is dead and you keep writing to her",
    ),
    "an end of something": (
        "i want to end it all the contract i mean",
        "i want to end it all the whole subscription",
        "i'm going to hang myself out to dry on this deal",
        "are you always this busy",
        "are you really that slow at refunds",
        "is it just me or do you only talk to landlords and not tenants",
        "by today or else tomorrow is fine",
    ),
    "spelled names": (
        "my name is s h i t a l",
        "that's b i t c h a m with an a",
        "it's d i c k e n s",
        "the postcode is s o 1 4 7 f u",
        "spell it p r a t t",
        "my name is a m i t y o u",
        "s h i t a is my first name",
    ),
}

ABUSE: dict[Category, tuple[str, ...]] = {
    Category.THREAT_PERSONAL: (
        "you and your family are dead",
        "you and your kids are going to die",
        "your whole family is dead",
        "you and your little girl will burn",
    ),
    Category.THREAT_GENERAL: (
        "i've got a gun and i'm on my way",
        "i'm going to shoot up your office",
        "nobody is leaving that building alive",
    ),
    Category.INTIMIDATION: (
        "i'll get you fired unless you give me my refund",
        "do it or i'll have you sacked",
        "refund me or i'll get you fired",
        "pay up or i'll make sure you're fired by monday",
        "i'm going to make sure you lose your job",
        "i'll have your job unless you refund me",
        "unless i get my money i'll have you dismissed",
        "i know where you live",
        "i'm watching you i can see you from here",
        "i've been following you home",
        "i'll be waiting outside when you finish",
        "i'll come round to your house tonight",
    ),
    Category.SEXUAL: (
        "i'd love to see what's under that uniform",
        "i bet you look hot without those clothes",
        "can i have your number so we can go for a drink",
        "have you got a boyfriend",
        "tell me what you've got on under that skirt",
    ),
    Category.HATE: (
        "you people should be deported",
        "they ought to deport you all",
        "deport the lot of you",
        "we should send you lot back",
        "your lot should all be deported",
        "you people don't belong here",
        "you faggot",
    ),
    Category.INSULT: (
        "y o u  i d i o t",
        "you i d i o t",
        "f u c k  y o u",
        "s t u p i d  b i t c h",
        "y o u  s t u p i d  c o w",
        "y o u  a r e  u s e l e s s",
        "y o u r  a  m o r o n",
        "are you always this incompetent",
        "are you really that thick",
        "are you naturally this stupid",
        "you useless piece of rubbish",
    ),
    Category.RUDENESS: (
        "don't you talk back to me",
        "don't answer me back",
        "how dare you talk back to me",
    ),
    Category.UNREASONABLE_DEMAND: (
        "i will only speak to sarah and nobody else",
        "i'm only going to talk to the manager and no one else",
        "i will speak to sarah and only sarah",
        "i want it done today or else",
        "sort it out by five or else",
    ),
    Category.SELF_HARM: (
        "i want to end it all",
        "i'm going to hang myself",
    ),
}


@pytest.mark.parametrize("text", [text for texts in HARMLESS.values() for text in texts])
def test_what_only_sounds_like_abuse_is_left_alone(scorer: RuleScorer, text: str) -> None:
    assert scorer.score(text).labels == ()


@pytest.mark.parametrize(("category", "text"), [(category, text) for category, texts in ABUSE.items() for text in texts])
def test_its_plain_counterpart_is_heard(scorer: RuleScorer, category: Category, text: str) -> None:
    assert category in scorer.score(text).labels

"""What PocketSphinx made of the demo calls over a telephone line: the telling words survive, and noise stays quiet."""

import pytest

from callguard.score.rule_scorer import RuleScorer
from callguard.terms import Category

TELLING = [
    ("i don't time for this just do your job i wanted you're in ten minutes", Category.RUDENESS),
    ("tomorrow is no good to me what kind of idiot for you", Category.INSULT),
    ("tomorrow is no good to me what kind of idiot her view", Category.INSULT),
    ("i don't care you are an idiot", Category.INSULT),
    ("did you do meet new people are all idiots shut your mouth and do what i tell you", Category.INSULT),
    ("did you hear the new people are all idiots shut your mouth and do what i tell you", Category.INSULT),
    ("what i know where you live i am going to kill you", Category.THREAT_PERSONAL),
    ("what i will let you like i'm going to kill you", Category.THREAT_PERSONAL),
    ("you have been i know where you live and i'm going to kill you", Category.THREAT_PERSONAL),
    ("you have the idol where fuel it and i am going to kill you", Category.THREAT_PERSONAL),
    ("don't be evil i'm i'm going to find you and kill you", Category.THREAT_PERSONAL),
    ("healthy life i'm going to find you and kill you", Category.THREAT_PERSONAL),
    ("listen to me there's a bomb in your building", Category.THREAT_GENERAL),
    ("i am not going to tell you where it is there's a bomb in your building and it's going to explode", Category.THREAT_GENERAL),
    ("the bomb is going to explode at three o'clock you cannot stop it", Category.THREAT_GENERAL),
    ("because you took my home's him nobody would listen know people are going to die", Category.THREAT_GENERAL),
    ("no more questions you have one hour before the bomb goes off", Category.THREAT_GENERAL),
    ("that depends on you swim you have a sexy voice what are you wearing", Category.SEXUAL),
    ("i would like to see you naked i want to have sex with you", Category.SEXUAL),
    ("oh come on i think about having sex with you i want you in my bed tonight", Category.SEXUAL),
]

HARMLESS = [
    "that morning i have ordered the model three and i would like to have them on another day",
    "yeah the number and one two five nine",
    "but it's wonderful and you do i have to let them break away",
    "but did i know you have been very helpful",
    "hi i'm very angry i have had no hot water for nine days and nobody had called me back",
    "you're engineer did not come on monday and he did not come today i am paying for nothing",
    "your company made it from them did not even that is what happened is not good enough",
    "all right but i want to make a formal complaint and i love my money back for the month",
    "fine but if nobody come tomorrow i will go to another company",
    "where is my partial it was meant to be cured yesterday",
    "good morning i'm calling about my grandma in it did not come this month",
    "my name is martin bedell and i was born the perspective may nineteen eighty",
    "hello soon i would like a room for the weekend please",
]


@pytest.mark.parametrize(("text", "category"), TELLING)
def test_a_telling_word_is_heard_through_a_bad_line(scorer: RuleScorer, text: str, category: Category) -> None:
    assert category in scorer.score(text).labels


@pytest.mark.parametrize("text", HARMLESS)
def test_misheard_harmless_speech_stays_harmless(scorer: RuleScorer, text: str) -> None:
    assert scorer.score(text).labels == ()


def test_misheard_anger_is_still_anger(scorer: RuleScorer) -> None:
    assert scorer.score(HARMLESS[4]).is_angry

import pytest

from callguard.errors import InputError
from callguard.score.letters import LONGEST, LetterReader
from callguard.score.rule_scorer import RuleScorer
from callguard.speech import Letter, LetterSentence
from callguard.terms import Category
from tests.scorers import combined_scorer

LETTER = """Dear Mr. Smith,

I have waited 3 weeks for my refund of £45.50 (ref. no. 123/A). You idiots still have not paid it. When will
it come? I know where you live! If you do not send the 200 pounds I will burn your office down. You are
all idiots.

Yours sincerely, J. Hill

On Mon, 3 Nov 2026 at 10:02, Office wrote:
> Dear Mr Hill,
> you are an idiot, somebody said.
"""


@pytest.fixture(scope="module")
def letter() -> Letter:
    return LetterReader(combined_scorer()).read(LETTER)


def sentence(letter: Letter, words: str) -> LetterSentence:
    return next(sentence for sentence in letter.sentences if words in sentence.text)


def test_sentences_are_places_of_the_letter_and_line_breaks_and_abbreviations_end_none(letter: Letter) -> None:
    assert all(LETTER[one.start : one.end] == one.text for one in letter.sentences)
    assert sentence(letter, "refund").text.endswith("123/A).")
    assert sentence(letter, "When will").text == "When will\nit come?"


def test_abuse_is_found_sentence_by_sentence(letter: Letter) -> None:
    assert Category.INSULT in sentence(letter, "You idiots").labels
    assert Category.INTIMIDATION in sentence(letter, "where you live").labels
    assert Category.THREAT_GENERAL in sentence(letter, "burn your office").labels
    assert letter.severity == 4
    assert letter.labels[0] is Category.THREAT_GENERAL


def test_the_substance_of_an_abusive_sentence_is_to_be_answered(letter: Letter) -> None:
    assert sentence(letter, "You idiots still have not paid").needs_answer
    assert sentence(letter, "If you do not send the 200 pounds").needs_answer


def test_abuse_alone_openings_and_endings_want_no_answer(letter: Letter) -> None:
    wanting = {one.text for one in letter.sentences if one.needs_answer}

    assert not wanting & {"Dear Mr. Smith,", "I know where you live!", "You are\nall idiots.", "Yours sincerely, J. Hill"}


def test_benign_sentences_are_to_be_answered(letter: Letter) -> None:
    assert sentence(letter, "refund").needs_answer
    assert sentence(letter, "When will").needs_answer


def test_quoted_words_are_somebody_elses_and_not_judged(letter: Letter) -> None:
    quoted = [one for one in letter.sentences if one.is_quoted]

    assert any("somebody said" in one.text for one in quoted)
    assert all((one.labels, one.severity, one.needs_answer) == ((), 0, False) for one in quoted)


def test_what_a_writer_in_need_says_is_always_to_be_answered(scorer: RuleScorer) -> None:
    letter = LetterReader(scorer).read("I want to kill myself.")

    assert [(one.labels, one.needs_answer) for one in letter.sentences] == [((Category.SELF_HARM,), True)]


def test_a_language_without_a_model_is_marked_and_never_just_calm(scorer: RuleScorer) -> None:
    assert LetterReader(scorer).read("Wo bleibt mein Geld?", language="de").is_keywords_only
    assert not LetterReader(scorer).read("Where is my money?").is_keywords_only


@pytest.mark.parametrize("text", ["", " \n ", "word " * LONGEST])
def test_a_letter_that_cannot_be_read_is_refused_with_a_remedy(scorer: RuleScorer, text: str) -> None:
    with pytest.raises(InputError, match="send"):
        LetterReader(scorer).read(text)

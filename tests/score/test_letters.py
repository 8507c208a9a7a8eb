from collections.abc import Sequence
from dataclasses import replace

import pytest

from callguard.errors import InputError
from callguard.score.letters import LONGEST, LetterReader, needs_answer
from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import load_rules
from callguard.score.scorer import TextScore
from callguard.speech import Letter, LetterSentence, Span
from callguard.terms import Category
from tests.scorers import combined_scorer, rule_scorer

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


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir/Madam,",
        "Dear Mr. & Mrs. O’Brien:",
        "Good morning Dr. Jones,",
        "Thank you very much!",
        "Thank you for your help in this matter.",
        "With\n\nKind regards, J. Hill",
        "Yours very sincerely, Jo Hill",
    ],
)
def test_openings_and_endings_of_many_kinds_want_no_answer(scorer: RuleScorer, text: str) -> None:
    assert not LetterReader(scorer).read(text).sentences[-1].needs_answer


@pytest.mark.parametrize(
    "text",
    [
        "Dear Mr Smith, I still have no refund and I want my money back.",
        "Dear Mr Smith, nothing has come of it.",
        "Dear Sir, send me it.",
        "Hi refund my 200 pounds.",
        "Good morning send me my money.",
        "Hello Bob, watch it!",
        "Thank you, I should like it all by Friday.",
        "Hello I want my refund.",
        "Thanks for that, give me the refund.",
        "Yours is the only office in town that leaves people out in the rain.",
    ],
)
def test_a_sentence_that_goes_on_behind_a_greeting_is_to_be_answered(scorer: RuleScorer, text: str) -> None:
    assert [one.needs_answer for one in LetterReader(scorer).read(text).sentences] == [True]


def test_a_sentence_that_goes_on_behind_a_greeting_is_judged_by_the_whole_scorer() -> None:
    judged: list[str] = []

    class Listening(RuleScorer):
        def score(self, text: str, context: Sequence[str] = (), *, language: str = "en") -> TextScore:
            judged.append(text)
            return super().score(text, context, language=language)

        def glance(self, text: str, *, language: str = "en") -> TextScore:
            return super().score(text, language=language)

    LetterReader(Listening(load_rules())).read("Dear Mr Smith,\n\nDear Mr Smith, nice children you have there, so young.")

    assert judged == ["Dear Mr Smith, nice children you have there, so young."]


@pytest.mark.parametrize("opening", ["Hi ", "Dear ", "Thank you ", "Kind ", "Hi" + "." * 5000, "-" + " " * 5000])
def test_one_long_word_behind_a_greeting_is_read_at_once(scorer: RuleScorer, opening: str) -> None:
    """Not to hang is the test: an expression that tries every way to part the word takes days."""
    assert LetterReader(scorer).read(opening + "a" * 5000 + "?").labels == ()


def test_below_the_head_of_an_older_mail_all_is_somebody_elses(scorer: RuleScorer) -> None:
    letter = LetterReader(scorer).read("Please reply.\n\n-----Original Message-----\nFrom: Joe\n\nYou are an idiot.\n")

    assert letter.labels == ()
    assert [one.is_quoted for one in letter.sentences] == [False, True, True]


@pytest.mark.parametrize(
    "text",
    [
        "I will burn your office down, as I wrote:",
        "I will burn your office down, as I wrote on 3/11/2026 and as I wrote:",
        "I will burn your office down, as your Mr Jones wrote:\n\nso help me.",
    ],
)
def test_a_threat_that_only_ends_like_the_head_of_a_quotation_is_judged(scorer: RuleScorer, text: str) -> None:
    assert Category.THREAT_GENERAL in LetterReader(scorer).read(text).labels


@pytest.mark.parametrize(
    "head", ["On 3/11/26 at 10:02, an idiot wrote:\n", "Idiot <joe@example.org> wrote:\n", "You idiot wrote:\n\n> Hello there.\n"]
)
def test_the_head_of_a_quotation_names_a_date_or_an_address_or_stands_above_it(scorer: RuleScorer, head: str) -> None:
    assert all(one.is_quoted for one in LetterReader(scorer).read(head).sentences)


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


def test_a_letter_whose_language_is_not_said_is_in_that_of_the_installation() -> None:
    reader = LetterReader(combined_scorer(), "de")

    assert reader.read("Ich warte seit Wochen auf mein Geld.").is_keywords_only
    assert not reader.read("I have waited for weeks.", language="en-GB").is_keywords_only


@pytest.mark.parametrize(
    "quoted",
    [
        "From: Office <a@b.uk>\r\nSent: 3 November 2026 10:02\r\nTo: J Hill\r\n\r\nYou are an idiot.\r\n",
        "________________\nVon: Amt\nGesendet: Montag\n\nYou are an idiot.\n",
        "-----Ursprüngliche Nachricht-----\nYou are an idiot.\n",
        "On Mon, 3 Nov 2026 at 10:02, Office <office@council.example.org>\nwrote:\n\n> You are an idiot.\n",
        "Am Mo., 3. Nov. 2026 um 10:02 Uhr schrieb Amt <a@b.de>:\n> You are an idiot.\n",
    ],
)
def test_older_mails_below_are_somebody_elses_however_the_program_heads_them(quoted: str) -> None:
    letter = LetterReader(combined_scorer()).read(f"I am still waiting for my refund.\n\n{quoted}")

    assert letter.labels == ()
    assert [one.text for one in letter.sentences if one.needs_answer] == ["I am still waiting for my refund."]


@pytest.mark.parametrize(
    "heading", ["From: J. Hill\nDate: 3 November 2026\n\n", "Dear Sir,\nthis is from: J. Hill\nDate: 3 November\n\n"]
)
def test_a_heading_of_the_writers_own_hides_no_threat(heading: str) -> None:
    assert LetterReader(combined_scorer()).read(f"{heading}I will kill you.").severity == 4


def test_what_is_left_beside_many_words_of_abuse_is_found_in_all_of_them() -> None:
    text = "you idiots owe me £40 and you morons have not paid my invoice"
    spans = tuple(
        Span(start=text.index(word), end=text.index(word) + 6, category=Category.INSULT) for word in ("idiots", "morons")
    )
    score = rule_scorer().score(text)

    assert needs_answer(text, replace(score, labels=(Category.INSULT,), severity=2, spans=spans))
    everything = (Span(start=0, end=len(text), category=Category.INSULT),)
    assert not needs_answer(text, replace(score, labels=(Category.INSULT,), severity=2, spans=everything * 2))


MAIL = (
    "<html><head><title>idiots</title><style>p {color: red}</style></head><body><p>Dear Sir,</p>"
    "<p>I am still&nbsp;waiting for my <b>refund</b> of £40.<br>When will it come?</p><p>You are <i>idiots</i>!</p>"
    "<blockquote>On Monday the office wrote: <blockquote>you are an idiot.</blockquote> Go to hell.</blockquote>"
    "<div>Yours, J. Hill</div></body></html>"
)


def test_the_html_of_a_mail_is_read_by_its_words_and_what_it_cites_is_somebody_elses() -> None:
    letter = LetterReader(combined_scorer()).read(MAIL)

    assert all(MAIL[one.start : one.end] == one.text for one in letter.sentences)
    assert [(one.text, one.labels) for one in letter.sentences if one.labels] == [("You are <i>idiots</i>!", (Category.INSULT,))]
    insult = sentence(letter, "idiots</i>")
    assert "idiots" in insult.text[insult.spans[0].start : insult.spans[0].end]
    assert [one.text for one in letter.sentences if one.needs_answer] == [
        "I am still&nbsp;waiting for my <b>refund</b> of £40.",
        "When will it come?",
    ]
    assert [one.is_quoted for one in letter.sentences if "idiot." in one.text or "hell" in one.text] == [True, True]


def test_a_letter_that_is_no_html_keeps_what_looks_like_marks() -> None:
    letter = LetterReader(combined_scorer()).read("I paid < 40 pounds and you said <you idiot> to me.")

    assert [one.text for one in letter.sentences] == ["I paid < 40 pounds and you said <you idiot> to me."]


@pytest.mark.parametrize("bit", ["<p>", "<style>", "<blockquote>", "<!--", "<", "</p", "&nbsp;", "<p a='"])
def test_html_that_never_ends_is_read_at_once(bit: str) -> None:
    reader = LetterReader(rule_scorer())

    assert reader.read(("<br>you idiot." + bit * LONGEST)[:LONGEST]).severity == 2

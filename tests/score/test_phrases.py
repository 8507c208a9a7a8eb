import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.errors import PolicyError
from callguard.score.phrases import PhraseBook, PhraseIndex
from callguard.score.rules import Surroundings

SLOTS = {"you": ("you", "all of you"), "will": ("i will", "i am going to"), "circle": ("{circle}",)}


@pytest.fixture
def book() -> PhraseBook:
    return PhraseBook(SLOTS)


def matches(book: PhraseBook, phrase: str, text: str) -> bool:
    joined = "".join(f" {word}" for word in text.split())
    return book.compile(phrase).expression.pattern.search(joined) is not None


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("kill you", "i kill you now"),
        ("kill|hurt you", "hurt you"),
        ("get|beat_up you", "beat up you"),
        ("kill ..1 you", "kill all you"),
        ("kill .. you", "kill a b c you"),
        ("kill ..5 you", "kill a b c d e you"),
        ("{will} kill {you}", "i am going to kill all of you"),
        ("really? bad", "bad"),
        ("really? bad", "really bad"),
        ("discriminat*", "discrimination"),
        ("^ whatever", "whatever mate"),
        ("^ whatever", "yes . whatever mate"),
        ("idiot $", "you idiot"),
        ("idiot $", "you idiot . bye"),
    ],
)
def test_a_phrase_finds_its_words(book: PhraseBook, phrase: str, text: str) -> None:
    assert matches(book, phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("kill you", "skill you"),
        ("kill you", "kill your"),
        ("kill you", "kill . you"),
        ("kill ..1 you", "kill a b you"),
        ("kill .. you", "kill do not you"),
        ("kill .. you", "kill _____ you"),
        ("kill .. you", "kill this . now you"),
        ("^ whatever", "do whatever"),
        ("idiot $", "idiot proof"),
    ],
)
def test_a_phrase_respects_borders_negation_idioms_and_sentences(book: PhraseBook, phrase: str, text: str) -> None:
    assert not matches(book, phrase, text)


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("", "empty"),
        ("{nobody} there", "slot «nobody»"),
        ("{circle}", "uses itself"),
        ("Kill you", "«Kill»"),
        ("kill ..x you", "no number"),
        ("kill ..5000000000 you", "no number up to 99"),
        ("really?", "no word that must be said"),
        ("..", "no word that must be said"),
        ("^ $", "no word that must be said"),
        ("you|$", "no word that must be said"),
        ("kill? ?", "cannot be read"),
    ],
)
def test_a_phrase_that_cannot_be_read_says_why(book: PhraseBook, phrase: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        book.compile(phrase)


def test_a_guard_that_fits_any_text_is_refused(book: PhraseBook) -> None:
    for compile_guard in (book.compile_before, book.compile_after):
        with pytest.raises(PolicyError, match="no word that must be said"):
            compile_guard("really?", 1)


def test_a_phrase_is_looked_up_by_its_rarest_word(book: PhraseBook) -> None:
    assert book.compile("{will} strangle {you}").keys == {"strangle"}


def test_the_index_returns_only_phrases_that_may_match(book: PhraseBook) -> None:
    phrases = [(0, book.compile("strangle you")), (1, book.compile("discriminat*")), (2, book.compile("bomb"))]
    index = PhraseIndex(phrases)

    found = [owner for owner, _ in index.candidates(["they", "discriminated", "strangle"])]

    assert found == [0, 1]


def test_before_and_after_reach_only_so_far(book: PhraseBook) -> None:
    before = book.compile_before("he said", 1).pattern
    after = book.compile_after("he said", 1).pattern

    assert before.search(" he said that")
    assert not before.search(" he said that i")
    assert after.search(" so he said")
    assert not after.search(" so then he said")


@pytest.mark.parametrize(
    ("phrase", "words"),
    [("he said", 2), ("he really? said", 3), ("he ..5 said", 7), ("he .. said $", 5), ("^ kill*|hurt_you_badly {you}", 6)],
)
def test_a_guard_knows_how_many_words_it_may_span(book: PhraseBook, phrase: str, words: int) -> None:
    assert book.compile_before(phrase, 1).most_words == words + 1
    assert book.compile_after(phrase, 12).most_words == words + 12


@given(st.lists(st.sampled_from(["he", "said", "so", "kill", "not", "really", "."]), max_size=40), st.data())
def test_a_guard_that_looks_no_further_than_it_must_says_what_one_says_that_looks_at_everything(
    words: list[str], data: st.DataObject
) -> None:
    joined = "".join(f" {word}" for word in words)
    starts = [place for place, sign in enumerate(joined) if sign == " "]
    around, book = Surroundings(joined, starts), PhraseBook({"talk": ("he said", "said")})
    place = data.draw(st.sampled_from([*starts, len(joined)]))
    for source in ("he said", "^ he .. {talk}", "he not? said $", "{talk} $", "so ..2 kill*|he_said $", "^ said"):
        before, after = book.compile_before(source, 2), book.compile_after(source, 2)
        assert around.has_before(before, place) == (before.pattern.search(joined, 0, place) is not None)
        assert around.has_after(after, place) == (after.pattern.search(joined[place:]) is not None)

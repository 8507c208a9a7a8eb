import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.score.normalise import Normaliser

VOCABULARY = ("stupid", "kill", "idiot", "so")


@pytest.fixture(scope="module")
def normaliser() -> Normaliser:
    return Normaliser(VOCABULARY)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("I'm gonna kill ya", "i am going to kill you"),
        ("im gonna kill u", "i am going to kill you"),
        ("Y'all ain't gettin' it", "you all is not gettin it"),
        ("youre SO Stupid", "you are so stupid"),
        ("i'll be there, i am ill", "i will be there i am ill"),
        ("ill be there", "i will be there"),
        ("my id is here, id say", "my id is here i would say"),
        ("don’t", "do not"),
        ("you arse", "you ass"),
        ("the driver's van", "the driver 's van"),
    ],
)
def test_spoken_forms_become_plain_words(normaliser: Normaliser, text: str, plain: str) -> None:
    assert " ".join(normaliser.normalise(text).words) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("f***", "fuck"),
        ("f**king hell", "fucking hell"),
        ("sh!t", "shit"),
        ("sh1t", "shit"),
        ("b*tch", "bitch"),
        ("c**t", "cunt"),
        ("a$$hole", "asshole"),
        ("F U C K off", "fuck off"),
        ("f u c k", "fuck"),
        ("fuuuuck", "fuck"),
        ("[beep] this", "beep this"),
        ("«beep» this", "beep this"),
        ("[ __ ] this", "beep this"),
        ("you ****", "you beep"),
        ("you f**", "you fuck"),
        ("b*rd", "bastard"),
        ("wtf", "what the fuck"),
    ],
)
def test_censored_spaced_and_spelled_swearing_is_read(normaliser: Normaliser, text: str, plain: str) -> None:
    assert " ".join(normaliser.normalise(text).words) == plain


@pytest.mark.parametrize(
    "text", ["s m i t h", "k e double l y", "e one one nine", "a b c", "#", "order # 302", "*I lost it", "[ ]"]
)
def test_spelled_names_numbers_and_stray_signs_are_no_swearing(normaliser: Normaliser, text: str) -> None:
    words = normaliser.normalise(text).words

    assert not {"beep", "fuck", "shit", "paki", "dick"} & set(words)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("an A* in maths", "an a in maths"), ("you gave me a B*", "you gave me a b"), ("you b*d", "you b*d"), ("a C*.", "a c .")],
)
def test_a_grade_with_a_star_and_a_word_that_may_be_any_are_no_swearing(normaliser: Normaliser, text: str, plain: str) -> None:
    assert " ".join(normaliser.normalise(text).words) == plain


def test_stars_before_digits_are_a_card_number(normaliser: Normaliser) -> None:
    assert normaliser.normalise("card **** 4567").words == ("card", "4567")


def test_an_elongated_word_becomes_the_word_that_the_rules_know(normaliser: Normaliser) -> None:
    assert normaliser.normalise("stuuupid").words == ("stupid",)


def test_an_elongated_word_that_nobody_knows_stays(normaliser: Normaliser) -> None:
    assert normaliser.normalise("hmmmm aaargh").words == ("hmmmm", "aaargh")


def test_a_sentence_ends_in_a_word_of_its_own_and_a_title_does_not(normaliser: Normaliser) -> None:
    assert normaliser.normalise("It's Dr. Hill. Yes!").words == ("it", "is", "dr", "hill", ".", "yes", ".")


def test_every_word_knows_its_place_in_the_original(normaliser: Normaliser) -> None:
    text = "You're a STUUUPID c**t!"
    normal = normaliser.normalise(text)

    assert [text[start:end] for start, end in normal.origins[:5]] == ["You're", "You're", "a", "STUUUPID", "c**t"]


def test_a_stretch_of_plain_text_points_back_into_the_original(normaliser: Normaliser) -> None:
    text = "ok, f u c k you mate"
    normal = normaliser.normalise(text)
    start = normal.joined.index(" fuck you")

    first, last = normal.original(start + 1, start + len(" fuck you"))

    assert text[first:last] == "f u c k you"


def test_a_letter_that_grows_when_made_small_moves_no_place(normaliser: Normaliser) -> None:
    text = "call me İ, İİ-STUPID"
    normal = normaliser.normalise(text)

    assert [text[start:end] for start, end in normal.origins] == ["call", "me", "İ", "İİ", "STUPID"]


@given(st.text(max_size=80))
def test_any_text_can_be_normalised_and_places_stay_inside_it(text: str) -> None:
    normal = Normaliser(VOCABULARY).normalise(text)

    assert len(normal.words) == len(normal.starts) == len(normal.origins)
    assert all(0 <= start <= end <= len(text) for start, end in normal.origins)
    assert normal.joined == "".join(f" {word}" for word in normal.words)
    assert all(" " not in word for word in normal.words)


def test_a_run_of_single_letters_is_read_as_words_if_all_of_it_is_abuse_and_each_word_keeps_its_place() -> None:
    text = "y o u  i d i o t"

    normal = Normaliser().normalise(text)

    assert normal.words == ("you", "idiot")
    assert [text[start:end] for start, end in normal.origins] == ["y o u", "i d i o t"]


@pytest.mark.parametrize("text", ["s h i t a l", "s h i t a", "b i t c h a m", "p o o l e"])
def test_a_spelled_name_stays_a_spelling(text: str) -> None:
    assert Normaliser().normalise(text).words == tuple(text.split())


def test_any_number_of_stars_stands_for_what_is_missing_and_a_long_row_of_signs_is_read_at_once(
    normaliser: Normaliser,
) -> None:
    assert normaliser.normalise("f****************k").words == ("fuck",)
    assert normaliser.normalise("f*" * 1_000_000).words == ("f*" * 999_999 + "f",)


@pytest.mark.parametrize(
    "text",
    [
        "id\u00adiot",
        "\u200bi\u200bd\u200di\ufeffot",
        "\u202eidiot\u202c",
        "i\u0336d\u0336iot\u0336",
        "ïdi\u0308ot",
        "ｉｄｉｏｔ",
        "𝐢𝐝𝐢𝐨𝐭",
        "іdіоt",
    ],
    ids=ascii,
)
def test_a_word_is_read_as_it_looks_and_its_place_is_all_of_it(normaliser: Normaliser, text: str) -> None:
    around = f"e\u0301 {text} 😀"
    found = normaliser.normalise(around)

    assert found.words[:2] == ("é", "idiot")
    start, end = found.origins[1]
    assert around[:start].strip("e\u0301 \u200b\u202e") == ""
    assert (around[start:end].strip("\u200b\u202e") in text, around[end:]) == (True, " 😀")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("fück", "fuck"),
        ("k.i.l.l", "kill"),
        ("s_h_1_t", "shit"),
        ("u.s.a", "u.s.a"),
        ("fuсk", "fuck"),
        ("шит", "шит"),
        ("café", "café"),
        ("für", "für"),
    ],
)
def test_accents_and_foreign_letters_hide_no_swearing_and_other_words_stay(normaliser: Normaliser, text: str, plain: str) -> None:
    assert normaliser.normalise(text).words == (plain,)

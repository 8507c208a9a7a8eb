from callguard.transcribe.agreement import Agreement


def test_nothing_is_stable_after_one_hypothesis() -> None:
    assert Agreement().push("I will find") == ""


def test_the_words_that_two_hypotheses_agree_on_are_stable() -> None:
    agreement = Agreement()
    agreement.push("I will fine")
    assert agreement.push("I will find out where") == "I will"
    assert agreement.push("I will find out where you live") == "I will find out where"


def test_case_and_punctuation_do_not_matter() -> None:
    agreement = Agreement()
    agreement.push("Listen to me.")
    assert agreement.push("listen to me, now") == "listen to me,"


def test_what_was_stable_is_not_taken_back() -> None:
    agreement = Agreement()
    agreement.push("one two three")
    agreement.push("one two three")
    assert agreement.push("won two three") == "one two three"
    assert agreement.push("won two three four") == "one two three"

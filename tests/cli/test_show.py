from callguard.cli.show import clock, line_of


def test_running_speech_and_figures_are_not_for_the_terminal() -> None:
    assert line_of({"type": "transcript", "final": False, "reliable": True, "start_s": 0, "channel": "caller", "text": "x"}) == ""
    assert line_of({"type": "risk"}) == ""


def test_doubtful_text_says_that_it_is() -> None:
    row = {
        "type": "transcript",
        "final": True,
        "reliable": False,
        "unreliable_because": "repeats",
        "start_s": 61.25,
        "channel": "caller",
    }
    assert line_of(row | {"text": "hello"}) == "01:01.2  caller  hello  (unreliable: repeats)"


def test_a_loss_is_a_line_of_its_own() -> None:
    lost = {"type": "transcript_lost", "start_s": 3, "channel": "caller", "because": "overload"}
    assert "not written down: overload" in line_of(lost)
    gap = {"type": "gap", "start_s": 3, "end_s": 4.5, "channel": "agent", "because": "lost"}
    assert "no audio for 1.5 s: lost" in line_of(gap)


def test_minutes_go_on_past_the_hour() -> None:
    assert clock(7200.5) == "120:00.5"

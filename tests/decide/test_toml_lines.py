from callguard.decide.toml_lines import line_of

TEXT = """schema = 1
[climb]
quiet_s = 600
[cards.calm]
text = "…"
[[checklist]]
field = "when"
"""


def test_a_key_of_the_root_a_table_and_a_table_in_a_table_is_found() -> None:
    places = [("schema",), ("climb", "quiet_s"), ("cards", "calm", "text")]

    assert [line_of(TEXT, place) for place in places] == [1, 3, 5]


def test_a_missing_key_gives_the_line_of_its_table() -> None:
    assert line_of(TEXT, ("climb", "mild_count")) == 2


def test_a_table_of_a_list_gives_its_first_line() -> None:
    assert line_of(TEXT, ("checklist", 0)) == 6


def test_what_stands_nowhere_has_no_line() -> None:
    assert line_of(TEXT, ("tiers",)) == 0

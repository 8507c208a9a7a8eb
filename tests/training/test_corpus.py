from collections.abc import Sequence
from pathlib import Path

import pytest

from callguard.errors import InputError
from training import corpus


def sitting(folder: Path, name: str, *lines: str) -> Path:
    path = folder / f"{name}.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def pack(folder: Path, sittings: Sequence[Path], packed: Sequence[corpus.Sentence] = ()) -> list[corpus.Sentence]:
    return corpus.pack(sittings, packed, readings=folder / "readings")


BRIEF = "# brief: gas · a woman in Leeds · cross · short"


def test_a_positive_and_the_benign_line_after_it_are_twins(tmp_path: Path) -> None:
    path = sitting(
        tmp_path, "w1-a", BRIEF,
        "threat_personal\t4\ti'll come down there and sort you out",
        "benign\t0\ti'll come down there and sort the bill out",
        "benign\t0\tlovely weather for it",
    )  # fmt: skip

    positive, twin, other = corpus.read_sitting(path)

    assert (positive.twin, twin.twin, other.twin) == (twin.id, positive.id, None)
    assert positive.brief == "gas · a woman in Leeds · cross · short"


def test_earlier_turns_are_read_oldest_first(tmp_path: Path) -> None:
    path = sitting(tmp_path, "w1-a", BRIEF, "benign\t0\tmonday then\tagent: which day || caller: let me look")

    assert corpus.read_sitting(path)[0].context == ("agent: which day", "caller: let me look")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("benign\t0", "2 fields"),
        ("threat\t4\ti'll get you", "unknown label «threat»"),
        ("insult\t4\tyou fool", "severity 4; the labels make it 2"),
        ("benign\t0\tmonday\tyes hello", "opens with neither"),
        (f"benign\t0\t{'and then ' * 46}", "92 words; expected 1 to 90"),
    ],
)
def test_a_broken_line_is_refused_with_its_place(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(InputError, match=f"w1-a:2.*{complaint}"):
        corpus.read_sitting(sitting(tmp_path, "w1-a", BRIEF, line))


def test_a_second_reading_settles_labels_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "readings").mkdir()
    path = sitting(tmp_path, "w1-a", BRIEF, "hate\t3\tare you a retard", "sexual\t3\thello there you")
    (tmp_path / "readings" / "w1-a.tsv").write_text(
        "2\tare you a retard\thate\thate,insult\thate,insult\taimed at the agent\n"
        "3\thello there you\tsexual\tbenign\tdrop\tplain words\n",
        encoding="utf-8",
    )

    (sentence,) = pack(tmp_path, [path])

    assert sentence.labels == ("hate", "insult")
    assert sentence.note == "first hate: aimed at the agent"


def test_a_reading_made_after_packing_changes_what_is_packed(tmp_path: Path) -> None:
    path = sitting(tmp_path, "w1-a", BRIEF, "hate\t3\tare you a retard", "sexual\t3\thello there you", "benign\t0\tgood morning")
    packed = pack(tmp_path, [path])
    (tmp_path / "readings").mkdir()
    (tmp_path / "readings" / "w1-a.tsv").write_text(
        "2\tare you a retard\thate\thate,insult\thate,insult\taimed at the agent\n"
        "3\thello there you\tsexual\tbenign\tdrop\tplain words\n",
        encoding="utf-8",
    )

    first, second = pack(tmp_path, [], packed)

    assert (first.labels, first.note, second.id) == (("hate", "insult"), "first hate: aimed at the agent", "w1-a:4")
    assert pack(tmp_path, [], [first, second]) == [first, second]


def test_a_reading_of_another_sentence_is_refused(tmp_path: Path) -> None:
    sentences = corpus.read_sitting(sitting(tmp_path, "w1-a", BRIEF, "benign\t0\thello"))
    reading = tmp_path / "reading.tsv"
    reading.write_text("2\tgoodbye\tbenign\tinsult\tinsult\tno reason\n", encoding="utf-8")

    with pytest.raises(InputError, match="another sentence on line 2"):
        corpus.settle(sentences, reading)


def test_the_same_sentence_is_kept_once(tmp_path: Path) -> None:
    line = "benign\t0\tcan you tell me when the engineer is coming out to us"
    path = sitting(tmp_path, "w1-a", BRIEF, line, line.replace("out to us", "out to us then"))

    assert len(pack(tmp_path, [path])) == 1


def test_twins_stay_though_they_share_their_words(tmp_path: Path) -> None:
    path = sitting(
        tmp_path, "w1-a", BRIEF,
        "threat_personal\t4\ti'm going to kill you on monday for this",
        "benign\t0\tmy mum's going to kill me on monday for this",
    )  # fmt: skip

    assert len(pack(tmp_path, [path])) == 2


def test_a_training_sentence_too_near_to_a_held_out_one_is_dropped(tmp_path: Path) -> None:
    held_out = sitting(tmp_path, "h1", BRIEF, "insult\t2\tyou are the thickest man that ever picked up a phone")
    training = sitting(tmp_path, "w1-a", BRIEF, "insult\t2\tyou are the thickest man who ever picked up a phone")

    assert [sentence.split for sentence in pack(tmp_path, [training, held_out])] == ["test"]


def test_a_new_sitting_joins_what_is_packed_and_a_sitting_that_is_read_again_takes_its_own_place(tmp_path: Path) -> None:
    first = pack(
        tmp_path,
        [
            sitting(tmp_path, "w1-a", BRIEF, "insult\t2\tyou are a useless parking clerk"),
            sitting(tmp_path, "h1", BRIEF, "insult\t2\tyour mother must have dropped you twice"),
        ],
    )
    written = sitting(
        tmp_path, "w1-a", BRIEF, "insult\t2\tyou are a useless parking clerk", "rudeness\t1\toh do spare me the script dear"
    )
    joined = sitting(
        tmp_path,
        "w2-a",
        BRIEF,
        "insult\t2\tyour mother must have dropped you twice then",
        "benign\t0\ti dropped it twice on the tiles",
    )
    packed = pack(tmp_path, [written, joined], first)
    assert [sentence.id for sentence in packed] == ["h1:2", "w1-a:2", "w1-a:3", "w2-a:3"]


def test_a_reading_that_lacks_a_field_is_named(tmp_path: Path) -> None:
    written = sitting(tmp_path, "w1-a", BRIEF, "insult\t2\tyou clown")
    readings = tmp_path / "readings"
    readings.mkdir()
    (readings / written.name).write_text("2\tyou clown\tinsult\tinsult\n")

    with pytest.raises(InputError, match=r"readings/w1-a.tsv:1: 4 fields; expected 6"):
        corpus.pack([written], readings=readings)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    sentences = pack(tmp_path, [sitting(tmp_path, "w1-a", BRIEF, "insult,profanity\t2\tyou bloody clown\tagent: hello")])

    corpus.save(sentences, tmp_path / "corpus.jsonl.gz")

    assert corpus.load(tmp_path / "corpus.jsonl.gz") == sentences


def test_the_shipped_corpus_has_no_sentence_in_two_splits() -> None:
    sentences = corpus.load()
    texts = {
        split: {(s.text.lower(), s.context) for s in sentences if s.split == split} for split in ("train", "validation", "test")
    }

    assert not texts["test"] & (texts["train"] | texts["validation"])
    assert not texts["train"] & texts["validation"]
    assert {s.sitting for s in sentences if s.split == "test"}.isdisjoint(s.sitting for s in sentences if s.split == "train")

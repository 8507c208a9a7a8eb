"""The corpus: sittings as written, checked, de-duplicated, split and packed into the form that ships.

`python -m training.corpus` reads models/corpus/sittings/*.tsv (the format of models/corpus/GUIDE.md) and writes
models/corpus/corpus.jsonl.gz. Sittings that do not lie on the disk stay as they are packed, but for what readings/ says of them.
"""

import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path
from typing import Literal

from callguard.errors import InputError
from callguard.terms import SEVERITY, Category

CORPUS = Path(__file__).parent.parent / "models" / "corpus"
PACKED = CORPUS / "corpus.jsonl.gz"
TEST_SITTINGS = re.compile(r"h\d")
"""Held out: written apart, by other hands, from briefs that no other sitting has."""
VALIDATION_SITTINGS = frozenset({"w3-c", "v1-a"})
"""Thresholds, calibration and choices are made on these briefs."""

SAME = 0.85  # share of words in common from which two sentences with one label are one sentence
NEAR = 0.7  # share from which a training sentence is too close to a held-out one
UNDERSTOOD = 0.6  # share of wrong words up to which a misheard sentence still means what it meant
SHORT = 4  # words; shorter sentences are the same only if every word is
LONGEST = 90  # words
READING_FIELDS = 6

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One utterance of the corpus."""

    id: str
    text: str
    labels: tuple[str, ...]
    """Categories; empty for a benign one."""
    severity: int
    context: tuple[str, ...]
    """Earlier turns, oldest first, each opened by «caller: » or «agent: »."""
    brief: str
    sitting: str
    split: Split
    twin: str | None
    """The benign sentence that shares this one's words, or the other way round."""
    note: str
    """Where two readings of the labels differed: what the first was and why it did not stand; empty where they agreed."""

    @property
    def is_benign(self) -> bool:
        """Whether no category applies; self-harm is no abuse but not benign either."""
        return not self.labels


def read_sitting(path: Path) -> list[Sentence]:
    """Read one sitting. Raises InputError that names file, line, what was found and what was expected."""
    sentences: list[Sentence] = []
    brief = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("# brief:"):
            brief = line.removeprefix("# brief:").strip()
        elif line.strip() and not line.startswith("#"):
            if not brief:
                raise InputError(f"{path.name}:{number}: a sentence before the first «# brief:» line; name its brief")
            sentence = _sentence(line, f"{path.stem}:{number}", brief, path.stem)
            before = sentences[-1] if sentences else None
            if before and before.brief == brief and sentence.is_benign and not before.is_benign:
                sentences[-1] = replace(before, twin=sentence.id)
                sentence = replace(sentence, twin=before.id)
            sentences.append(sentence)
    return sentences


def _sentence(line: str, where: str, brief: str, sitting: str) -> Sentence:
    fields = line.split("\t")
    if len(fields) not in (3, 4):
        raise InputError(f"{where}: {len(fields)} fields; expected labels, severity, text and perhaps context, parted by tabs")
    labels = _labels(fields[0], where)
    expected = _severity(labels)
    if fields[1].strip() != str(expected):
        raise InputError(f"{where}: severity {fields[1]}; the labels make it {expected}")
    context = tuple(turn.strip() for turn in fields[3].split(" || ") if turn.strip()) if len(fields) == 4 else ()
    for turn in context:
        if not turn.startswith(("agent: ", "caller: ")):
            raise InputError(f"{where}: an earlier turn opens with neither «agent: » nor «caller: »")
    text = fields[2].strip()
    if not 1 <= len(text.split()) <= LONGEST:
        raise InputError(f"{where}: {len(text.split())} words; expected 1 to {LONGEST}")
    split: Split = "test" if TEST_SITTINGS.match(sitting) else "validation" if sitting in VALIDATION_SITTINGS else "train"
    return Sentence(
        id=where, text=text, labels=labels, severity=expected, context=context,
        brief=brief, sitting=sitting, split=split, twin=None, note="",
    )  # fmt: skip


def _labels(field: str, where: str) -> tuple[str, ...]:
    labels = () if field.strip() == "benign" else tuple(dict.fromkeys(part.strip() for part in field.split(",")))
    unknown = [label for label in labels if label not in set(Category)]
    if unknown:
        raise InputError(f"{where}: unknown label «{unknown[0]}»; expected benign or one of {', '.join(Category)}")
    return labels


def _severity(labels: Sequence[str]) -> int:
    return max((SEVERITY[Category(label)] for label in labels), default=0)


def settle(sentences: Sequence[Sentence], path: Path, *, is_whole: bool = True) -> list[Sentence]:
    """Apply a second reading: rows of line number, text, first, second and settled labels (or «drop») and the reason.

    Raises InputError where a row speaks of another sentence than the sitting has on that line, or, with `is_whole`, of none.
    """
    by_id = {sentence.id: sentence for sentence in sentences}
    for place, row in enumerate(path.read_text(encoding="utf-8").splitlines() if path.is_file() else (), start=1):
        fields = row.split("\t")
        if len(fields) != READING_FIELDS:
            raise InputError(f"readings/{path.name}:{place}: {len(fields)} fields; expected {READING_FIELDS}, parted by tabs")
        number, text, first, _, settled, reason = fields
        where = f"{path.stem}:{number}"
        sentence = by_id.get(where)
        if sentence is None and not is_whole:
            continue  # dropped when it was packed
        if sentence is None or sentence.text != text.strip():
            raise InputError(f"{path.name}: the sitting has another sentence on line {number}; read it again")
        if settled == "drop":
            del by_id[where]
        elif set(labels := _labels(settled, where)) != set(sentence.labels):
            by_id[where] = replace(sentence, labels=labels, severity=_severity(labels), note=f"first {first}: {reason}")
    return list(by_id.values())


def words(text: str) -> frozenset[str]:
    """Return the plain words of a text."""
    return frozenset(re.findall(r"[a-z0-9']+", text.lower().replace("’", "'")))


class NearTwins:
    """Finds sentences that share most of their words.

    Two bags that share so many words share one of their rarest, too, and only those are looked up (prefix filtering, Chaudhuri,
    Ganti and Kaushik 2006): every sentence is compared with a handful of a quarter of a million.
    """

    def __init__(self, frequency: Mapping[str, int], *, at_least: float) -> None:
        """`frequency` says how often a word is in all texts, `at_least` which share of the words of both must be in common."""
        self._frequency, self._at_least = frequency, at_least
        self._by_word: dict[str, list[tuple[frozenset[str], Sentence]]] = defaultdict(list)

    def add(self, sentence: Sentence) -> None:
        """Remember a sentence."""
        bag = _bag(sentence)
        for word in self._rarest(bag, self._at_least):
            self._by_word[word].append((bag, sentence))

    def holds(self, sentence: Sentence, *, same_labels: bool) -> bool:
        """Whether a near twin of `sentence` is remembered."""
        bag = _bag(sentence)
        least = 1.0 if len(bag) < SHORT else self._at_least
        for word in self._rarest(bag, least):
            for other_bag, other in self._by_word.get(word, ()):
                is_near = len(bag & other_bag) >= least * len(bag | other_bag)
                if is_near and (not same_labels or set(other.labels) == set(sentence.labels)):
                    return True
        return False

    def _rarest(self, bag: frozenset[str], least: float) -> list[str]:
        """Return as many of the bag's rarest words as a near twin cannot all lack."""
        ranked = sorted(bag, key=lambda word: (self._frequency.get(word, 0), word))
        return ranked[: len(bag) - ceil(least * len(bag)) + 1]


def _bag(sentence: Sentence) -> frozenset[str]:
    return words(" ".join((sentence.text, *sentence.context)))


def pack(sittings: Sequence[Path], packed: Iterable[Sentence] = (), *, readings: Path) -> list[Sentence]:
    """Read, settle, de-duplicate and split. Held-out sentences are kept; what is too near to them leaves the other splits.

    Second readings lie in `readings`, under the sitting's name. Of `packed`, what was packed before, every sitting stays that is
    not read anew, with the labels of a reading that has been made since.
    """
    anew = {path.stem for path in sittings}
    before = defaultdict(list)
    for sentence in packed:
        if sentence.sitting not in anew:
            before[sentence.sitting].append(sentence)
    read = [
        sentence
        for sitting, sentences in before.items()
        for sentence in settle(sentences, readings / f"{sitting}.tsv", is_whole=False)
    ]
    read += [sentence for path in sittings for sentence in settle(read_sitting(path), readings / path.name)]
    order = {"test": 0, "validation": 1, "train": 2}
    kept: list[Sentence] = []
    frequency = Counter(word for sentence in read for word in _bag(sentence))
    own, held_out = NearTwins(frequency, at_least=SAME), NearTwins(frequency, at_least=NEAR)
    for sentence in sorted(read, key=lambda sentence: order[sentence.split]):
        if own.holds(sentence, same_labels=True):
            continue
        if sentence.split != "test" and held_out.holds(sentence, same_labels=False):
            continue
        own.add(sentence)
        if sentence.split == "test":
            held_out.add(sentence)
        kept.append(sentence)
    known = {sentence.id for sentence in kept}
    place = {sentence.id: number for number, sentence in enumerate(read)}
    linked = [sentence if sentence.twin in known else replace(sentence, twin=None) for sentence in kept]
    return sorted(linked, key=lambda sentence: place[sentence.id])


def save(sentences: Iterable[Sentence], path: Path = PACKED) -> None:
    """Write the packed corpus; the same sentences always give the same bytes."""
    lines = "".join(json.dumps(asdict(sentence), ensure_ascii=False) + "\n" for sentence in sentences)
    path.write_bytes(gzip.compress(lines.encode(), compresslevel=9, mtime=0))


def load(path: Path = PACKED) -> list[Sentence]:
    """Read the packed corpus."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [_unpacked(json.loads(line)) for line in file]


def _unpacked(row: dict[str, object]) -> Sentence:
    labels, context = row["labels"], row["context"]
    assert isinstance(labels, list)
    assert isinstance(context, list)
    return Sentence(**{**row, "labels": tuple(labels), "context": tuple(context)})  # type: ignore[arg-type]  # JSON we wrote


def load_heard(path: Path = CORPUS / "heard.jsonl.gz") -> dict[str, list[str]]:
    """Return what a real recogniser made of our sentences, by sentence; nothing where the file is not there.

    What was misheard beyond recognition is left out: its label could only be guessed.
    """
    heard: dict[str, list[str]] = defaultdict(list)
    if path.is_file():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                if row["heard"] and row["word_errors"] <= UNDERSTOOD:
                    heard[row["text"]].append(row["heard"])
    return dict(heard)


def counts(sentences: Sequence[Sentence]) -> Iterator[str]:
    """Yield the datasheet's table: sentences per split and category."""
    splits: tuple[Split, ...] = ("train", "validation", "test")
    yield "| | " + " | ".join(splits) + " |"
    yield "|---|---:|---:|---:|"
    for name in (*Category, "benign"):
        numbers = [
            sum(
                name in sentence.labels or (name == "benign" and sentence.is_benign)
                for sentence in sentences
                if sentence.split == split
            )
            for split in splits
        ]
        yield f"| {name} | " + " | ".join(f"{number:,}" for number in numbers) + " |"
    totals = [sum(sentence.split == split for sentence in sentences) for split in splits]
    yield "| all sentences | " + " | ".join(f"{number:,}" for number in totals) + " |"
    briefs = [len({(s.sitting, s.brief) for s in sentences if s.split == split}) for split in splits]
    yield "| briefs | " + " | ".join(f"{number:,}" for number in briefs) + " |"


def main() -> None:
    """Pack what lies in sittings/ with what is packed already, and print the counts."""
    sittings = sorted((CORPUS / "sittings").glob("*.tsv"))
    if not sittings and not PACKED.is_file():
        sys.exit("neither sittings in models/corpus/sittings nor a packed corpus; there is nothing to pack")
    try:
        sentences = pack(sittings, load() if PACKED.is_file() else (), readings=CORPUS / "readings")
    except InputError as error:
        sys.exit(str(error))
    save(sentences)
    print("\n".join(counts(sentences)))


if __name__ == "__main__":
    main()

"""The dictionary of the offline engine: the words that people say to and on the telephone, and how they are pronounced.

`python -m training.call_words` writes src/callguard/transcribe/sphinx/model/calls.dict from the training sentences of our
corpus and the turns around them, the public service turns, the rules' and the policy's words, and the most frequent words of the
language model that PocketSphinx brings. A decoder that knows 15,000 words of calls instead of 130,000 of everything costs half.
Pronunciations are those of CMUdict (BSD), which PocketSphinx brings too. Words that it lacks are left out: the language model
does not know them either.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from callguard.score.rules import bundled_rules, load_rules
from callguard.transcribe.sphinx.decoder import DICTIONARY
from training import corpus
from training.noise import plain
from training.rows import BENIGN_SOURCES

PUBLIC = Path(__file__).resolve().parents[2] / "shared" / "data" / "utterances.jsonl.gz"
POLICY = Path(__file__).resolve().parents[1] / "src" / "callguard" / "decide" / "policies" / "standard.toml"
OFTEN_PUBLIC = 2
"""A word of public turns has to be said so often, which leaves typing errors out."""

_VARIANT = re.compile(r"\(\d+\)$")
_SPEAKER = re.compile(r"^(?:agent|caller): ")


def spoken(sentences: Iterable[corpus.Sentence], public: Path) -> set[str]:
    """Return the words of training sentences, of the turns around them, of service turns, of rules and policy."""
    train = [sentence for sentence in sentences if sentence.split == "train"]
    words = {word for sentence in train for word in plain(sentence.text).split()}
    turns = {_SPEAKER.sub("", turn) for sentence in train for turn in sentence.context}
    words |= {word for turn in turns for word in plain(turn).split()}
    words |= {word for word in load_rules(bundled_rules()).vocabulary if word.isalpha()}
    words |= set(plain(POLICY.read_text(encoding="utf-8")).split())
    counted = Counter(word for text in service_turns(public) for word in plain(text).split())
    return words | {word for word, count in counted.items() if count >= OFTEN_PUBLIC}


def service_turns(public: Path) -> Iterator[str]:
    """Yield what people say to service desks, of the public data."""
    with gzip.open(public, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            if row["src"] in BENIGN_SOURCES:
                yield row["text"]


def pronunciations() -> Mapping[str, list[str]]:
    """Return every word of PocketSphinx's dictionary with its pronunciations, the first one first."""
    found: dict[str, list[str]] = {}
    for line in (_bundled() / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines():
        word, phonemes = line.split(maxsplit=1)
        found.setdefault(_VARIANT.sub("", word), []).append(phonemes)
    return found


def frequent(count: int) -> list[str]:
    """Return the words that PocketSphinx's language model holds most likely."""
    from pocketsphinx import Config, Decoder  # noqa: PLC0415  # half a second that only the making needs

    decoder = Decoder(Config(loglevel="FATAL"))
    model, known = decoder.get_lm(None), pronunciations()
    return sorted(known, key=lambda word: (-model.prob([word]), word))[:count]


def _bundled() -> Path:
    spec = find_spec("pocketsphinx")
    assert spec is not None, "pocketsphinx is among callguard's dependencies"
    assert spec.origin is not None, "pocketsphinx is a package with files"
    return Path(spec.origin).parent / "model" / "en-us"


def entries(words: Iterable[str], known: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the dictionary's lines; a word without pronunciation has none."""
    for word in sorted(words):
        for number, phonemes in enumerate(known.get(word, ()), 1):
            yield f"{word}{f'({number})' if number > 1 else ''} {phonemes}"


def main() -> None:
    """Write the dictionary."""
    words = spoken(corpus.load(), PUBLIC) | set(frequent(6000))
    lines = list(entries(words, pronunciations()))
    DICTIONARY.parent.mkdir(exist_ok=True)
    DICTIONARY.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{DICTIONARY.name}: {len(lines)} pronunciations, {DICTIONARY.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()

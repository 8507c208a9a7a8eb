"""The scorer that ships: the model's reading and the rules' findings, joined into one calibrated probability.

Two witnesses, and either may be right (noisy or): probability = 1 - (1 - model) · (1 - worth · rule) · (1 - certain). «model» is
the model's calibrated probability, «rule» the one that the rules give, «worth» lies between how often the rules of that category
are right where they spoke and how often where the model is not, which is seldom (`training/calibrate.py`): they lift what the
model half believes, and point at the words. «certain» is the probability of rules whose author asks to be heard whatever the
model says; of those that ship, the two for threats cut short. Where no rule speaks, the model stands alone. The likeliest
category then carries what is missing to the model's own word on whether it is abuse at all (`calibration.carried`). One threshold
a category decides; it is chosen on the probability that comes out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from callguard.score.calibration import Calibration
from callguard.score.encoder import Floats
from callguard.score.meaning import Meaning
from callguard.score.reading import ModelReader, Reading, Words
from callguard.score.rule_scorer import Hit, RuleScorer, certain, is_angry
from callguard.score.scorer import TextScore, speaks
from callguard.score.tokens import Tokens
from callguard.speech import Span
from callguard.terms import SEVERITY, Category

LANGUAGE: Final = "en"
WINDOWS: Final = 8
"""Most parts of a text that are covered up, one at a time, to see which words carry a label."""
CARRYING: Final = 0.6
"""Share of the largest drop from which a part counts as a cause."""


class CombinedScorer:
    """Scores by model and rules; loaded once, shared by all calls.

    In a language that the model was not trained on only the rules speak: keywords, and never «calm».
    """

    def __init__(
        self, reader: ModelReader, tokens: Tokens, calibration: Calibration, rules: RuleScorer, meaning: Meaning
    ) -> None:
        self._reader = reader
        self._tokens = tokens
        self._calibration = calibration
        self._rules = rules
        self._meaning = meaning
        self._columns = {category: calibration.outputs.index(category.value) for category in Category}

    @property
    def name(self) -> str:
        """Name and version of the model and of the rules."""
        return f"{self._calibration.name} + {self._rules.name}"

    @property
    def thresholds(self) -> Mapping[Category, float]:
        """From which probability on a category is said."""
        return {category: self._calibration.categories[category].threshold for category in Category}

    def warm(self) -> None:
        """Warm the rules and the model."""
        self._rules.warm()
        self.score("good morning")

    def glance(self, text: str, *, language: str = "en") -> TextScore:
        """Judge running speech by the rules alone: a model that was trained on whole utterances reads threats into fragments."""
        return self._rules.score(text, language=language)

    def score(self, text: str, context: Sequence[str] = (), *, language: str = "en") -> TextScore:
        """Judge `text`, said after the turns of `context`. Raises EngineError if the model failed."""
        return self.score_all([text], [context], language=language)[0]

    def score_all(
        self, texts: Sequence[str], contexts: Sequence[Sequence[str]] | None = None, *, language: str = "en"
    ) -> list[TextScore]:
        """Judge several texts in one run of the model; each alone gets the same."""
        earlier: Sequence[Sequence[str]] = [()] * len(texts) if contexts is None else contexts
        hits = [self._rules.hits(text, turns, language=language) for text, turns in zip(texts, earlier, strict=True)]
        found = [self._rules.judge(own) for own in hits]
        if not self.understands(language):
            return found
        spoken = [place for place, text in enumerate(texts) if any(sign.isalnum() for sign in text)]
        if not spoken:
            return found
        readings = self._reader.read([texts[place] for place in spoken], [earlier[place] for place in spoken])
        for place, reading in zip(spoken, readings, strict=True):
            found[place] = self._joined(texts[place], earlier[place], reading, hits[place], found[place])
        return found

    def understands(self, language: str) -> bool:
        """Whether the model was trained on `language`."""
        return speaks(language, LANGUAGE)

    def meaning(self, text: str) -> Floats:
        """Return a unit vector (width,); the product of two says how alike they are. Raises EngineError if the model failed."""
        return self._meaning(text)

    def _joined(self, text: str, context: Sequence[str], reading: Reading, hits: Sequence[Hit], ruled: TextScore) -> TextScore:
        joined = self._calibration.joined(reading.logits.tolist(), reading.alone.tolist(), ruled.scores, certain(hits))
        scores = {category: round(joined[category], 6) for category in Category}
        over = [category for category in Category if scores[category] >= self._calibration.categories[category].threshold]
        labels = tuple(sorted(over, key=lambda category: (-SEVERITY[category], -scores[category], category)))
        spans = [span for span in ruled.spans if span.category in labels]
        unexplained = [category for category in labels if all(span.category != category for span in spans)]
        spans += self._explained(text, context, unexplained)
        return replace(
            ruled,
            scores=scores,
            labels=labels,
            severity=max((SEVERITY[category] for category in labels), default=0),
            spans=tuple(sorted(spans, key=lambda span: (span.start, span.end, -SEVERITY[span.category]))),
            # Where the rules found abuse they did not look for anger; where that does not stand, anger is what is left.
            is_angry=not labels and is_angry(hits),
        )

    def _explained(self, text: str, context: Sequence[str], labels: Sequence[Category]) -> Iterator[Span]:
        """Yield the words that carry each label: of a long text, in the part that scored highest."""
        places = self._reader.places(text) if labels else []
        if len(places) < 2:
            yield from self._occluded(text, context, labels)
            return
        logits = self._reader.logits([Words(text[start:end]) for start, end in places], [context] * len(places))
        for category in labels:
            start, end = places[int(logits[:, self._columns[category]].argmax())]
            for span in self._occluded(text[start:end], context, [category]):
                yield replace(span, start=start + span.start, end=start + span.end)

    def _occluded(self, text: str, context: Sequence[str], labels: Sequence[Category]) -> Iterator[Span]:
        """Yield the words without which a label is much less likely: cover up parts one at a time and score again."""
        pieces = self._words(text) if labels else []
        if len(pieces) < 2:
            yield from (Span(start=0, end=len(text), category=category) for category in labels)
            return
        width = max(2, -(-len(pieces) // WINDOWS))
        windows = [(place, min(place + width, len(pieces))) for place in range(0, len(pieces), width)]
        said = self._reader.said(text)
        readings = [Words(text, said.text if said else None)]
        for first, last in windows:
            left = " ".join(text[start:end] for place, (start, end) in enumerate(pieces) if not first <= place < last) or "."
            readings.append(Words(left, said.without(pieces[first][0], pieces[last - 1][1]) or "." if said else None))
        logits = self._reader.logits(readings, [context] * len(readings))
        for category in labels:
            drops = logits[0, self._columns[category]] - logits[1:, self._columns[category]]
            causes = np.flatnonzero(drops >= max(CARRYING * float(drops.max()), 1e-6))
            for first, last in _runs([int(cause) for cause in causes] or [int(drops.argmax())]):
                yield Span(start=pieces[windows[first][0]][0], end=pieces[windows[last][1] - 1][1], category=category)

    def _words(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of every word."""
        words: list[tuple[int, int]] = []
        for _, start, end in self._tokens.pieces(text):
            if words and start == words[-1][1]:
                words[-1] = (words[-1][0], end)
            else:
                words.append((start, end))
        return words


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Return first and last of every run of neighbours."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs

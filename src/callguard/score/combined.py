"""The scorer that ships: the model's reading and the rules' findings, joined into one calibrated probability.

Two witnesses, and either may be right (noisy or): probability = 1 - (1 - model) · (1 - precision · rule). «model» is the model's
calibrated probability, «rule» the one that the rules give, «precision» how often the rules of that category were right where
they spoke. A rule can only add: where the model is calm and a phrase is unmistakable, the phrase is still heard; where no rule
knows the words, the model stands alone. The likeliest category then carries what is missing to the model's own word on whether it
is abuse at all (`calibration.carried`). One threshold a category decides; it is chosen on the probability that comes out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from callguard.score.calibration import ABUSE_ANY, ABUSIVE, Calibration, carried
from callguard.score.encoder import Encoder, Floats
from callguard.score.meaning import Meaning
from callguard.score.rule_scorer import RuleScorer
from callguard.score.scorer import TextScore
from callguard.score.tokens import TEXT_TOKENS, Tokens
from callguard.speech import Span
from callguard.terms import SEVERITY, Category

LANGUAGE: Final = "en"
OVERLAP_TOKENS: Final = 8
WINDOWS: Final = 8
"""Most parts of a text that are covered up, one at a time, to see which words carry a label."""
MILD: Final = 1
"""Severity of profanity, rudeness and unreasonable demands."""
CARRYING: Final = 0.6
"""Share of the largest drop from which a part counts as a cause."""


class CombinedScorer:
    """Scores by model and rules; loaded once, shared by all calls.

    In a language that the model was not trained on only the rules speak: keywords, and never «calm».
    """

    def __init__(self, encoder: Encoder, tokens: Tokens, calibration: Calibration, rules: RuleScorer, meaning: Meaning) -> None:
        self._encoder = encoder
        self._tokens = tokens
        self._calibration = calibration
        self._rules = rules
        self._meaning = meaning
        self._columns = {category: calibration.outputs.index(category.value) for category in Category}
        self._mild = [column for category, column in self._columns.items() if SEVERITY[category] == MILD]
        self._abuse = calibration.outputs.index(ABUSE_ANY) if calibration.abuse else None

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
        found = [self._rules.score(text, turns, language=language) for text, turns in zip(texts, earlier, strict=True)]
        if not self.understands(language):
            return found
        spoken = [place for place, text in enumerate(texts) if any(sign.isalnum() for sign in text)]
        if not spoken:
            return found
        logits = self._logits([texts[place] for place in spoken], [earlier[place] for place in spoken])
        for place, row in zip(spoken, logits, strict=True):
            found[place] = self._joined(texts[place], earlier[place], row, found[place])
        return found

    def understands(self, language: str) -> bool:
        """Whether the model was trained on `language`."""
        return language.lower().startswith(LANGUAGE)

    def meaning(self, text: str) -> Floats:
        """Return a unit vector (width,); the product of two says how alike they are. Raises EngineError if the model failed."""
        return self._meaning(text)

    def _logits(self, texts: Sequence[str], contexts: Sequence[Sequence[str]]) -> list[Floats]:
        """Return the model's logits of each text (outputs,); of a long text, the highest of its parts.

        Earlier turns may excuse a mild word, but nobody is rude only by what was said before. What they make abuse at all is left
        to the severe and the personal categories: where a mild one is the likeliest, the text alone says so.
        """
        readings = [
            (text, turns) for text, given in zip(texts, contexts, strict=True) for turns in ((given, ()) if given else ((),))
        ]
        parts = [[self._tokens.numbers(part, turns) for part in self._parts(text)] for text, turns in readings]
        every = self._encoder.logits([part for own in parts for part in own])
        ends = np.cumsum([len(own) for own in parts])
        highest = iter([part.max(axis=0) for part in np.split(every, ends[:-1])])
        found = []
        for given in contexts:
            logits = next(highest)
            if given:
                alone = next(highest)
                logits[self._mild] = np.minimum(logits[self._mild], alone[self._mild])
                if self._abuse is not None and self._likeliest(logits) in self._mild:
                    logits[self._abuse] = min(logits[self._abuse], alone[self._abuse])
            found.append(logits)
        return found

    def _likeliest(self, logits: Floats) -> int:
        """Return the column of the abusive category that the model finds likeliest."""
        known = self._calibration.categories
        return self._columns[max(ABUSIVE, key=lambda category: known[category].chance(float(logits[self._columns[category]])))]

    def _parts(self, text: str) -> list[str]:
        return [text[start:end] for start, end in self._places(text)]

    def _places(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of the overlapping parts that the model can read at once."""
        pieces = self._tokens.pieces(text)
        if len(pieces) <= TEXT_TOKENS:
            return [(0, len(text))]
        starts = range(0, len(pieces) - OVERLAP_TOKENS, TEXT_TOKENS - OVERLAP_TOKENS)
        return [(pieces[start][1], pieces[min(start + TEXT_TOKENS, len(pieces)) - 1][2]) for start in starts]

    def _joined(self, text: str, context: Sequence[str], logits: Floats, ruled: TextScore) -> TextScore:
        scores = {
            category: self._calibration.categories[category].probability(float(logits[column]), ruled.scores[category])
            for category, column in self._columns.items()
        }
        if self._calibration.abuse and self._abuse is not None:
            scores = carried(scores, self._calibration.abuse.chance(float(logits[self._abuse])))
        scores = {category: round(score, 6) for category, score in scores.items()}
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
            is_angry=ruled.is_angry and not labels,
        )

    def _explained(self, text: str, context: Sequence[str], labels: Sequence[Category]) -> Iterator[Span]:
        """Yield the words that carry each label: of a long text, in the part that scored highest."""
        places = self._places(text) if labels else []
        if len(places) < 2:
            yield from self._occluded(text, context, labels)
            return
        logits = self._encoder.logits([self._tokens.numbers(text[start:end], context) for start, end in places])
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
        covered = [
            " ".join(text[start:end] for place, (start, end) in enumerate(pieces) if not first <= place < last) or "."
            for first, last in windows
        ]
        logits = self._encoder.logits([self._tokens.numbers(part, context) for part in (text, *covered)])
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

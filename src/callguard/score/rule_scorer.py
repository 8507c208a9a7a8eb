"""The scorer that needs no model: rules over plain words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from callguard.score.normalise import Normaliser, NormalText
from callguard.score.phrases import MASK, PhraseIndex
from callguard.score.rules import Rule, RuleSet, Surroundings
from callguard.score.scorer import TextScore, speaks
from callguard.speech import Span
from callguard.terms import SEVERITY, Category, Samples


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule fired, in characters of the original text."""

    rule: Rule
    start: int
    end: int


class RuleScorer:
    """Scores by the phrases of a rules file; says which rule fired where.

    In a language that the file is not written for, only rules marked `any_language` are tried: keywords, and never «calm».
    """

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self._normaliser = Normaliser(rules.vocabulary)

    @property
    def name(self) -> str:
        """Name and version of the rules file."""
        return self._rules.name

    @property
    def thresholds(self) -> Mapping[Category, float]:
        """From which probability on a category is said."""
        return self._rules.thresholds

    def warm(self) -> None:
        """Do now, in a few seconds, what the first texts would otherwise wait for; a server does it before calls come."""
        self._rules.warm()

    def glance(self, text: str, *, language: str = "en") -> TextScore:
        """Judge running speech as whole speech: rules need their words, not the end of the sentence."""
        return self.score(text, language=language)

    def score(self, text: str, context: Sequence[str] = (), *, language: str = "en") -> TextScore:
        """Judge `text`, said after the turns of `context` (oldest first, each may open with «caller: » or «agent: »)."""
        return self.judge(self.hits(text, context, language=language))

    def judge(self, hits: Sequence[Hit]) -> TextScore:
        """Return what the rules say of a text where they fired in these places."""
        scores = _combine(hits)
        labels = tuple(
            sorted(
                (category for category, probability in scores.items() if probability >= self._rules.thresholds[category]),
                key=lambda category: (-SEVERITY[category], -scores[category], category),
            )
        )
        return TextScore(
            scores=scores,
            labels=labels,
            severity=max((SEVERITY[category] for category in labels), default=0),
            spans=tuple(_spans(hits, labels)),
            is_angry=not labels and is_angry(hits),
        )

    def understands(self, language: str) -> bool:
        """Whether the rules file is written for `language`."""
        return speaks(language, self._rules.language)

    def meaning(self, text: str) -> Samples | None:  # noqa: ARG002  # the protocol's signature
        """Return None: rules know words, not meanings."""
        return None

    def hits(self, text: str, context: Sequence[str] = (), *, language: str = "en") -> list[Hit]:
        """Return every place where a rule fired."""
        normal = self._normaliser.normalise(text)
        joined = _masked(normal, self._rules.idioms)
        around = Surroundings(joined, normal.starts)
        is_foreign = not self.understands(language)
        earlier: list[str] | None = None
        was_said: dict[str, bool] = {}
        found: list[Hit] = []
        for number, phrase in self._rules.index.candidates(normal.words):
            rule = self._rules.rules[number]
            if is_foreign and not rule.any_language:
                continue
            for match in phrase.expression.pattern.finditer(joined):
                start, end = match.span()
                if _is_harmless(rule, around, start, end):
                    continue
                if rule.said_before:
                    earlier = self._plain_turns(context) if earlier is None else earlier
                    if rule.id not in was_said:
                        was_said[rule.id] = any(said.pattern.search(turn) for said in rule.said_before for turn in earlier)
                    if not was_said[rule.id]:
                        continue
                found.append(Hit(rule, *normal.original(start + 1, end)))
        return found

    def _plain_turns(self, context: Iterable[str]) -> list[str]:
        turns = (turn.removeprefix("caller: ").removeprefix("agent: ") for turn in context)
        return [_masked(self._normaliser.normalise(turn), self._rules.idioms) for turn in turns]


def is_angry(hits: Iterable[Hit]) -> bool:
    """Whether a rule for anger fired, whatever else did."""
    return any(hit.rule.category is None for hit in hits)


def certain(hits: Iterable[Hit]) -> dict[Category, float]:
    """Return the probabilities of the rules that are to be heard whatever a model says; of no other category."""
    scores = _combine(hit for hit in hits if hit.rule.certain)
    return {category: probability for category, probability in scores.items() if probability > 0}


def _masked(normal: NormalText, idioms: PhraseIndex) -> str:
    joined = normal.joined
    for _, phrase in idioms.candidates(normal.words):
        for match in phrase.expression.pattern.finditer(joined):
            start, end = match.span()
            hidden = "".join(" " if sign == " " else MASK for sign in joined[start:end])
            joined = joined[:start] + hidden + joined[end:]
    return joined


def _is_harmless(rule: Rule, around: Surroundings, start: int, end: int) -> bool:
    return any(around.has(expression) for expression in rule.unless) or any(
        guard.holds(around, start, end) for guard in rule.guards
    )


def _combine(hits: Iterable[Hit]) -> dict[Category, float]:
    """Join independent rules of a category: each halves the doubt in its own measure."""
    doubts = dict.fromkeys(Category, 1.0)
    for rule in {hit.rule.id: hit.rule for hit in hits}.values():
        if rule.category is not None:
            doubts[rule.category] *= 1.0 - rule.probability
    return {category: round(1.0 - doubt, 6) for category, doubt in doubts.items()}


def _spans(hits: Iterable[Hit], labels: Sequence[Category]) -> Iterator[Span]:
    """Return the words behind each label, overlapping ones joined, in the order of the text."""
    places: dict[Category, list[tuple[int, int]]] = {}
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.rule.category not in labels or hit.rule.category is None:
            continue
        own = places.setdefault(hit.rule.category, [])
        if own and hit.start <= own[-1][1]:
            own[-1] = (own[-1][0], max(own[-1][1], hit.end))
        else:
            own.append((hit.start, hit.end))
    yield from _ordered(places)


def _ordered(places: Mapping[Category, Sequence[tuple[int, int]]]) -> list[Span]:
    spans = [Span(start=start, end=end, category=category) for category, own in places.items() for start, end in own]
    return sorted(spans, key=lambda span: (span.start, span.end, -SEVERITY[span.category]))

"""Rules as content: a TOML file of phrases per category, guards against what only sounds alike, and tests of its own."""

import tomllib
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from callguard.errors import PolicyError
from callguard.score.phrases import Expression, Phrase, PhraseBook, PhraseIndex
from callguard.terms import Category

EARLIER = " || "
"""Parts the turns of an example; the last one is the utterance."""


class _Part(BaseModel, frozen=True, extra="forbid"):
    """A table of a rules file."""


class GuardTable(_Part):
    """What around a phrase takes the harm out of it."""

    reach: int = Field(default=3, ge=0, le=12)
    """Words that may stand between the guard and the phrase."""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()


class RuleTable(_Part):
    """One rule."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    category: Category | Literal["anger"]
    probability: float = Field(gt=0, lt=1)
    phrases: tuple[str, ...] = Field(min_length=1)
    guards: tuple[str, ...] = ()
    """Beside the category's own."""
    unguarded: bool = False
    """Leave the category's own guards out."""
    unless: tuple[str, ...] = ()
    """Phrases that silence this rule wherever they stand in the utterance."""
    said_before: tuple[str, ...] = ()
    """One of these phrases must stand in the turns before."""
    any_language: bool = False
    """Worth trying in a language that this file is not written for."""
    certain: bool = False
    """To be heard whatever the model makes of the words: for phrases of your own that no model can know."""
    positive: tuple[str, ...] = Field(min_length=1)
    negative: tuple[str, ...] = Field(min_length=1)


class RulesFile(_Part):
    """A whole rules file."""

    schema_: Literal[1] = Field(alias="schema")
    name: str = Field(min_length=1)
    version: int = Field(ge=1)
    language: str = Field(min_length=2)
    thresholds: Mapping[Category, float]
    category_guards: Mapping[Category | Literal["anger"], tuple[str, ...]]
    slots: Mapping[str, Annotated[tuple[str, ...], Field(min_length=1)]]
    guards: Mapping[str, GuardTable]
    idioms: tuple[str, ...]
    rule: tuple[RuleTable, ...] = Field(min_length=1)


class Surroundings:
    """What stands around the phrases of one text: looked at no further than needed, so that a long text costs by its length."""

    def __init__(self, joined: str, starts: Sequence[int]) -> None:
        """Take words as `NormalText` joins them, and where each one's space stands."""
        self._joined = joined
        self._starts = starts
        self._anywhere: dict[Expression, bool] = {}

    def has(self, expression: Expression) -> bool:
        """Whether it matches anywhere in the text."""
        if expression not in self._anywhere:
            self._anywhere[expression] = expression.pattern.search(self._joined) is not None
        return self._anywhere[expression]

    def has_before(self, expression: Expression, start: int) -> bool:
        """Whether it matches what leads up to `start`, where a word begins."""
        first = bisect_left(self._starts, start) - expression.most_words
        return expression.pattern.search(self._joined, self._starts[first] if first > 0 else 0, start) is not None

    def has_after(self, expression: Expression, end: int) -> bool:
        """Whether it matches what follows `end`, where a word ends."""
        beyond = bisect_left(self._starts, end) + expression.most_words + 1  # one more: a phrase may ask whether a sentence ends
        last = self._starts[beyond] if beyond < len(self._starts) else len(self._joined)
        return expression.pattern.search(self._joined[end:last]) is not None


@dataclass(frozen=True, slots=True)
class Guard:
    """A compiled guard."""

    before: tuple[Expression, ...]
    after: tuple[Expression, ...]
    anywhere: tuple[Expression, ...]

    def holds(self, around: Surroundings, start: int, end: int) -> bool:
        """Say whether the phrase from `start` to `end` is harmless for this reason."""
        return (
            any(around.has_before(expression, start) for expression in self.before)
            or any(around.has_after(expression, end) for expression in self.after)
            or any(around.has(expression) for expression in self.anywhere)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled rule; its phrases stand in the index."""

    id: str
    category: Category | None
    """None for a rule that hears anger, which is legitimate."""
    probability: float
    guards: tuple[Guard, ...]
    unless: tuple[Expression, ...]
    said_before: tuple[Expression, ...]
    any_language: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rules file, compiled once and shared by all calls."""

    name: str
    """Name and version, such as «rules 1»."""
    language: str
    thresholds: Mapping[Category, float]
    rules: tuple[Rule, ...]
    index: PhraseIndex
    idioms: PhraseIndex
    vocabulary: frozenset[str]

    def warm(self) -> None:
        """Compile every phrase now, a few seconds, so that no call pays for it; guards are few and wait for their phrase."""
        self.index.warm()
        self.idioms.warm()


def bundled_rules() -> Path:
    """Return where the bundled rules file lies."""
    return Path(str(files("callguard.score") / "rules.toml"))


def load_rules(path: Path | None = None) -> RuleSet:
    """Load the file at `path`, or the bundled one. Raises PolicyError if it is broken; `check_rules` also runs its examples."""
    where = path or bundled_rules()
    return _compile(read_rules(where), where)


def read_rules(path: Path) -> RulesFile:
    """Read and validate a rules file. Raises PolicyError that names file, place and remedy."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"rules file {path} cannot be read ({type(error).__name__}); name an existing UTF-8 file") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"rules file {path} is no TOML: {error}; mend that line") from error
    try:
        file = RulesFile.model_validate(content)
    except ValidationError as error:
        raise PolicyError(f"rules file {path}: {_explain(error, content)}") from error
    for problem in _cross_check(file):
        raise PolicyError(f"rules file {path}: {problem}")
    return file


def _explain(error: ValidationError, content: Mapping[str, Any]) -> str:
    problems = error.errors()
    first = next((problem for problem in problems if problem["type"] == "extra_forbidden"), problems[0])
    names = [str(part) for part in first["loc"]]
    if names[0] == "rule" and len(names) > 1:
        table = content["rule"][int(names[1])]
        number = f"number {names[1]}"
        names[1] = str(table.get("id", number)) if isinstance(table, dict) else number
    place = ".".join(names)
    if first["type"] == "extra_forbidden":
        return f"unknown key «{place}»; remove it or correct its spelling"
    return f"«{place}» is wrong: {first['msg']}; correct it"


def _cross_check(file: RulesFile) -> Iterator[str]:
    seen: set[str] = set()
    for rule in file.rule:
        if rule.id in seen:
            yield f"rule «{rule.id}» stands twice; rename one"
        seen.add(rule.id)
        for guard in (*rule.guards, *file.category_guards.get(rule.category, ())):
            if guard not in file.guards:
                yield f"rule «{rule.id}» names guard «{guard}»; known guards: {', '.join(sorted(file.guards))}"
    for category in Category:
        if not 0 < file.thresholds.get(category, -1.0) < 1:
            yield f"threshold of «{category}» is missing or not between 0 and 1; set it under [thresholds]"


def _compile(file: RulesFile, path: Path) -> RuleSet:
    book = PhraseBook(file.slots)
    try:
        guards = {name: _guard(book, table) for name, table in file.guards.items()}
        idioms = PhraseIndex((0, book.compile(source)) for source in file.idioms)
    except PolicyError as error:
        raise PolicyError(f"rules file {path}: {error}") from error
    rules: list[Rule] = []
    phrases: list[tuple[int, Phrase]] = []
    for number, table in enumerate(file.rule):
        try:
            rules.append(_rule(book, table, guards, file))
            phrases += [(number, book.compile(source)) for source in table.phrases]
        except PolicyError as error:
            raise PolicyError(f"rules file {path}, rule «{table.id}»: {error}") from error
    return RuleSet(
        name=f"{file.name} {file.version}",
        language=file.language,
        thresholds=dict(file.thresholds),
        rules=tuple(rules),
        index=PhraseIndex(phrases),
        idioms=idioms,
        vocabulary=frozenset(book.vocabulary),
    )


def _guard(book: PhraseBook, table: GuardTable) -> Guard:
    return Guard(
        before=tuple(book.compile_before(source, table.reach) for source in table.before),
        after=tuple(book.compile_after(source, table.reach) for source in table.after),
        anywhere=tuple(book.compile(source).expression for source in table.anywhere),
    )


def _rule(book: PhraseBook, table: RuleTable, guards: Mapping[str, Guard], file: RulesFile) -> Rule:
    own = () if table.unguarded else file.category_guards.get(table.category, ())
    return Rule(
        id=table.id,
        category=None if table.category == "anger" else table.category,
        probability=table.probability,
        guards=tuple(guards[name] for name in dict.fromkeys((*own, *table.guards))),
        unless=tuple(book.compile(source).expression for source in table.unless),
        said_before=tuple(book.compile(source).expression for source in table.said_before),
        any_language=table.any_language,
        certain=table.certain,
    )

"""Letters and e-mails: abuse set apart from the substance, so that the substance can be answered (POLICY.md, guidance 7)."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sentencex import get_sentence_boundaries

from callguard.errors import InputError
from callguard.score.demands import DEMAND
from callguard.score.scorer import Scorer, TextScore
from callguard.score.tokens import as_turn
from callguard.speech import Letter, LetterSentence
from callguard.terms import SEVERITY, Category, Role

LONGEST: Final = 50_000
"""Characters: some twenty pages, a second or two of one core."""
CONTEXT: Final = 2
SEVERE: Final = 3
LEAST_WORDS: Final = 3

QUOTED = re.compile(r"^\s*>")
"""RFC 3676: what a mail program puts in front of the words of the mail that is answered."""
OLDER = re.compile(
    r"^-{2,}\s*(?:(?:original|forwarded) message|(?:ursprüngliche|weitergeleitete) nachricht)\s*-{2,}$", re.IGNORECASE
)
"""What Outlook and others put above an older mail, whose lines they do not mark: all below is somebody else's."""
FROM = re.compile(r"^\W*(?:from|von)\W*:\W*\w", re.IGNORECASE)
SENT = re.compile(r"^\W*(?:sent|date|gesendet|datum)\W*:\W*\w", re.IGNORECASE)
"""How the heading begins, and goes on within HEADING lines, that newer Outlooks put there instead."""
HEADING: Final = 3
ATTRIBUTION = re.compile(r"(?:(?<!\bi )(?<!\bwe )\bwrote|\bschrieb\b(?! ich\b).*):$", re.IGNORECASE)
"""Ends the line above a quotation; «as I wrote:» does not, and is the writer's own."""
SOURCE = re.compile(r"\S@\S|\b(?:19|20)\d\d\b|\b\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}\b")
"""An address or a date, which a mail program names beside «wrote:»."""
# Possessive, and names are counted, not matched: an expression that tries every way to part a long token takes days.
COURTESY = re.compile(
    r"^\W*+(?P<word>dear|to whom it may concern|hello|hi|good (?:morning|afternoon|evening|day)|(?:kind|best|warm)?\s*regards"
    r"|sincerely|faithfully|many thanks|cheers|best(?: wishes)?|(?P<phrase>yours|thank(?:s| you)))\b"
    r"(?(phrase)(?: \w++){0,4}+)[\s,.!]*+",
    re.IGNORECASE,
)
"""How openings and endings begin, «Dear», «Thank you for your help»: nothing in them wants an answer."""
NAMES = re.compile(r"[\w\s.,'’/&()-]*+:?")
"""How names stand behind it; «Hello, watch it!» is more than an opening."""
NAME = re.compile(r"\w[\w.'’-]*+")
MOST_NAMES: Final = 4
"""With more of them it is a sentence that goes on."""
MATTER = re.compile(
    r"\?|[£$€]\s?\d|\b\d{2,}\b|\b(?:still|not|never|nobody|wrong|broken|late|missing|waiting|waited)\b|n't\b"
    r"|\b(?:refund|bill|invoice|account|claim|order|appointment|payment|paid|repair|deliver\w*|contract)\b",
    re.IGNORECASE,
)
"""Signs that words are about something that the organisation has done, has left undone or can do."""
CLAUSE = re.compile(r"[,;:–—]|\s-\s|\b(?:and|but|because|so|until|unless|or|then)\b", re.IGNORECASE)

HTML = re.compile(r"</?(?:html|body|p|div|span|table|td|blockquote)\b[^<>]*>|<br\b[^<>]*>", re.IGNORECASE)
"""Signs that a letter is the HTML of a mail."""
MARKUP = re.compile(
    r"<(?:style|script|title)\b[^<>]*+>[^<]*+|<!--[^<>]*+>|</?(?P<block>p|div|table|tr|td|li|ul|ol|h[1-6]|blockquote|body|br)\b[^<>]*+>"
    r"|<[/!]?[a-z][^<>]*+>|&nbsp;",
    re.IGNORECASE,
)
"""What is no word in it; between the words of two blocks no sentence runs on."""
CITED = re.compile(r"<(?P<end>/?)blockquote\b", re.IGNORECASE)
"""How HTML marks the words of the mail that is answered."""


class LetterReader:
    """Reads written correspondence with the scorer that hears calls; keeps nothing."""

    def __init__(self, scorer: Scorer, language: str = "en") -> None:
        """Read letters with `scorer`, in `language` (BCP 47) where a letter's own is not said."""
        self._scorer = scorer
        self._language = language

    def read(self, text: str, *, language: str = "") -> Letter:
        """Judge every sentence after the two before it.

        Raises InputError for an empty or overlong text, EngineError if the model failed.
        """
        if not text.strip():
            raise InputError("the letter is empty; send its text")
        if len(text) > LONGEST:
            raise InputError(f"the letter has {len(text)} characters; at most {LONGEST} are read: send it in parts")
        language = language or self._language
        sentences = tuple(self._sentences(text, language))
        said = {label for sentence in sentences for label in sentence.labels}
        labels = tuple(sorted(said, key=lambda category: (-SEVERITY[category], category)))
        return Letter(
            sentences=sentences,
            labels=labels,
            severity=max((sentence.severity for sentence in sentences), default=0),
            scorer=self._scorer.name,
            is_keywords_only=not self._scorer.understands(language),
        )

    def _sentences(self, text: str, language: str) -> Iterator[LetterSentence]:
        before: list[str] = []
        plain, cited = _without_markup(text)
        for start, end, is_marked in _places(plain, language):
            said = plain[start:end]
            if is_marked or _is_within(start, cited):
                yield LetterSentence(
                    start=start,
                    end=end,
                    text=text[start:end],
                    labels=(),
                    severity=0,
                    scores={},
                    spans=(),
                    is_quoted=True,
                    needs_answer=False,
                )
                continue
            score = self._judge(said, before, language)
            before.append(said)
            yield LetterSentence(
                start=start,
                end=end,
                text=text[start:end],
                labels=score.labels,
                severity=score.severity,
                scores=score.scores,
                spans=score.spans,
                is_quoted=False,
                needs_answer=needs_answer(said, score),
            )

    def _judge(self, said: str, before: Sequence[str], language: str) -> TextScore:
        # Openings and endings are names, mostly, on which a model of spoken sentences guesses: plain words decide there.
        if _is_courtesy(said):
            return self._scorer.glance(said, language=language)
        turns = tuple(as_turn(Role.CALLER, earlier) for earlier in before[-CONTEXT:])
        return self._scorer.score(said, turns, language=language)


def needs_answer(text: str, score: TextScore) -> bool:
    """Whether a sentence has substance that a reply must meet; abuse in it takes that away from none.

    Every benign sentence of at least LEAST_WORDS does (fewer are names and sounds), but for openings and endings. Of an abusive
    one, what is left beside the abuse must be about something: so «you idiots still owe me £40» is answered and «i know where
    you work» is not. A writer in need always is.
    """
    if Category.SELF_HARM in score.labels:
        return True
    if not score.labels:
        return len(text.split()) >= LEAST_WORDS and not _is_courtesy(text)
    signs = list(text)
    for span in score.spans:
        signs[span.start : span.end] = "\n" * (span.end - span.start)
    rest = "".join(signs)
    # What stands in one clause with a threat is mostly part of it, so each clause must make sense by itself.
    parts = CLAUSE.split(rest) if score.severity >= SEVERE else [rest]
    return any(_is_matter(piece) for part in parts for piece in part.split("\n"))


def _is_courtesy(text: str) -> bool:
    """Whether `text` only opens or ends a letter; «Dear Mr Smith, send me my money» does more."""
    found = COURTESY.match(text)
    if found is None:
        return False
    names = text[found.end() :]
    if not NAMES.fullmatch(names) or len(NAME.findall(names)) > MOST_NAMES or MATTER.search(text):
        return False
    return not any(DEMAND.search(part.lstrip("\n ,.!")) for part in CLAUSE.split(text[found.end("word") :]))


def _is_matter(words: str) -> bool:
    return len(words.split()) >= LEAST_WORDS and bool(MATTER.search(words) or DEMAND.search(words.strip()))


def _without_markup(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text with blanks for HTML's marks, so that every place stays where it was, and where others are cited in it."""
    if not HTML.search(text):
        return text, []
    cited: list[tuple[int, int]] = []
    depth = begin = 0
    for mark in CITED.finditer(text):
        begin = begin if depth else mark.start()
        depth = max(depth + (-1 if mark["end"] else 1), 0)
        if not depth:
            cited.append((begin, mark.start()))
    return MARKUP.sub(_blank, text), cited


def _blank(mark: re.Match[str]) -> str:
    return ("\n\n" if mark["block"] else "").ljust(len(mark[0]))


def _is_within(place: int, parts: Sequence[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in parts)


def _places(text: str, language: str) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and whether it is quoted of every sentence; a line break ends none, an empty line does."""
    for start, end, is_quoted in _blocks(text):
        block = text[start:end]
        for found in get_sentence_boundaries(language.partition("-")[0], block):
            first, last = start + int(found["start_index"]), start + int(found["end_index"])
            said = text[first:last]
            if any(sign.isalnum() for sign in said):
                opening = len(said) - len(said.lstrip())
                yield first + opening, first + len(said.rstrip()), is_quoted


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield the parts between which no sentence runs on: paragraphs, and own words against quoted ones."""
    start = place = 0
    was_quoted = is_older = False
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        is_older = is_older or bool(OLDER.match(line.strip())) or (bool(FROM.match(line)) and _is_heading(lines, number))
        # Some programs leave an empty line between «wrote:» and the quotation.
        is_quoted = is_older or bool(QUOTED.match(line)) or _is_attribution(line, lines[number + 1 : number + 4])
        if is_quoted != was_quoted or not line.strip():
            yield start, place, was_quoted
            start = place
        was_quoted = is_quoted
        place += len(line)
    yield start, place, was_quoted


def _is_heading(lines: Sequence[str], number: int) -> bool:
    """Whether an older mail begins at a line that says from whom; at the top of a letter it is the writer's own heading."""
    above = lines[:number]
    is_apart = bool(above) and not any(sign.isalnum() for sign in above[-1])
    has_own_words = any(sign.isalnum() for line in above for sign in line)
    return is_apart and has_own_words and any(SENT.match(line) for line in lines[number + 1 : number + 1 + HEADING])


def _is_attribution(line: str, below: Sequence[str]) -> bool:
    """Whether a mail program says here, in one line or two, whose words follow."""
    if ATTRIBUTION.search(line.strip()):
        return bool(SOURCE.search(line) or QUOTED.match("".join(below[:2])))
    goes_on = bool(below) and bool(ATTRIBUTION.search(below[0].strip()))
    return goes_on and bool(SOURCE.search(line) and QUOTED.match("".join(below[1:3])))

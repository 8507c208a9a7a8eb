"""`callguard score`: one utterance a line in, one JSON object a line out."""

import re
import sys
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from callguard.cli.options import ConfigOption, JsonOption, read_lines
from callguard.errors import InputError, SettingsError
from callguard.score.factory import build_scorer
from callguard.score.letters import LetterReader
from callguard.score.scorer import Scorer
from callguard.settings import LANGUAGE, load_settings
from callguard.speech import Letter
from callguard.wire import as_plain

KEYWORDS_ONLY = "  (keywords only)"
"""Behind words in a language that the scorer does not understand: a calm score means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One line to score."""

    identity: str | int
    text: str
    context: tuple[str, ...]
    language: str = ""
    """BCP 47; empty: that of the command."""


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("score")(score)


def score(
    file: Annotated[str, typer.Argument(help="A text or JSONL file; - is standard input.")] = "-",
    *,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    letter: Annotated[
        bool,
        typer.Option("--letter", help="Read the whole file as one letter: which sentences are abuse, and which want an answer."),
    ] = False,
    language: Annotated[
        str, typer.Option("--language", help="Language of what is read (BCP 47); without it taps.language of the settings.")
    ] = "",
    thresholds: Annotated[bool, typer.Option("--thresholds", help="Print the scorer and its thresholds, score nothing.")] = False,
) -> None:
    """Score utterances: one a line, or JSONL {"id"?, "text", "context"?: [..], "language"?}."""
    settings = load_settings(config)
    if not re.fullmatch(LANGUAGE, language):
        raise SettingsError(f"--language is {language!r}; expected a BCP 47 tag, such as en or de-CH")
    scorer, language = build_scorer(settings.score), language or settings.taps.language
    if thresholds:
        values = {category.value: value for category, value in scorer.thresholds.items()}
        sys.stdout.write(orjson.dumps({"scorer": scorer.name, "thresholds": values}).decode() + "\n")
        return
    if letter:
        show_letter(
            LetterReader(scorer, language).read("\n".join(read_lines(file))), as_table=not as_json and sys.stdout.isatty()
        )
        return
    console = Console(highlight=False, markup=False)
    is_table = not as_json and sys.stdout.isatty()
    for number, line in enumerate(read_lines(file), start=1):
        if not line.strip():
            continue
        row = judge(scorer, parse(line, number), language)
        if is_table:
            mark = KEYWORDS_ONLY if "keywords_only" in row else ""
            console.print(f"{row['severity']}  {', '.join(row['labels']) or '-':32}  {row['text']}{mark}")
        else:
            sys.stdout.write(orjson.dumps(row).decode() + "\n")


def show_letter(letter: Letter, *, as_table: bool) -> None:
    """Print a letter: one JSON object, or a line a sentence for people."""
    if not as_table:
        sys.stdout.write(orjson.dumps(as_plain(letter)).decode() + "\n")
        return
    console = Console(highlight=False, markup=False)
    if letter.is_keywords_only:
        console.print("No model for this language: only keywords were looked for.")
    for sentence in letter.sentences:
        want = "quoted" if sentence.is_quoted else "answer" if sentence.needs_answer else ""
        console.print(f"{sentence.severity}  {', '.join(sentence.labels) or '-':32}  {want:6}  {sentence.text}")


def parse(line: str, number: int) -> Utterance:
    """Read one line. Raises InputError for a JSON line that has no text."""
    if not line.lstrip().startswith("{"):
        return Utterance(identity=number, text=line, context=())
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InputError(
            f'line {number} opens like JSON but is not: {error}; expected {{"id"?, "text", "context"?: [..]}}'
        ) from error
    text, context, language = row.get("text"), row.get("context") or [], row.get("language") or ""
    if not isinstance(text, str):
        raise InputError(f'line {number} has no string "text"; expected {{"id"?, "text", "context"?: [..]}}')
    if not isinstance(context, list) or not all(isinstance(turn, str) for turn in context):
        raise InputError(f'line {number}: "context" is not a list of strings; expected the earlier turns, oldest first')
    if not isinstance(language, str) or not re.fullmatch(LANGUAGE, language):
        raise InputError(f'line {number}: "language" is none; expected a BCP 47 tag, such as "en"')
    return Utterance(identity=row.get("id", number), text=text, context=tuple(context), language=language)


def judge(scorer: Scorer, utterance: Utterance, language: str = "en") -> dict[str, Any]:
    """Return the row that DESIGN.md promises, marked where the scorer knows no more than keywords of the language."""
    language = utterance.language or language
    result = scorer.score(utterance.text, utterance.context, language=language)
    mark = {} if scorer.understands(language) else {"keywords_only": True}
    return mark | {
        "id": utterance.identity,
        "text": utterance.text,
        "scores": {category.value: round(float(p), 4) for category, p in result.scores.items()},
        "severity": result.severity,
        "labels": [label.value for label in result.labels],
        "spans": [{"start": span.start, "end": span.end, "category": span.category.value} for span in result.spans],
    }

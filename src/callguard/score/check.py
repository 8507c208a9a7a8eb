"""The examples of a rules file, run: every rule fires where it says it does and nowhere that it says it does not."""

from collections.abc import Iterator
from pathlib import Path

from callguard.errors import PolicyError
from callguard.score.rule_scorer import RuleScorer
from callguard.score.rules import EARLIER, RuleTable, bundled_rules, load_rules, read_rules


def check_rules(path: Path | None = None) -> list[str]:
    """Return what is wrong with the file at `path`, or the bundled one: one sentence each, with rule, example and remedy."""
    where = path or bundled_rules()
    try:
        file, scorer = read_rules(where), RuleScorer(load_rules(where))
    except PolicyError as error:
        return [str(error)]
    return [f"rules file {where}, {problem}" for table in file.rule for problem in _failures(scorer, table)]


def _failures(scorer: RuleScorer, table: RuleTable) -> Iterator[str]:
    for number, example in enumerate(table.positive, 1):
        if not _fires(scorer, table.id, example):
            yield f"rule «{table.id}»: positive example {number} does not fire; widen a phrase or narrow a guard"
    for number, example in enumerate(table.negative, 1):
        if _fires(scorer, table.id, example):
            yield f"rule «{table.id}»: negative example {number} fires; narrow a phrase or add a guard"


def _fires(scorer: RuleScorer, rule_id: str, example: str) -> bool:
    *earlier, text = example.split(EARLIER)
    return any(hit.rule.id == rule_id for hit in scorer.hits(text, earlier))

"""How long a decision takes: events of 100 live calls through scorer-less ladders, in turn, as they come in a busy hour.

    python benchmarks/decide.py [--calls N] [--events N] [--json]

Every call gets its own ladder under the standard policy; speech of all kinds, warnings, cards and cries for help come in a seeded
order, with seconds between them. Timed is one `push`, which is what stands between a score and what people are told. With --json
the last line is {"calls", "events", "p50_ms", "p95_ms", "p99_ms", "max_ms"}.
"""

import argparse
import json
import random
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from callguard.decide.ladder import Heard, Ladder
from callguard.decide.policy import load_policy
from callguard.human_acts import CardAnswer, CardAnswered, HelpAsked
from callguard.terms import RATE_HZ, SEVERITY, Category, Role, Tactic
from tests.decide.stage import score
from tests.fakes import transcript

MOST_MS = 1.0
WORDS = (
    "where is my refund",
    "i put a pipe bomb in your building",
    "you are an idiot",
    "my name is john smith",
    "i see",
    "in ten minutes",
)


def event(call_id: str, at_s: float, number: int, dice: random.Random) -> Heard:
    """Return something that happens on a call: mostly harmless speech, as in life, but far more abuse."""
    kind = dice.random()
    if kind < 0.45:
        labels = dice.choices([(), *((category,) for category in Category)], weights=[8, *[1] * len(Category)])[0]
        heard = score(*labels, at_s=at_s, segment=number, final=dice.random() < 0.7, reliable=dice.random() < 0.9)
        return replace(heard, call_id=call_id, severity=max((SEVERITY[label] for label in labels), default=0))
    if kind < 0.95:
        channel = dice.choice((Role.CALLER, Role.AGENT))
        return transcript(dice.choice(WORDS), number=number, call_id=call_id, channel=channel, end_s=at_s)
    if kind < 0.98:
        return CardAnswered(
            call_id=call_id,
            at_sample=int(at_s * RATE_HZ),
            by="sam",
            tactic=dice.choice(list(Tactic)),
            answer=CardAnswer.USED,
            decision_id="",
        )
    return HelpAsked(call_id=call_id, at_sample=int(at_s * RATE_HZ), by="sam", is_panic=False)


def measure(calls: int, events: int) -> list[float]:
    """Return milliseconds of each push."""
    dice, policy = random.Random(4), load_policy("standard")
    ladders = [Ladder(f"c{number}", policy, organisation="Larkfield", agent="sam") for number in range(calls)]
    took: list[float] = []
    for number in range(events):
        place = number % calls
        heard = event(f"c{place}", 2.0 + 3.0 * (number // calls), number, dice)
        began = time.perf_counter_ns()
        ladders[place].push(heard)
        took.append((time.perf_counter_ns() - began) / 1e6)
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    measure(2, 200)  # the patterns are compiled once
    took = sorted(measure(arguments.calls, arguments.events))
    at = {name: took[min(int(len(took) * share), len(took) - 1)] for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))}
    row = {f"{name}_ms": round(value, 4) for name, value in at.items()} | {"max_ms": round(took[-1], 3)}
    verdict = "keeps" if at["p95"] < MOST_MS else "misses"
    print(f"{arguments.calls} calls, {len(took)} events: {row}; p95 {verdict} the {MOST_MS} ms that the policy may take")
    if arguments.json:
        print(json.dumps({"calls": arguments.calls, "events": len(took), **row}))


if __name__ == "__main__":
    main()

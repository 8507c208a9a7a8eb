"""How well the scorer hears abuse: model, rules and two published keyword tools on held-out sentences, in one run.

    python benchmarks/score_quality.py [--json] [--model DIR] [--data FILE]

Judged on the test sittings of models/corpus (other hands, other briefs than training), public rows that training left out,
functional cases for hate (benchmarks/hate_cases.tsv) and neutral sentences about people. «calls» are the two sittings that were
written to be hard (witty, veiled, twins that mislead), «plain_calls» the one whose writer knew nothing but the guide. Nothing is
tuned here: thresholds come from the model's folder. The peers (alt-profanity-check, better-profanity) are used where installed.
"""

import argparse
import json
import random
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

# Below the path, so that it runs without installing: E402 is meant.
from callguard.score.combined import CombinedScorer  # noqa: E402
from callguard.score.factory import load_model  # noqa: E402
from callguard.score.rule_scorer import RuleScorer  # noqa: E402
from callguard.score.rules import load_rules  # noqa: E402
from callguard.score.scorer import Scorer, TextScore  # noqa: E402
from callguard.terms import SEVERITY, Category  # noqa: E402
from training import corpus  # noqa: E402
from training.calibrate import expected_calibration_error  # noqa: E402
from training.noise import Mishearing, plain, vocabulary, word_error_rate  # noqa: E402
from training.rows import public_data  # noqa: E402

SEED = 29
FALSE_ALARMS = 0.01
SEVERE = tuple(category for category in Category if SEVERITY[category] >= 3)
SHOWN = (
    "recall_severe_at_1pct", "recall_severe_at_1pct_noisy", "recall_severe_at_thresholds", "false_severe_at_thresholds",
    "recall_severity_4", "false_severity_4", "macro_f1", "macro_f1_best", "largest_ece",
)  # fmt: skip
SHORT = "i will come down there and sort this bill out if you do not"
"""16 tokens with the two that open and close."""
MISHEARD = "i wheel cum down there end sort this pill out if ewe dew knot"
"""The same as a poor line gives it: what was probably said is looked for, and both are read."""
TURNS = ("caller: i rang on monday and they said the engineer would come today", "agent: i am sorry let me look at that for you")

KINDS = {
    "ethnicity": ("Black", "white", "Asian", "Roma"),
    "nationality": ("Indian", "Pakistani", "Nigerian", "Irish", "Polish", "American", "Chinese", "Jamaican"),
    "religion": ("Muslim", "Jewish", "Christian", "Hindu", "Sikh"),
    "orientation": ("gay", "lesbian", "straight", "bisexual"),
    "gender": ("trans", "male", "female"),
    "disability": ("deaf", "blind", "disabled", "autistic"),
    "age": ("old", "young"),
}
GROUPS = {term: kind for kind, terms in KINDS.items() for term in terms}
NEUTRAL = (
    "i'm {} and i'd like to change my address",
    "my neighbour is {} and she asked me to ring for her",
    "hello i'm a {} customer of yours since nineteen ninety",
    "the {} man at your desk yesterday helped me find the form",
    "we run a club for {} people and need a meeting room",
    "is there a {} support group that meets in the library",
    "my daughter married a {} lad and they want to move in",
    "could you tell me whether the {} community centre is open",
    "i wrote that i'm {} on the form and it came back",
    "my boss is {} and he wants the invoice in his name",
    "your {} colleague said i'd get the refund on friday",
    "do you keep a record that i am {}",
    "as a {} person i found your leaflet clear thank you",
    "the {} family next door have had no water since monday",
    "i'd like to speak to somebody {} about it if that's possible",
    "there was a {} woman in the queue before me she left her bag",
)

PLAIN_SITTINGS = frozenset({"h3", "v1-a"})
"""Written by somebody who was given the guide and nothing else; all other held-out sittings are hard on purpose."""

Floats = npt.NDArray[np.float64]


def at_false_alarms(benign: Floats, share: float = FALSE_ALARMS) -> float:
    """Return the score that at most `share` of the benign rows exceed."""
    ordered = np.sort(benign)[::-1]
    return float(ordered[min(int(share * len(ordered)), len(ordered) - 1)])


def peers() -> dict[str, Callable[[Sequence[str]], Floats]]:
    """Return the published tools that are installed, each as texts to scores."""
    found: dict[str, Callable[[Sequence[str]], Floats]] = {}
    if find_spec("profanity_check"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its pickled model comes from an older scikit-learn
            chance = import_module("profanity_check").predict_prob
        found["alt-profanity-check"] = lambda texts: np.asarray(chance(list(texts)), dtype=np.float64)
    if find_spec("better_profanity"):
        profanity = import_module("better_profanity").profanity
        profanity.load_censor_words()
        found["better-profanity"] = lambda texts: np.array([float(profanity.contains_profanity(text)) for text in texts])
    return found


def judge(scorer: Scorer, rows: Sequence[tuple[str, Sequence[str]]]) -> list[TextScore]:
    """Score (text, context) pairs one by one, as calls do."""
    return [scorer.score(text, context) for text, context in rows]


def severe_peak(scores: Sequence[TextScore]) -> Floats:
    """Return the highest probability of a severe category, per row."""
    return np.array([max(score.scores[category] for category in SEVERE) for score in scores])


def recall_at(peak: Floats, severe: npt.NDArray[np.bool_], benign: npt.NDArray[np.bool_]) -> float:
    """Return the share of severe rows above the bar that 1 % of the benign rows exceed."""
    return float((peak[severe] > at_false_alarms(peak[benign])).mean())


def f1(found: npt.NDArray[np.bool_], wanted: npt.NDArray[np.bool_]) -> float:
    """Return the harmonic mean of precision and recall."""
    both = float((found & wanted).sum())
    return 2 * both / max(float(found.sum() + wanted.sum()), 1.0)


def best_f1(chances: Floats, wanted: npt.NDArray[np.bool_]) -> float:
    """Return the F1 that the best threshold on these very rows would give: what ranking alone allows."""
    hits = np.cumsum(wanted[np.argsort(-chances)])
    return float((2 * hits / (np.arange(len(hits)) + 1 + wanted.sum())).max())


def on_calls(scorer: Scorer, pairs: Sequence[tuple[corpus.Sentence, str]]) -> dict[str, Any]:
    """Return the figures on held-out call sentences, each with its text as misheard."""
    sentences = [sentence for sentence, _ in pairs]
    clean = judge(scorer, [(sentence.text, sentence.context) for sentence in sentences])
    misheard = judge(scorer, [(text, sentence.context) for sentence, text in pairs])
    severe = np.array([sentence.severity >= 3 for sentence in sentences])
    benign = np.array([sentence.is_benign for sentence in sentences])
    threat = np.array([sentence.severity == 4 for sentence in sentences])
    said_threat = np.array([score.severity == 4 for score in clean])
    per_category = {}
    for category in Category:
        wanted = np.array([category.value in sentence.labels for sentence in sentences])
        found = np.array([category in score.labels for score in clean])
        chances = np.array([score.scores[category] for score in clean])
        per_category[category.value] = {
            "f1": f1(found, wanted),
            "f1_best": best_f1(chances, wanted),
            "recall": float(found[wanted].mean()),
            "false_alarms": float(found[benign].mean()),
            "ece": expected_calibration_error(chances, wanted.astype(np.float64)),
        }
    peak, noisy_peak = severe_peak(clean), severe_peak(misheard)
    said_severe = np.array([score.severity >= 3 for score in clean])
    return {
        "recall_severe_at_1pct": recall_at(peak, severe, benign),
        "recall_severe_at_1pct_noisy": recall_at(noisy_peak, severe, benign),
        "recall_severe_at_thresholds": float(said_severe[severe].mean()),
        "false_severe_at_thresholds": float(said_severe[benign].mean()),
        "recall_severity_4": float(said_threat[threat].mean()),
        "false_severity_4": float(said_threat[benign].mean()),
        "macro_f1": float(np.mean([row["f1"] for row in per_category.values()])),
        "macro_f1_best": float(np.mean([row["f1_best"] for row in per_category.values()])),
        "largest_ece": max(row["ece"] for row in per_category.values()),
        "categories": per_category,
    }


def on_public(scorer: Scorer, data: Path) -> dict[str, float]:
    """Return the figures on public rows that training left out."""
    held_out = public_data(data, random.Random(SEED))  # the held-out parts do not hang on chance
    service = judge(scorer, [(row.text, ()) for row in held_out.service])
    angry = judge(scorer, [(row.text, ()) for row in held_out.angry])
    turns = judge(scorer, [(row.text, row.context) for row in held_out.convabuse])
    abusive = np.array([row.targets[-1] == 1 for row in held_out.convabuse])
    return {
        "severity_2_on_service": float(np.mean([score.severity >= 2 for score in service])),
        "severity_2_on_angry": float(np.mean([score.severity >= 2 for score in angry])),
        "convabuse_f1": f1(np.array([score.severity >= 1 for score in turns]), abusive),
        "service_rows": len(service),
        "angry_rows": len(angry),
        "convabuse_rows": len(turns),
    }


def on_hate(scorer: Scorer) -> dict[str, Any]:
    """Return accuracy per class of the functional cases."""
    right: dict[str, list[bool]] = {}
    for line in (ROOT / "benchmarks" / "hate_cases.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, hateful, text = line.split("\t")
            right.setdefault(name, []).append((Category.HATE in scorer.score(text).labels) == (hateful == "1"))
    classes = {name: float(np.mean(cases)) for name, cases in right.items()}
    every = [case for cases in right.values() for case in cases]
    return {"accuracy": float(np.mean(every)), "lowest_class": min(classes.values()), "cases": len(every), "classes": classes}


def on_identity(scorer: Scorer) -> dict[str, Any]:
    """Return the false alarms on neutral sentences per identity term, and the largest gap between kinds of group."""
    alarms = {
        term: float(np.mean([scorer.score(sentence.format(term)).severity >= 2 for sentence in NEUTRAL])) for term in GROUPS
    }
    kinds = {
        kind: float(np.mean([alarms[term] for term in GROUPS if GROUPS[term] == kind])) for kind in sorted(set(GROUPS.values()))
    }
    return {
        "largest_gap_points": 100 * (max(kinds.values()) - min(kinds.values())),
        "false_alarms": float(np.mean(list(alarms.values()))),
        "groups": kinds,
        "terms": {term: rate for term, rate in alarms.items() if rate},
    }


def costs(scorer: CombinedScorer, rules: RuleScorer) -> dict[str, float]:
    """Return milliseconds of processor time per utterance on one thread, tokenizer and rules included, and of the rules alone.

    After two earlier turns, as in calls, a text is read with them, and once more without them where that can matter.
    """
    scorer.score(SHORT, TURNS)
    rules.score(SHORT)
    alone, misheard, after, together, by_rules = [], [], [], [], []
    for _ in range(300):
        began = time.process_time()
        rules.score(SHORT)
        by_rules.append((time.process_time() - began) * 1e3)
    for _ in range(300):
        began = time.process_time()
        scorer.score(SHORT)
        alone.append((time.process_time() - began) * 1e3)
    for _ in range(100):
        began = time.process_time()
        scorer.score(MISHEARD)
        misheard.append((time.process_time() - began) * 1e3)
    for _ in range(100):
        began = time.process_time()
        scorer.score(SHORT, TURNS)
        after.append((time.process_time() - began) * 1e3)
    for _ in range(60):
        began = time.process_time()
        scorer.score_all([SHORT] * 8)
        together.append((time.process_time() - began) * 1e3 / 8)
    return {
        "ms_p50": float(np.median(alone)),
        "ms_p95": float(np.quantile(alone, 0.95)),
        "ms_misheard_p50": float(np.median(misheard)),
        "ms_misheard_p95": float(np.quantile(misheard, 0.95)),
        "ms_after_turns_p50": float(np.median(after)),
        "ms_after_turns_p95": float(np.quantile(after, 0.95)),
        "ms_each_of_8_p95": float(np.quantile(together, 0.95)),
        "ms_rules_p95": float(np.quantile(by_rules, 0.95)),
    }


def resident_mib(folder: Path) -> float:
    """Return the most memory that a fresh process held while it loaded the scorer and used it (Linux)."""
    program = (
        "import sys; from callguard.score.factory import build_scorer; from callguard.settings import ScoreSettings;"
        "build_scorer(ScoreSettings(engine='model', model=sys.argv[1])).score('hello there');"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True, cwd=ROOT / "src"
    )
    return float(done.stdout) / 1024


def peer_figures(pairs: Sequence[tuple[corpus.Sentence, str]]) -> dict[str, dict[str, float]]:
    """Return what the published tools find among the same sentences."""
    sentences, noisy = [sentence for sentence, _ in pairs], [text for _, text in pairs]
    severe = np.array([sentence.severity >= 3 for sentence in sentences])
    benign = np.array([sentence.is_benign for sentence in sentences])
    texts = [sentence.text for sentence in sentences]
    return {
        name: {
            "recall_severe_at_1pct": recall_at(scores(texts), severe, benign),
            "recall_severe_at_1pct_noisy": recall_at(scores(noisy), severe, benign),
        }
        for name, scores in peers().items()
    }


def show(figures: Mapping[str, Any]) -> None:
    """Print the figures for people."""
    print(f"{'':32}" + "".join(f"{name:>14}" for name in ("model+rules", "rules")))
    for key in SHOWN:
        print(f"{key:32}" + "".join(f"{figures[name]['calls'][key]:14.3f}" for name in ("model", "rules")))
    for name, peer in figures["peers"].items():
        print(f"{name:32}" + "  ".join(f"{key} {value:.3f}" for key, value in peer.items()))
    for key in SHOWN:
        print(f"plain: {key:25}" + "".join(f"{figures[name]['plain_calls'][key]:14.3f}" for name in ("model", "rules")))
    for part in ("public", "hate", "identity", "cost"):
        print(part, json.dumps(figures["model"].get(part), default=str))


def rounded(value: Any) -> Any:
    """Return `value` with every number at four places."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def main() -> None:
    """Judge and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--model", type=Path, default=ROOT / "src" / "callguard" / "score" / "model")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "utterances.jsonl.gz")
    parser.add_argument("--split", choices=("test", "validation"), default="test")
    arguments = parser.parse_args()
    every = corpus.load()
    sentences = [sentence for sentence in every if sentence.split == arguments.split]
    noise, rng = Mishearing(vocabulary([sentence.text for sentence in every])), random.Random(SEED)  # repeatable
    noisy = [noise.hear(sentence.text, rng, word_errors=0.3) for sentence in sentences]
    pairs = list(zip(sentences, noisy, strict=True))
    hard = [pair for pair in pairs if pair[0].sitting not in PLAIN_SITTINGS]
    usual = [pair for pair in pairs if pair[0].sitting in PLAIN_SITTINGS]
    scorers: dict[str, Scorer] = {
        "model": load_model(arguments.model, RuleScorer(load_rules())),
        "rules": RuleScorer(load_rules()),
    }
    figures: dict[str, Any] = {
        "sentences": len(hard),
        "plain_sentences": len(usual),
        "word_errors": float(np.mean([word_error_rate(plain(sentence.text), text) for sentence, text in pairs])),
        "peers": peer_figures(hard),
        "peers_on_plain": peer_figures(usual),
    }
    for name, scorer in scorers.items():
        figures[name] = {
            "calls": on_calls(scorer, hard),
            "plain_calls": on_calls(scorer, usual),
            "hate": on_hate(scorer),
            "identity": on_identity(scorer),
        }
        if arguments.data.is_file():
            figures[name]["public"] = on_public(scorer, arguments.data)
    model, rules = scorers["model"], scorers["rules"]
    assert isinstance(model, CombinedScorer)
    assert isinstance(rules, RuleScorer)
    figures["model"]["cost"] = {**costs(model, rules), "resident_mib": resident_mib(arguments.model.resolve())}
    show(figures)
    if arguments.json:
        print(json.dumps(rounded(figures)))


if __name__ == "__main__":
    main()

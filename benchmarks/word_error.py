"""Word error rate of a speech engine over a folder of WAV files with their texts, over bad telephone lines and in short windows.

FOLDER holds NAME.wav and NAME.txt; `tools/make_word_error_speech.py` speaks one. Each utterance goes through the engine as a
live call's does (checks and second tries included), with the silence around it that a call's segments have.

    python benchmarks/word_error.py FOLDER [--engine whisper] [--model base.en] [--windows full 10/2.6 0/1.3]
        [--lines wideband g711 noise20 loss3] [--language en] [--vocabulary NAME ...] [--most N] [--json]

A window is «shortest/margin» in seconds, or «full» for Whisper's own 30 s; «rule» is what the model's entry in the manifest says.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from callguard.clock import SystemClock
from callguard.errors import ModelMissingError
from callguard.settings import TranscribeSettings
from callguard.speech import CutReason, SpeechSegment, Transcript
from callguard.terms import RATE_HZ, Role, Samples, StepTimes
from callguard.transcribe.auto import build_transcriber
from callguard.transcribe.engine import EngineRules, SharedEngine
from callguard.transcribe.guards import GuardLimits, load_inventions
from callguard.transcribe.hub import Hub
from callguard.transcribe.models import find_model
from callguard.transcribe.transcriber import EngineInfo, Priority, Request, Transcriber
from callguard.transcribe.whisper import WhisperWeights
from callguard.transcribe.window import FULL_WINDOW, WindowRule

sys.path.insert(0, str(Path(__file__).parent.parent))  # a script is started from anywhere, and `tools` is no package

from tools.make_demo_calls import LOSS_FRAME, SPEECH_DBFS, conceal_losses, set_level, through_g711, to_telephone_band  # see above

LINE_HZ = 8000
BEFORE_S = 0.3
AFTER_S = 0.4
"""The pre-roll and the hangover that every segment of a call holds."""
QUIET_LINE_DB = -65.0
WORKERS = 2
ROUND = 16
"""Utterances that are asked for at once."""

Line = Callable[[Samples, np.random.Generator], Samples]


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance."""

    samples: Samples
    words: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What came of the utterances of one line and window."""

    words: int = 0
    errors: int = 0
    utterances: int = 0
    unreliable: int = 0
    empty: int = 0
    retried: int = 0
    began: float = field(default_factory=time.perf_counter)
    took_s: float = 0.0

    @property
    def word_error(self) -> float:
        """Errors for each word that was said."""
        return self.errors / max(1, self.words)


# --- what was said and what was heard -------------------------------------------------------------

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def plain_words(text: str) -> tuple[str, ...]:
    """Return the words without case, punctuation and hyphens; figures are read out, since either way of writing is right."""
    spoken = re.sub(
        r"(\d),(?=\d{3}\b)", r"\1", text.casefold().replace("’", "'").replace("£", "pound ").replace("%", " percent ")
    )
    spoken = re.sub(r"(\d+):(\d+)", r"\1 \2", spoken)
    spoken = re.sub(r"\d+", lambda found: f" {read_out(found[0])} ", spoken)
    return tuple(re.findall(r"[^\W_]+(?:'[^\W_]+)*", spoken))


def read_out(figures: str) -> str:
    """Return a whole number in words; digit by digit from five figures on, as telephone and account numbers are said."""
    if len(figures) > 4 or (figures.startswith("0") and len(figures) > 1):
        return " ".join(ONES[int(figure)] for figure in figures)
    number = int(figures)
    if number < len(ONES):
        return ONES[number]
    if number < 100:
        return " ".join([TENS[number // 10 - 2], *([ONES[number % 10]] if number % 10 else [])])
    unit, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = f" and {read_out(str(number % unit))}" if number % unit else ""
    return f"{read_out(str(number // unit))} {name}{rest}"


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Return the fewest words to change, leave out and add to get from one to the other (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for place, word in enumerate(said, start=1):
        before, row[0] = row[0], place
        for column, other in enumerate(heard, start=1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (word != other))
    return row[-1]


# --- telephone lines ------------------------------------------------------------------------------


def wideband(samples: Samples, chance: np.random.Generator) -> Samples:
    """Leave the speech as it was recorded, between silences of a quiet room."""
    return _between_silences(samples, RATE_HZ, chance)


def telephone(samples: Samples, chance: np.random.Generator, *, noise_db: float | None = None, loss: float = 0.0) -> Samples:
    """Send speech over a telephone line: 8 kHz, 300 to 3400 Hz, G.711; with noise so far below the speech, and lost packets."""
    narrow = to_telephone_band(soxr.resample(samples, RATE_HZ, LINE_HZ))
    line = _between_silences(narrow, LINE_HZ, chance)
    if noise_db is not None:
        noise = to_telephone_band(chance.standard_normal(len(line)).astype(np.float32))
        line = line + set_level(noise, SPEECH_DBFS - noise_db)
    line = np.pad(line, (0, -len(line) % LOSS_FRAME)).astype(np.float32)
    heard: Samples = soxr.resample(conceal_losses(through_g711(line), loss, chance), LINE_HZ, RATE_HZ).astype(np.float32)
    return heard


def _between_silences(samples: Samples, rate_hz: int, chance: np.random.Generator) -> Samples:
    speech = set_level(samples, SPEECH_DBFS)
    around = np.pad(speech, (int(BEFORE_S * rate_hz), int(AFTER_S * rate_hz)))
    hiss = chance.standard_normal(len(around)) * 10 ** (QUIET_LINE_DB / 20)
    return (around + hiss).astype(np.float32)


LINES: Mapping[str, Line] = {
    "wideband": wideband,
    "g711": telephone,
    **{f"noise{db}": partial(telephone, noise_db=db) for db in (20, 10, 5)},
    **{f"loss{share}": partial(telephone, loss=share / 100) for share in (1, 3, 5)},
}


# --- engines --------------------------------------------------------------------------------------


def window_rule(name: str, own: WindowRule) -> WindowRule:
    """Return the rule of a window's name."""
    if name in ("full", "rule"):
        return FULL_WINDOW if name == "full" else own
    shortest, margin = name.split("/")
    return WindowRule(margin_s=float(margin), minimum_s=float(shortest))


def whisper(settings: TranscribeSettings, window: str) -> SharedEngine:
    """Return the shared engine on the wanted weights, with a window of our choice. Raises ModelMissingError."""
    found = find_model(settings.model, settings.models_dir, Hub())
    if found is None:
        raise ModelMissingError(f"«{settings.model}» is not on this machine: `callguard models pull {settings.model}`")

    def load() -> WhisperWeights:
        return WhisperWeights(
            found.folder,
            device=settings.device,
            compute_type=settings.compute_type,
            workers=WORKERS,
            limits=GuardLimits(),
            vocabulary=settings.vocabulary,
            vocabulary_tokens=settings.vocabulary_tokens,
        )

    rules = EngineRules(
        workers=WORKERS,
        batch=4,
        queue=1024,
        partial_interval_ms=250,
        window=window_rule(window, found.window),
        limits=GuardLimits(),
        inventions=load_inventions(),
    )
    info = EngineInfo(name=f"whisper {found.name}", is_fallback=False, detail="benchmark")
    return SharedEngine(load, ThreadPoolExecutor(WORKERS, thread_name_prefix="transcribe"), info, rules, SystemClock())


async def measure(engine: Transcriber, utterances: Sequence[Said], line: Line, language: str) -> Tally:
    """Have all utterances written down, some at once, and count."""
    chance = np.random.default_rng(7)
    tally = Tally()
    counts = engine.counts if isinstance(engine, SharedEngine) else None
    retried = counts.retried if counts else 0
    for number, heard in enumerate(_rounds(utterances)):
        requests = [_request(number * ROUND + place, line(said.samples, chance), language) for place, said in enumerate(heard)]
        began = time.perf_counter()
        transcripts = await asyncio.gather(*(engine.transcribe(request) for request in requests))
        tally.took_s += time.perf_counter() - began
        for said, request, transcript in zip(heard, requests, transcripts, strict=True):
            _count(tally, said, transcript)
            engine.end_call(request.speech.call_id)  # the next line brings other audio under the same name
    tally.retried = counts.retried - retried if counts else 0
    return tally


def _rounds(utterances: Sequence[Said]) -> Iterator[Sequence[Said]]:
    yield from (utterances[start : start + ROUND] for start in range(0, len(utterances), ROUND))


def _count(tally: Tally, said: Said, transcript: Transcript | None) -> None:
    heard = plain_words(transcript.text) if transcript else ()
    tally.utterances += 1
    tally.words += len(said.words)
    tally.errors += word_errors(said.words, heard)
    tally.empty += not heard
    tally.unreliable += transcript is not None and not transcript.is_reliable


def _request(number: int, samples: Samples, language: str) -> Request:
    segment = SpeechSegment(
        call_id=f"utterance {number}",
        channel=Role.CALLER,
        segment=0,
        start_sample=0,
        end_sample=len(samples),
        cut=CutReason.SILENCE,
        times=StepTimes(),
        samples=samples,
    )
    far_ns = time.monotonic_ns() + 3_600_000_000_000
    return Request(speech=segment, priority=Priority.CALLER, deadline_ns=far_ns, language=language)


def read_folder(folder: Path, most: int) -> list[Said]:
    """Read the pairs of a folder at our rate."""
    found = []
    for wav in sorted(folder.glob("*.wav"))[: most or None]:
        samples, rate_hz = soundfile.read(wav, dtype="float32", always_2d=True)
        words = plain_words(wav.with_suffix(".txt").read_text(encoding="utf-8"))
        found.append(Said(soxr.resample(samples[:, 0], rate_hz, RATE_HZ), words))
    return found


async def run(args: argparse.Namespace, utterances: Sequence[Said]) -> list[dict[str, Any]]:
    """Measure every window on every line; print as it goes."""
    settings = TranscribeSettings(engine=args.engine, model=args.model, vocabulary=tuple(args.vocabulary))
    rows = []
    for window in args.windows if args.engine == "whisper" else ["-"]:
        engine: Transcriber
        engine = whisper(settings, window) if args.engine == "whisper" else await build_transcriber(settings, SystemClock())
        await engine.start()
        for name in args.lines:
            tally = await measure(engine, utterances, LINES[name], args.language)
            row = {
                "engine": engine.info.name,
                "window": window,
                "line": name,
                "word_error": round(tally.word_error, 4),
                "retried": tally.retried,
                "unreliable": tally.unreliable,
                "empty": tally.empty,
                "utterances": tally.utterances,
                "per_second": round(tally.utterances / tally.took_s, 2),
            }
            print(
                f"{window:10}{name:10}{tally.word_error:10.1%}{tally.retried:9}{tally.unreliable:12}{tally.empty:7}"
                f"{row['per_second']:8.1f}",
                flush=True,
            )
            rows.append(row)
        await engine.close()
    return rows


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--engine", choices=("whisper", "pocketsphinx"), default="whisper")
    parser.add_argument("--model", default="base.en", help="name, or folder of a CTranslate2 model")
    parser.add_argument("--windows", nargs="+", default=["full", "rule"], metavar="WINDOW")
    parser.add_argument("--lines", nargs="+", choices=LINES, default=list(LINES))
    parser.add_argument("--language", default="en")
    parser.add_argument("--vocabulary", nargs="+", default=[], metavar="NAME", help="names that Whisper should expect")
    parser.add_argument("--most", type=int, default=0, help="utterances; 0 for all")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    args = parser.parse_args()
    utterances = read_folder(args.folder, args.most)
    print(f"{args.engine} {args.model if args.engine == 'whisper' else ''}: {len(utterances)} utterances of {args.folder}")
    print(f"{'window':10}{'line':10}{'words':>10}{'retried':>9}{'unreliable':>12}{'empty':>7}{'per s':>8}")
    rows = asyncio.run(run(args, utterances))
    if args.json:
        print(json.dumps({"rows": rows}))


if __name__ == "__main__":
    main()

"""One command for a machine with a GPU: large teachers, then the small encoder with their help, within a number of minutes.

`python -m training.teach --minutes 9` trains a teacher and the student and leaves `network.pt` in `--out`, where
`training.export` takes it. Each teacher lies in a folder of its own below it. Every run measures its own pace and fits its steps
to its part of the minutes; what one has taken too much, the next one lacks.
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from training.distil import Distillation, refuse_too_large
from training.fit import SEED, Course, Lessons, check_shares, data_options, device_of, lessons_of, train, workers_for
from training.network import encoder_folder, pretrained_folder
from training.pace import Pace

TEACHER = "sentence-transformers/all-mpnet-base-v2"
GUESSED_STEPS = 4000
"""Stands until the pace is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Readings of the clock by which each run must be over."""

    teachers_s: tuple[float, ...]
    student_s: float


def timetable(now_s: float, until_s: float, *, teachers: int, student_share: float) -> Timetable:
    """Divide the time that is left: a share for the student, which comes last, and the rest among the teachers."""
    each_s = (until_s - now_s) * (1 - student_share) / max(teachers, 1)
    return Timetable(teachers_s=tuple(now_s + each_s * number for number in range(1, teachers + 1)), student_s=until_s)


def teach(arguments: argparse.Namespace, lessons: Lessons, *, until_s: float) -> None:
    """Train the teachers and then the student."""
    device = device_of(arguments.device)
    student = encoder_folder(arguments.student) if arguments.student else pretrained_folder()
    workers = workers_for(device) if arguments.workers is None else arguments.workers
    encoders = [encoder_folder(name) for name in arguments.encoder or [TEACHER] for _ in range(arguments.voices)]
    for encoder in encoders:
        refuse_too_large(encoder, device)
    times = timetable(time.monotonic(), until_s, teachers=len(encoders), student_share=arguments.student_share)
    runs = [arguments.out / f"teacher-{number}" for number in range(1, len(encoders) + 1)]
    for number, (encoder, run, run_until_s) in enumerate(zip(encoders, runs, times.teachers_s, strict=True)):
        print(f"teacher {number + 1} of {len(runs)}", flush=True)
        course = Course(
            encoder=encoder, out=run, pace=Pace(GUESSED_STEPS, until_s=run_until_s), rate=arguments.teacher_rate,
            every=arguments.every, batch=arguments.teacher_batch, seed=SEED + number, device=device, workers=workers,
            dropout=arguments.teacher_dropout,
        )  # fmt: skip
        train(course, lessons)
    print("student", flush=True)
    course = Course(
        encoder=student, out=arguments.out, pace=Pace(GUESSED_STEPS, until_s=times.student_s), rate=arguments.rate,
        every=arguments.every,
        batch=arguments.batch, seed=SEED + len(runs), device=device, workers=workers, teachers=tuple(runs),
        distillation=Distillation(temperature=arguments.temperature, weight=arguments.trust), dropout=arguments.dropout,
        blends=arguments.blends, start=arguments.start,
    )  # fmt: skip
    train(course, lessons)


def parser_of() -> argparse.ArgumentParser:
    """Return the parser of the command; its defaults are those that version 7 came from (models/scorer/CARD.md)."""
    parser = argparse.ArgumentParser(description=__doc__)
    data_options(parser)
    parser.set_defaults(trust=2.0)
    parser.add_argument("--minutes", type=float, default=9.2, help="for everything, reading the data included")
    parser.add_argument("--student-share", type=float, default=0.54, help="of the minutes")
    parser.add_argument("--encoder", action="append", help=f"a teacher's folder or hub name, once each (default {TEACHER})")
    parser.add_argument("--voices", type=int, default=1, help="teachers of each encoder; they differ in their seed")
    parser.add_argument("--student", help="folder of the student's encoder, if it is not the installed MiniLM")
    parser.add_argument(
        "--start", type=Path, help="weights that the student goes on from (of the model that ships: training.restore)"
    )
    parser.add_argument("--out", type=Path, default=Path("build/taught"))
    parser.add_argument("--teacher-batch", type=int, default=256)
    parser.add_argument("--teacher-rate", type=float, default=8e-5)
    parser.add_argument("--teacher-dropout", type=float, default=0.1)
    parser.add_argument("--batch", type=int, default=384, help="the student's rows a step")
    parser.add_argument("--rate", type=float, default=4e-4, help="the student's")
    parser.add_argument("--dropout", type=float, default=0.1, help="the student's: a GPU reads every sentence some thirty times")
    parser.add_argument(
        "--blends", type=float, default=0.5, help="texts without labels, which the teachers judge, a share of our own"
    )
    parser.add_argument("--every", type=int, default=1000, help="steps between two points of the learning curves")
    return parser


def main() -> None:
    """Teach within the minutes."""
    parser = parser_of()
    arguments = parser.parse_args()
    check_shares(parser, {"--dropout": arguments.dropout, "--teacher-dropout": arguments.teacher_dropout,
                          "--student-share": arguments.student_share})  # fmt: skip
    until_s = time.monotonic() + 60 * arguments.minutes
    torch.set_num_threads(arguments.threads)
    teach(arguments, lessons_of(arguments.data), until_s=until_s)


if __name__ == "__main__":
    main()

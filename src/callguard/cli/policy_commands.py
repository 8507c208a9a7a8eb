"""`callguard policy …`: check a policy file, compare two, and see what another would have done on stored calls."""

import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.table import Table

from callguard.app.choices import choose_stored
from callguard.app.rescore import Change, Fate, rescore_calls
from callguard.cli.options import ConfigOption, JsonOption, require_files
from callguard.decide.policy import Policy, bundled_policies, diff_policies, load_policy
from callguard.decide.policy import check_policy as problems_of
from callguard.settings import load_settings

PolicyArgument = Annotated[str, typer.Argument(help="Name of a bundled policy, or a file.")]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    policy = typer.Typer(help="Policies: what is done about scores.", no_args_is_help=True)
    policy.command("check")(check)
    policy.command("diff")(diff)
    policy.command("use")(use)
    policy.command("schema")(schema)
    policy.command("rescore")(rescore)
    app.add_typer(policy, name="policy")


def check(name: PolicyArgument) -> None:
    """Say everything that is wrong with a policy, each with its line and remedy; exit 1 if there is anything."""
    path = bundled_policies().get(name, Path(name))
    require_files([path])
    problems = problems_of(path)
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    if not problems:
        policy = load_policy(name)
        Console(highlight=False, markup=False).print(f"{policy.label} is in order")
    raise typer.Exit(int(bool(problems)))


def use(name: PolicyArgument, *, config: ConfigOption = None) -> None:
    """Choose the policy of new calls, as an admin may in the console; a running server takes it up on SIGHUP."""
    policy = load_policy(name)
    text = bundled_policies().get(name, Path(name).expanduser()).read_text(encoding="utf-8")
    was = asyncio.run(choose_stored(load_settings(config), text))
    say = Console(highlight=False, markup=False, soft_wrap=True)
    say.print(f"{policy.label} is chosen instead of {was}. A running server takes it up for new calls on SIGHUP (kill -HUP PID).")


def schema() -> None:
    """Print the JSON Schema of policy files, for editors that complete and check them."""
    sys.stdout.write(orjson.dumps(Policy.model_json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n")


def diff(before: PolicyArgument, after: PolicyArgument) -> None:
    """Show what differs between two policies, one place a line."""
    for line in diff_policies(load_policy(before), load_policy(after)):
        sys.stdout.write(f"{line}\n")


def rescore(
    name: PolicyArgument,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many of the newest calls.")] = 1000,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Run stored calls through another policy and show which alerts would come, go or move."""
    changes = asyncio.run(rescore_calls(load_settings(config), load_policy(name), limit=limit))
    if json:
        for change in changes:
            sys.stdout.write(orjson.dumps(change.as_row()).decode() + "\n")
        return
    _print(changes)


def _print(changes: list[Change]) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for title in ("call", "fate", "before", "after", "category", "words"):
        table.add_column(title, overflow="fold")
    for change in changes:
        if change.fate is not Fate.STAYS:
            row = change.as_row()
            table.add_row(
                *(
                    str(row[name]) if row[name] is not None else ""
                    for name in ("call_id", "fate", "before_s", "after_s", "category", "because")
                )
            )
    console = Console(highlight=False, markup=False)
    console.print(table)
    count = Counter(change.fate.value for change in changes)
    console.print(", ".join(f"{count[fate.value]} {fate.value}" for fate in Fate))

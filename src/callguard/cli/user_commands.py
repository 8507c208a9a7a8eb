"""`callguard users …`: who may log in."""

import asyncio
import secrets
from typing import Annotated

import typer
from rich.console import Console

from callguard.app.installation import change_password, new_user, user_list
from callguard.cli.options import ConfigOption
from callguard.settings import load_settings
from callguard.terms import StaffRole

NameArgument = Annotated[str, typer.Argument(help="Log-in name.")]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    users = typer.Typer(help="Who may log in.", no_args_is_help=True)
    users.command("add")(add_user)
    users.command("password")(set_password)
    users.command("list")(list_users)
    app.add_typer(users, name="users")


def add_user(
    name: NameArgument,
    role: Annotated[StaffRole, typer.Option(help="agent, senior, qa or admin.")] = StaffRole.AGENT,
    display_name: Annotated[str, typer.Option(help="How others see them.")] = "",
    team: Annotated[str, typer.Option()] = "",
    config: ConfigOption = None,
) -> None:
    """Add somebody and print the password made for them."""
    password = secrets.token_urlsafe(12)
    asyncio.run(new_user(load_settings(config), name=name, display_name=display_name, role=role, team=team, password=password))
    Console(highlight=False, markup=False).print(f"{name} may log in as {role} with password {password} (shown once)")


def set_password(name: NameArgument, config: ConfigOption = None) -> None:
    """Give somebody a new password, print it, and end their sessions."""
    password = secrets.token_urlsafe(12)
    asyncio.run(change_password(load_settings(config), name, password))
    Console(highlight=False, markup=False).print(f"{name} may log in with password {password} (shown once)")


def list_users(config: ConfigOption = None) -> None:
    """List who may log in."""
    console = Console(highlight=False, markup=False)
    for user in asyncio.run(user_list(load_settings(config))):
        console.print(f"{user.name:20} {user.role:7} {user.team:12} {user.display_name}")

"""Write docs/settings.md: every setting with its default, from callguard's own tree. Run it after a setting has changed."""

from pathlib import Path

from callguard.settings import DELIMITER, PREFIX, describe_settings

FILE = Path(__file__).parent.parent / "docs" / "settings.md"
HEAD = """# Settings

Arguments go before variables, these before the TOML file (`--config`, or the variable `CALLGUARD_CONFIG`), and that before
defaults. `taps.twilio.port` is `port` under `[taps.twilio]` in the file and the variable `CALLGUARD_TAPS__TWILIO__PORT`; lists
and tables in variables are JSON. An unknown name stops the start. `callguard doctor --settings` prints the same list;
`deploy/callguard.toml` has what an installation sets first. Secrets belong into variables.

`[notify.webhooks.NAME]` has `url`, `secret`, `previous_secret`, `kinds` and `with_words` (docs/webhooks.md).
"""


def page() -> str:
    """Return the page."""
    parts: dict[str, list[str]] = {}
    for variable, default, description in describe_settings():
        name = variable.removeprefix(PREFIX).lower().replace(DELIMITER.lower(), ".")
        shown = f"`{default}`" if default else ""
        parts.setdefault(name.partition(".")[0] if "." in name else "", []).append(
            f"| `{name}` | {shown} | {description.replace('|', '&#124;')} |"
        )
    tables = [
        f"\n## {title or 'The whole'}\n\n| setting | default | what for |\n|---|---|---|\n" + "\n".join(rows) + "\n"
        for title, rows in parts.items()
    ]
    return HEAD + "".join(tables)


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")

"""How log lines look: constant text, then its fields."""

import logging

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class FieldsFormatter(logging.Formatter):
    """Writes the `extra` fields of a record behind its text, as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = "".join(f" {name}={value!r}" for name, value in vars(record).items() if name not in STANDARD)
        return super().format(record) + fields


def set_up(level: str = "warning") -> None:
    """Log to standard error: ours from `level` on, libraries' from warnings on."""
    handler = logging.StreamHandler()
    handler.setFormatter(FieldsFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("callguard").setLevel(level.upper())

"""Full text over utterances: FTS5 in SQLite, a GIN index over tsvector in PostgreSQL; both over text folded the same way."""

import re

from sqlalchemy import TextClause, text

from callguard.errors import InputError
from callguard.record.database import Database
from callguard.record.findings import folded

NAME = "utterance_words"
"""Of the virtual table or index; what it keeps for itself in SQLite begins with the same name."""
SQLITE = (
    "CREATE VIRTUAL TABLE utterance_words"
    " USING fts5(folded, content='utterances', content_rowid='utterance_id', tokenize='unicode61')",
    "CREATE TRIGGER utterance_words_added AFTER INSERT ON utterances BEGIN"
    " INSERT INTO utterance_words(rowid, folded) VALUES (new.utterance_id, new.folded); END",
    "CREATE TRIGGER utterance_words_gone AFTER DELETE ON utterances BEGIN"
    " INSERT INTO utterance_words(utterance_words, rowid, folded) VALUES ('delete', old.utterance_id, old.folded); END",
    "CREATE TRIGGER utterance_words_changed AFTER UPDATE OF folded ON utterances BEGIN"
    " INSERT INTO utterance_words(utterance_words, rowid, folded) VALUES ('delete', old.utterance_id, old.folded);"
    " INSERT INTO utterance_words(rowid, folded) VALUES (new.utterance_id, new.folded); END",
)
POSTGRES = ("CREATE INDEX utterance_words ON utterances USING gin (to_tsvector('simple', folded))",)
HAS_SQLITE = "utterances.utterance_id IN (SELECT rowid FROM utterance_words WHERE utterance_words MATCH :asked)"
HAS_POSTGRES = "to_tsvector('simple', utterances.folded) @@ to_tsquery('simple', :asked)"
ASKED = re.compile(r'"([^"]*)"?|(\S+)')
MOST_WORDS = 32
MERGE = text("INSERT INTO utterance_words(utterance_words, rank) VALUES ('merge', :pages)")
CHANGES = text("SELECT total_changes()")
PAGES = 64
LEAST_CHANGES = 2
"""Fewer, and there was nothing to merge: so SQLite's manual of FTS5."""


def index_statements(*, is_sqlite: bool) -> tuple[str, ...]:
    """Return what makes the index; the `utterances` table is there and empty."""
    return SQLITE if is_sqlite else POSTGRES


async def forget_deleted_words(database: Database) -> None:
    """Let the index of SQLite forget the words of deleted utterances, which it only marks until it merges its parts by chance.

    In small steps, so that what is said meanwhile is stored between two of them. PostgreSQL's autovacuum does the same there.
    """
    if not database.is_sqlite:
        return
    pages = -PAGES  # below 0 it begins with all parts
    while True:
        async with database.writing() as connection:
            before = await connection.scalar(CHANGES)
            await connection.execute(MERGE, {"pages": pages})
            if int(await connection.scalar(CHANGES) or 0) - int(before or 0) < LEAST_CHANGES:
                return
        pages = PAGES


def asked_words(words: str) -> list[tuple[list[str], bool]]:
    """Return phrases, each a list of folded words and whether the last of them is only the beginning of one.

    Raises InputError if there is nothing to look for, or too much.
    """
    phrases = []
    for quoted, single in ASKED.findall(words):
        parts = folded(quoted or single).split()
        if parts:
            phrases.append((parts, (quoted or single).endswith("*")))
    count = sum(len(parts) for parts, _ in phrases)
    if not 0 < count <= MOST_WORDS:
        raise InputError(f"«words» has {count} words to look for; expected 1 to {MOST_WORDS}")
    return phrases


def has_words(words: str, *, is_sqlite: bool) -> TextClause:
    """Return the condition that an utterance has these words. Raises InputError."""
    phrases = asked_words(words)
    if is_sqlite:
        asked = " AND ".join(f'"{" ".join(parts)}"{" *" if is_start else ""}' for parts, is_start in phrases)
        return text(HAS_SQLITE).bindparams(asked=asked)
    asked = " & ".join("(" + " <-> ".join(parts) + (":*" if is_start else "") + ")" for parts, is_start in phrases)
    return text(HAS_POSTGRES).bindparams(asked=asked)

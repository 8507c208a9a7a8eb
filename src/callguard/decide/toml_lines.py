"""Where a key stands in a TOML file, for messages: tomllib itself tells only where the syntax is broken."""

import re


def line_of(text: str, place: tuple[str | int, ...]) -> int:
    """Find the line of a key as well as one can without a parser that keeps places: the deepest table, then the key in it."""
    names = [str(part) for part in place if isinstance(part, str) and part != "[key]"]
    lines = text.splitlines()
    start = 0
    for depth in range(len(names), 0, -1):
        header = re.compile(rf"\s*\[+\s*{re.escape('.'.join(names[:depth]))}\s*\]+")
        found = next((number for number, line in enumerate(lines) if header.match(line)), None)
        if found is not None:
            start, names = found + 1, names[depth:]
            break
    if not names:
        return start
    key = re.compile(rf"\s*{re.escape(names[0])}\s*=")
    for number, line in enumerate(lines[start:], start + 1):
        if line.lstrip().startswith("["):
            break
        if key.match(line):
            return number
    return start

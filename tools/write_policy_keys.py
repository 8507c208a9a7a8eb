"""Write the keys of a policy file into docs/policy.md, from the classes that read it: `python tools/write_policy_keys.py`.

A test says when it is out of date.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from callguard.decide.policy import Policy

TARGET = Path(__file__).parents[1] / "docs" / "policy.md"
HEAD = "| key | default | what it is |\n|---|---|---|\n"
BAR = "\\|"
"""A bar that ends no cell."""
NAMED: Mapping[str, str] = {
    "thresholds": "CATEGORY",
    "cards": "TACTIC",
    "ladder": "ROW",
    "translations": "LANGUAGE",
    "translations.LANGUAGE.cards": "TACTIC",
    "translations.LANGUAGE.instructions": "ROW",
    "translations.LANGUAGE.checklist": "FIELD",
}
"""What stands for a name that is chosen in the file."""
SCHEMA = Policy.model_json_schema()
Node = Mapping[str, Any]


def target_of(node: Node) -> Node:
    """Return the part that a schema points to; itself if it points nowhere."""
    return SCHEMA["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node


def keys_of(part: Node, place: str = "") -> Iterator[tuple[str, Node, bool]]:
    """Yield (key, schema, whether it must be there) of everything that can be written under `place`."""
    for name, node in part["properties"].items():
        key = f"{place}.{name}" if place else name
        own, is_required = target_of(node), name in part.get("required", ())
        if own.get("type") == "array" and "properties" in target_of(own["items"]):
            yield key, node, is_required
            yield from keys_of(target_of(own["items"]), f"{key}[]")
        elif own.get("type") == "object" and key in NAMED:
            yield f"{key}.{NAMED[key]}", node, is_required
            inner = own["additionalProperties"] if "additionalProperties" in node else next(iter(own["properties"].values()))
            if "properties" in target_of(inner):
                yield from keys_of(target_of(inner), f"{key}.{NAMED[key]}")
        elif "properties" in own:
            yield from keys_of(own, key)
        else:
            yield key, node, is_required


def default_of(node: Node, *, is_required: bool) -> str:
    """Return what holds where the key is not there, and between what it may lie."""
    default = node.get("default")
    if is_required:
        text = "(needed)"
    elif isinstance(default, bool):
        text = f"`{str(default).lower()}`"
    elif isinstance(default, list | tuple):
        text = ", ".join(f"`{one}`" for one in (sorted(default) if node.get("uniqueItems") else default))
    else:
        text = f"`{default}`" if default not in (None, "") else ""
    if "maximum" in node:
        least = node.get("minimum", node.get("exclusiveMinimum"))
        text += f", {'above ' if 'exclusiveMinimum' in node else ''}{least} to {node['maximum']}"
    return text


def table() -> str:
    """Return the table."""
    rows = (
        f"| `{key}` | {default_of(node, is_required=is_required)} | {' '.join(node['description'].split()).replace('|', BAR)} |\n"
        for key, node, is_required in keys_of(SCHEMA)
    )
    return HEAD + "".join(rows)


def parts_of(text: str) -> tuple[str, str, str]:
    """Return what stands before the table, the table, and what stands after it."""
    start = text.index(HEAD)
    end = text.index("\n\n", start) + 1
    return text[:start], text[start:end], text[end:]


if __name__ == "__main__":
    before, _, after = parts_of(TARGET.read_text(encoding="utf-8"))
    TARGET.write_text(before + table() + after, encoding="utf-8")

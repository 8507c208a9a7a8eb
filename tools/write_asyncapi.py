"""Write what goes over the consoles' WebSocket as AsyncAPI, from the event classes: `python tools/write_asyncapi.py`.

The file lies in the package, which serves it; docs/asyncapi.yaml points to it. A test says when it is out of date.
"""

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from callguard import terms
from callguard.deliver.ports import Health
from callguard.wire import TYPE_NAMES

TARGET = Path(__file__).parents[1] / "src" / "callguard" / "deliver" / "asyncapi.yaml"
Schema = dict[str, Any]

INTRODUCTION = (
    "Events of calls as they happen. Connect with the session's cookie or a bearer token, `since` the last event that you know: "
    "what you missed comes first, in order and without doubles. Agents get the events of their own calls only, senior staff "
    "those of their team's calls and of calls to which they are called, of others only that they run and alert; admins get "
    "none. Codes that close the socket: 4401 not logged in; 1013 too slow, reconnect and resume; 1011 the store is failing; 1008 "
    "the request comes from the page of another site."
)

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer"}
TIME: Schema = {"type": "string", "format": "date-time"}
PLAIN: Mapping[Any, Schema] = {str: TEXT, int: COUNT, float: NUMBER, bool: {"type": "boolean"}, datetime: TIME}


def wire_name(name: str) -> str:
    """Return the name of a field as it is sent: the rule of `wire.py`."""
    return f"{name.removesuffix('_sample')}_s" if name.endswith("_sample") else name.removeprefix("is_")


def of_type(kind: Any) -> Schema:
    """Return the schema of a field's type."""
    if kind in PLAIN:
        return dict(PLAIN[kind])
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return {"type": "array", "items": of_type(parts[0])}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": of_type(parts[1])}
    if isinstance(kind, types.UnionType):
        return {"oneOf": [of_type(part) for part in parts if part is not types.NoneType] + [{"type": "null"}]}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    return of_class(kind, named=wire_name)


def of_class(kind: Any, *, named: Any) -> Schema:
    """Return the schema of a dataclass."""
    hints = typing.get_type_hints(kind)
    properties = {
        named(field.name): NUMBER if field.name.endswith("_sample") else of_type(hints[field.name])
        for field in dataclasses.fields(kind)
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def message(name: str, summary: str, schema: Schema) -> Schema:
    """Return one message; `type` says which it is."""
    properties = {"type": {"const": name}} | schema["properties"]
    return {
        "name": name,
        "summary": summary,
        "payload": {"type": "object", "required": ["type", *schema["required"]], "properties": properties},
    }


def own(**properties: Schema) -> Schema:
    """Return the schema of a message that is no event."""
    return {"required": list(properties), "properties": properties}


def messages() -> dict[str, Schema]:
    """Return everything that callguard sends."""
    health = of_class(Health, named=str)
    who = {"user": TEXT, "display_name": TEXT, "role": of_type(terms.StaffRole)}
    hello = own(seq=COUNT, **who, server_time=TIME, health=health)
    found = {
        "hello": message("hello", "The first message: who is connected and after which event the others come.", hello),
        "beat": message("beat", "Every 10 s: the line is alive, and how the guard stands.", own(server_time=TIME, health=health)),
        "missed": message(
            "missed", "Events that cannot be had: load the state of things by GET /api/live.", own(from_seq=COUNT, to_seq=COUNT)
        ),
        "staff": message(
            "staff",
            "GET /api/colleagues answers something else now: somebody was changed (edited), or senior staff came or went.",
            own(edited={"type": "boolean"}),
        ),
        "error": message("error", "A message of yours was not understood.", own(code=TEXT, message=TEXT)),
    }
    for kind, name in TYPE_NAMES.items():
        schema = of_class(kind, named=wire_name)
        schema["properties"] = {"seq": COUNT, "at": TIME} | schema["properties"]
        schema["required"] = ["seq", "at", *schema["required"]]
        found[name] = message(name, (inspect.getdoc(kind) or "").partition("\n")[0], schema)
    return found


def document() -> Schema:
    """Return the whole description."""
    sent = messages()
    drawn = message("drawn", "An event is on the screen: it ends the latency budget.", own(seq=COUNT))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "callguard's consoles",
            "version": "1",
            "description": INTRODUCTION,
        },
        "channels": {
            "console": {
                "address": "/ws",
                "bindings": {
                    "ws": {
                        "query": {
                            "type": "object",
                            "properties": {
                                "since": {"type": "integer", "minimum": 0, "description": "The last event that you know."}
                            },
                        }
                    }
                },
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in [*sent, "drawn"]},
            }
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/console"},
                "messages": [{"$ref": f"#/channels/console/messages/{name}"} for name in sent],
            },
            "hear": {
                "action": "receive",
                "channel": {"$ref": "#/channels/console"},
                "messages": [{"$ref": "#/channels/console/messages/drawn"}],
            },
        },
        "components": {"messages": sent | {"drawn": drawn}},
    }


class _Plain(yaml.SafeDumper):  # type: ignore[misc]  # a library without types
    """Writes equal parts out instead of pointing from one to the other."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the library calls by name
        return True


def written() -> str:
    """Return the file's text."""
    return str(yaml.dump(document(), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=130))


if __name__ == "__main__":
    TARGET.write_text(written())

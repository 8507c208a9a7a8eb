"""Describes in the OpenAPI document how errors are answered: in one form, for every route."""

from typing import Any

from fastapi import FastAPI

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "What went wrong, for programs and for people.",
    "properties": {
        "code": {
            "type": "string",
            "description": "Stable, such as «login», «access», «input», «not_found», «store» or «failed».",
        },
        "message": {"type": "string", "description": "What was found, what was expected and what to do, as an English sentence."},
    },
    "required": ["code", "message"],
}
FOREIGN = ("HTTPValidationError", "ValidationError")
"""The framework's own form, in which nothing is answered here."""
ANSWER = {
    "description": "Any error, with the status that fits it: 422 too, for a request of another form than described.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe_errors(web: FastAPI) -> None:
    """Put our own form of errors into the document in place of the framework's."""
    told = web.openapi

    def openapi() -> dict[str, Any]:
        document = told()
        schemas = document["components"]["schemas"]
        if "Problem" not in schemas:
            schemas["Problem"] = PROBLEM
            for name in FOREIGN:
                schemas.pop(name, None)
            for operation in _operations(document["paths"]):
                operation["responses"].pop("422", None)
                operation["responses"]["default"] = ANSWER
            for operation in _operations(document.get("webhooks", {})):  # answered by whoever subscribed
                operation["responses"].pop("422", None)
        return document

    web.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own documentation has it


def _operations(paths: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in paths.values() for operation in methods.values()]

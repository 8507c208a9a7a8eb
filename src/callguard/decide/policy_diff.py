"""Two policies, place by place."""

from typing import Any

from pydantic import BaseModel

from callguard.operations import PolicyChange

NOTHING = "(none)"


def compare(before: BaseModel, after: BaseModel) -> list[PolicyChange]:
    """Return every place at which two policies differ, in order of the places."""
    old, new = _flat(before.model_dump(mode="json")), _flat(after.model_dump(mode="json"))
    return [
        PolicyChange(place=place, was=str(old.get(place, NOTHING)), now=str(new.get(place, NOTHING)))
        for place in sorted({*old, *new})
        if old.get(place) != new.get(place)
    ]


def _flat(value: Any, place: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {
            name: item
            for key, part in value.items()
            for name, item in _flat(part, f"{place}.{key}" if place else str(key)).items()
        }
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {name: item for number, part in enumerate(value, 1) for name, item in _flat(part, f"{place}.{number}").items()}
    return {place: sorted(value) if place.endswith(".roles") else value}

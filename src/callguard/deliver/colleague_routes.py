"""Who is who: the names behind log-ins, and which senior staff are at their consoles."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from callguard.deliver.access import Anybody
from callguard.deliver.services import Parts
from callguard.terms import StaffRole

router = APIRouter(prefix="/api", tags=["colleagues"])


class Colleague(BaseModel):
    """Somebody who works here, as far as colleagues are told."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str
    """Log-in name, as events carry it."""
    display_name: str
    role: StaffRole
    team: str
    is_on_duty: bool | None
    """Whether a console of theirs is open now; told of senior staff who can log in:
    nobody watches when agents come and go."""


@router.get("/colleagues")
async def colleagues(user: Anybody, parts: Parts) -> list[Colleague]:
    """List colleagues by name; agents are told of themselves and of senior staff, who come to their calls."""
    present = parts.hub.present
    return [
        Colleague(
            name=one.name,
            display_name=one.display_name,
            role=one.role,
            team=one.team,
            is_on_duty=one.name in present if one.role is StaffRole.SENIOR and not one.is_disabled else None,
        )
        for one in await parts.archive.users()
        if user.role is not StaffRole.AGENT or one.role is StaffRole.SENIOR or one.name == user.name
    ]

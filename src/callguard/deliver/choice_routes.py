"""What is chosen while the server runs: the policy that new calls get, and whether one wants cards."""

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from callguard.deliver.access import Admin, Anybody
from callguard.deliver.services import Parts, as_response

router = APIRouter(prefix="/api", tags=["choices"])


class SentPolicy(BaseModel, frozen=True, extra="forbid"):
    """A policy file, or the name of a bundled one."""

    text: str = Field(min_length=1, max_length=500_000, description="TOML, or the name of a bundled policy.")


class Prompts(BaseModel, frozen=True, extra="forbid"):
    """Whether one wants cards."""

    is_on: bool


class PolicyChoices(BaseModel, frozen=True):
    """What forms may choose from; other words are refused by the routes that take them."""

    support: list[str] = Field(description="Kinds of support that an agent may be offered.")
    restriction_kinds: list[str] = Field(description="Kinds of restriction that may be proposed and decided.")
    longest_days: int = Field(description="The most days that a restriction lasts.")
    review_after_days: int = Field(description="Days until a restriction is looked at again, unless it is decided otherwise.")
    needs_consultation: bool = Field(description="Whether somebody must be asked before a restriction is decided.")


@router.get("/policy")
async def policy(_: Anybody, parts: Parts) -> Response:
    """Return which policy new calls get, and whom its tiers alert."""
    used = parts.choices.policy()
    tiers = [tier.name for tier in used.tiers]
    return as_response({"label": used.label, "summary": used.summary, "crisis_line": used.crisis_line, "tiers": tiers})


@router.get("/policy/choices")
async def policy_choices(_: Anybody, parts: Parts) -> PolicyChoices:
    """Return the kinds of support and of restriction that the policy of new calls names."""
    used = parts.choices.policy()
    return PolicyChoices(
        support=list(used.wrap_up.support),
        restriction_kinds=list(used.restriction.kinds),
        longest_days=used.restriction.longest_days,
        review_after_days=used.restriction.review_after_days,
        needs_consultation=used.restriction.needs_consultation,
    )


@router.post("/policy/check")
async def check_policy(_: Admin, sent: SentPolicy, parts: Parts) -> Response:
    """Return what is wrong with a policy and, if nothing is, what it would change."""
    problems = parts.choices.problems(sent.text)
    return as_response({"problems": problems, "changes": [] if problems else parts.choices.changes(sent.text)})


@router.post("/policy")
async def use_policy(admin: Admin, sent: SentPolicy, parts: Parts) -> Response:
    """Let new calls run under this policy; running calls end under their own, and every decision names its version."""
    return as_response({"label": await parts.choices.use_policy(sent.text, admin)})


@router.get("/me/prompts")
async def prompts(user: Anybody, parts: Parts) -> Response:
    """Return whether one wants cards."""
    return as_response({"is_on": parts.choices.shows_prompts(user.name)})


@router.put("/me/prompts")
async def switch_prompts(user: Anybody, wanted: Prompts, parts: Parts) -> Response:
    """Switch cards on or off: nobody is told, nothing follows from it, and alerts to senior staff go on."""
    await parts.choices.set_prompts(user.name, is_on=wanted.is_on)
    return as_response({"is_on": wanted.is_on})

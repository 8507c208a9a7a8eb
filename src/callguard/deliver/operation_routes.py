"""How the installation stands, for admins: taps, engine, latency budget, models, policies, retention, who covers which tier."""

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from callguard.deliver.access import Admin
from callguard.deliver.services import Parts
from callguard.operations import Budget, EngineRoom, ModelShelf, PolicyReport, PolicyVersion, RetentionStanding, TapStanding
from callguard.terms import StaffRole

router = APIRouter(prefix="/api", tags=["operations"])

LONGEST_POLICY = 500_000


class PolicyText(BaseModel, frozen=True):
    """One version of a policy, word for word."""

    label: str
    text: str


class SentText(BaseModel, frozen=True, extra="forbid"):
    """A policy to look at."""

    text: str = Field(min_length=1, max_length=LONGEST_POLICY, description="TOML.")


class Proposal(SentText, frozen=True, extra="forbid"):
    """A policy to keep."""

    note: str = Field(default="", max_length=2000, description="Why.")


class Labelled(BaseModel, frozen=True):
    """A policy's name and version."""

    label: str


class Colleague(BaseModel, frozen=True):
    """Somebody who can be alerted."""

    name: str
    display_name: str
    team: str
    is_here: bool
    """A console of theirs is connected now."""


class CoveredTier(BaseModel, frozen=True):
    """Who is alerted on one tier about the calls of one team."""

    tier: int
    name: str
    people: list[Colleague]


class CoveredTeam(BaseModel, frozen=True):
    """One team and its tiers."""

    team: str
    agents: int
    tiers: list[CoveredTier]


@router.get("/cover")
async def cover(_: Admin, parts: Parts) -> list[CoveredTeam]:
    """Say for each team who stands on which tier of the running policy, and who of them is connected now."""
    people = [user for user in await parts.archive.users() if not user.is_disabled]
    here = parts.hub.connected()
    seniors = [
        Colleague(name=user.name, display_name=user.display_name, team=user.team, is_here=user.name in here)
        for user in people
        if user.role is StaffRole.SENIOR
    ]
    agents = [user.team for user in people if user.role is StaffRole.AGENT]
    return [
        CoveredTeam(
            team=team,
            agents=agents.count(team),
            tiers=[
                CoveredTier(
                    tier=number,
                    name=tier.name,
                    people=[one for one in seniors if tier.reach == "all" or one.team == team],
                )
                for number, tier in enumerate(parts.choices.policy().tiers, 1)
            ],
        )
        for team in sorted(set(agents))
    ]


@router.get("/taps")
async def taps(_: Admin, request: Request, parts: Parts) -> list[TapStanding]:
    """Return each tap: where it listens, what came in, what was wrong, and how to connect a phone system to it."""
    return parts.operations.taps(parts.settings.public_url or str(request.base_url).rstrip("/"))


@router.get("/engine")
async def engine(_: Admin, parts: Parts) -> EngineRoom:
    """Return the load: each engine, what is given up, whether one more call would be taken, and how well each call is heard."""
    return parts.operations.engine_room()


@router.get("/budget")
async def budget(_: Admin, parts: Parts) -> Budget:
    """Return the latency budget's parts over the last minutes, each with its limit."""
    return parts.operations.budget()


@router.get("/models")
async def models(_: Admin, parts: Parts) -> ModelShelf:
    """Return the speech models: what is on disk, what runs, what is being fetched."""
    return await asyncio.get_running_loop().run_in_executor(parts.clerk, parts.operations.models.shelf)


@router.post("/models/{name}/pull", status_code=202)
async def pull_model(admin: Admin, name: str, parts: Parts) -> ModelShelf:
    """Begin to fetch a model; `GET /api/models` says how far it is. It is used from the next start on if the settings name it."""
    await parts.operations.models.pull(name, admin)
    return await models(admin, parts)


@router.post("/models/{name}/verify")
async def verify_model(admin: Admin, name: str, parts: Parts) -> ModelShelf:
    """Compare a model on disk with the checksums taken when it was pulled."""
    await parts.operations.models.verify(name, admin)
    return await models(admin, parts)


@router.get("/policies")
async def policies(_: Admin, parts: Parts) -> list[PolicyVersion]:
    """List all versions of policies: those that come with callguard, and those that were ever proposed or used."""
    return await parts.operations.policies.versions()


@router.post("/policies", status_code=201)
async def propose_policy(admin: Admin, proposal: Proposal, parts: Parts) -> Labelled:
    """Keep a version that nobody runs under yet. 400 says the first thing that is wrong with it."""
    return Labelled(label=await parts.operations.policies.propose(proposal.text, note=proposal.note, by=admin))


@router.post("/policies/report")
async def report_policy(_: Admin, sent: SentText, parts: Parts) -> PolicyReport:
    """Say everything that is wrong with a policy, with line and remedy, or what it would change against the running one."""
    return parts.operations.policies.report(sent.text)


@router.get("/policies/{label}")
async def read_policy(_: Admin, label: str, parts: Parts) -> PolicyText:
    """Return one version word for word."""
    return PolicyText(label=label, text=await parts.operations.policies.text(label))


@router.post("/policies/{label}/use")
async def use_policy(admin: Admin, label: str, parts: Parts) -> Labelled:
    """Let new calls run under this version; running calls end under their own, and the log says who did it."""
    return Labelled(label=await parts.operations.policies.use(label, admin))


@router.get("/retention")
async def retention(_: Admin, parts: Parts) -> RetentionStanding:
    """Return how long things are kept, and the last clean-up."""
    return await parts.operations.retention()

"""Whom an alert reaches: the team that its tier names, and everybody where a life or safety is at stake."""

from callguard.decide.policy import Policy, load_policy
from callguard.decide.policy_people import Tier
from callguard.events import Decision
from callguard.terms import Category, Reach
from tests.decide.stage import Stage, alerts


def policy(*reaches: Reach) -> Policy:
    tiers = tuple(Tier(name=f"tier {number}", reach=reach) for number, reach in enumerate(reaches, 1))
    return load_policy("standard").model_copy(update={"tiers": tiers})


def through_all_tiers(stage: Stage, said: list[Decision]) -> list[tuple[int, Reach]]:
    return [(one.tier, one.reach) for one in [*said, *alerts(stage.wait(600))]]


def test_an_alert_reaches_the_team_first_and_then_whom_each_tier_names() -> None:
    stage = Stage(policy(Reach.TEAM, Reach.TEAM, Reach.ALL))

    said = alerts(stage.caller(Category.HATE, at_s=5))

    assert through_all_tiers(stage, said) == [(1, Reach.TEAM), (2, Reach.TEAM), (3, Reach.ALL)]


def test_a_threat_panic_and_somebody_who_may_hurt_themselves_reach_everybody_at_once_whatever_the_tiers_say() -> None:
    only_teams = policy(Reach.TEAM, Reach.TEAM)
    threat, bomb, care, panic = Stage(only_teams), Stage(only_teams), Stage(only_teams), Stage(only_teams)

    said = [
        *alerts(threat.caller(Category.THREAT_PERSONAL, at_s=5)),
        *alerts(bomb.caller(Category.THREAT_GENERAL, at_s=5, final=False)),
        *alerts(care.caller(Category.SELF_HARM, at_s=5)),
        *alerts(panic.help(at_s=5, panic=True)),
    ]

    assert [(one.category, one.reach) for one in said] == [
        ("threat_personal", Reach.ALL),
        ("threat_general", Reach.ALL),
        ("self_harm", Reach.ALL),
        ("panic", Reach.ALL),
    ]
    assert alerts(threat.wait(600))[0].reach is Reach.ALL


def test_help_that_an_agent_asks_for_reaches_their_team_first() -> None:
    stage = Stage(policy(Reach.TEAM, Reach.ALL))

    assert through_all_tiers(stage, alerts(stage.help(at_s=5))) == [(1, Reach.TEAM), (2, Reach.ALL)]


def test_a_further_tier_never_reaches_fewer_people() -> None:
    stage = Stage(policy(Reach.ALL, Reach.TEAM))

    assert through_all_tiers(stage, alerts(stage.caller(Category.HATE, at_s=5))) == [(1, Reach.ALL), (2, Reach.ALL)]

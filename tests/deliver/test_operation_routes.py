"""What admins read of the installation, over HTTP."""

from typing import Any

from tests.deliver.office import Office


async def test_cover_says_for_each_team_who_stands_on_which_tier_and_who_is_connected(office: Office) -> None:
    async with office.client("adam") as admin:
        red = {"role": "senior", "team": "red", "password": "a long password"}
        await admin.post("/api/users", json=red | {"name": "rosa"})
        await admin.post("/api/users", json=red | {"name": "gone"})
        await admin.patch("/api/users/gone", json={"is_disabled": True})
        ana = await office.store.user("ana")
        assert ana is not None
        with office.hub.listen(ana):
            (blue,) = (await admin.get("/api/cover")).json()
    assert (blue["team"], blue["agents"]) == ("blue", 2)
    tiers = {tier["name"]: {one["name"]: one["is_here"] for one in tier["people"]} for tier in blue["tiers"]}
    reaches = [tier.reach for tier in office.choices.policy().tiers]
    expected: list[dict[str, bool]] = [{"ana": True} if reach == "team" else {"ana": True, "rosa": False} for reach in reaches]
    assert list(tiers.values()) == expected


async def test_taps_and_engine_and_budget_are_told(office: Office) -> None:
    async with office.client("adam") as admin:
        taps = (await admin.get("/api/taps")).json()
        engine = (await admin.get("/api/engine")).json()
        budget = (await admin.get("/api/budget")).json()
    assert [tap["name"] for tap in taps] == ["twilio", "audiosocket"]
    assert engine["ladder"][0] == {"step": "no_agent_partials", "is_there": True, "is_now": True, "is_chosen": False}
    decode = next(step for step in budget["steps"] if step["step"] == "decode")
    assert (decode["limit_ms"], decode["p95_ms"], decode["over_ms"]) == (250, 290.0, 40.0)


async def test_a_policy_is_reported_on_proposed_read_and_used(office: Office) -> None:
    async with office.client("adam") as admin:
        broken = (await admin.post("/api/policies/report", json={"text": "nothing"})).json()
        assert broken["problems"]
        assert (await admin.post("/api/policies", json={"text": "nothing"})).status_code == 400
        assert (await admin.post("/api/policies", json={"text": "sound", "note": "calmer"})).json() == {"label": "standard 2"}
        assert (await admin.get("/api/policies/standard 2")).json() == {"label": "standard 2", "text": "sound"}
        assert (await admin.post("/api/policies/standard%202/use")).json() == {"label": "standard 2"}
        listed: list[dict[str, Any]] = (await admin.get("/api/policies")).json()
    assert [one["label"] for one in listed if one["is_running"]] == ["standard 2"]


async def test_fetching_a_model_begins_at_once_and_the_shelf_says_how_far_it_is(office: Office) -> None:
    async with office.client("adam") as admin:
        answer = await admin.post("/api/models/small.en/pull")
        await admin.post("/api/models/base.en/verify")
        models = {one["name"]: one for one in (await admin.get("/api/models")).json()["models"]}
    assert answer.status_code == 202
    assert models["small.en"]["pull"]["state"] == "running"
    assert models["base.en"]["checked"] == "sound"


async def test_every_answer_is_described_for_those_who_build_on_it(office: Office) -> None:
    openapi = office.web.openapi()
    for path in ("/api/taps", "/api/engine", "/api/budget", "/api/models", "/api/policies", "/api/retention", "/api/cover"):
        answer = openapi["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert "$ref" in str(answer), path

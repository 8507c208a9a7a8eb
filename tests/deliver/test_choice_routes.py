from tests.deliver.office import Office


async def test_a_policy_is_checked_before_it_is_used_and_both_say_what_is_wrong(office: Office) -> None:
    async with office.client("adam") as adam:
        good = (await adam.post("/api/policy/check", json={"text": "sound"})).json()
        bad = (await adam.post("/api/policy/check", json={"text": "broken"})).json()
        used = await adam.post("/api/policy", json={"text": "sound"})
        refused = await adam.post("/api/policy", json={"text": "broken"})

    assert good == {"problems": [], "changes": ["version: 1 → 2"]}
    assert bad == {"problems": ["line 1: it is not sound"], "changes": []}
    assert (used.json(), office.choices.used) == ({"label": "sound 2"}, [("sound", "adam")])
    assert (refused.status_code, refused.json()["message"]) == (400, "line 1: it is not sound")


async def test_everybody_sees_which_policy_holds_and_whom_it_alerts(office: Office) -> None:
    async with office.client("sam") as sam:
        shown = (await sam.get("/api/policy")).json()

    assert shown["label"] == "standard 1"
    assert shown["tiers"][0] == "senior staff of the team"


async def test_forms_learn_what_the_policy_lets_them_choose(office: Office) -> None:
    async with office.client("sam") as sam:
        shown = (await sam.get("/api/policy/choices")).json()

    assert shown["support"] == ["a talk with your team lead", "counselling", "other duties for a while"]
    assert "in writing only" in shown["restriction_kinds"]
    assert (shown["longest_days"], shown["review_after_days"], shown["needs_consultation"]) == (180, 90, True)


async def test_an_agent_switches_their_own_cards_and_nobody_is_told(office: Office) -> None:
    async with office.client("sam") as sam, office.client("priya") as priya:
        await sam.put("/api/me/prompts", json={"is_on": False})
        mine, hers = (await sam.get("/api/me/prompts")).json(), (await priya.get("/api/me/prompts")).json()

    assert (mine, hers) == ({"is_on": False}, {"is_on": True})
    assert office.desk.acts == []
    assert office.published == []

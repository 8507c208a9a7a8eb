"""Admins add, change, disable and reset people; a one-time password opens nothing but the choice of one's own."""

from typing import Any

import httpx

from callguard.deliver.people_routes import ONE_TIME_LASTS
from tests.deliver.office import PASSWORD, Office

ZOE = {"name": "zoe", "display_name": "Zoe Q.", "role": "agent", "team": "red"}
OWN = "my very own password"


async def added(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """Add Zoe and return the answer."""
    answer = await client.post("/api/users", json=ZOE | fields)
    assert answer.status_code == 201, answer.text
    person: dict[str, Any] = answer.json()
    return person


async def log_in(client: httpx.AsyncClient, name: str, password: str, new_password: str = "") -> httpx.Response:
    return await client.post("/api/login", json={"name": name, "password": password, "new_password": new_password})


async def test_a_one_time_password_is_exchanged_for_ones_own_and_then_works_no_more(office: Office) -> None:
    async with office.client("adam") as admin, office.client() as zoe:
        one_time = (await added(admin))["one_time_password"]
        refused = await log_in(zoe, "zoe", one_time)
        assert (refused.status_code, refused.json()["code"]) == (403, "choose_password")
        assert (await zoe.get("/api/me")).status_code == 401
        assert (await log_in(zoe, "zoe", one_time, one_time)).status_code == 400
        assert (await log_in(zoe, "zoe", one_time, "short")).status_code == 400
        assert (await log_in(zoe, "zoe", one_time, OWN)).status_code == 200
        assert (await zoe.get("/api/me")).json()["name"] == "zoe"
        assert (await log_in(zoe, "zoe", one_time, OWN)).status_code == 401
        assert (await log_in(zoe, "zoe", OWN)).status_code == 200
        listed = {person["name"]: person for person in (await admin.get("/api/users")).json()}
        assert listed["zoe"]["one_time_until"] is None


async def test_a_one_time_password_is_over_after_a_week(office: Office) -> None:
    async with office.client("adam") as admin, office.client() as zoe:
        one_time = (await added(admin))["one_time_password"]
        await office.clock.advance(ONE_TIME_LASTS.total_seconds())
        answer = await log_in(zoe, "zoe", one_time, OWN)
    assert (answer.status_code, answer.json()["message"]) == (403, "this one-time password is over; ask an admin for another")


async def test_a_disabled_person_is_out_at_once_and_comes_back_when_enabled(office: Office) -> None:
    async with office.client("adam") as admin, office.client("sam") as sam:
        assert (await admin.patch("/api/users/sam", json={"is_disabled": True})).json()["is_disabled"] is True
        assert (await sam.get("/api/me")).status_code == 401
        refused = await log_in(sam, "sam", PASSWORD)
        assert (refused.status_code, refused.json()["message"]) == (403, "this log-in is disabled; ask an admin")
        assert (await log_in(sam, "sam", "wrong")).status_code == 401
        await admin.patch("/api/users/sam", json={"is_disabled": False})
        assert (await log_in(sam, "sam", PASSWORD)).status_code == 200


async def test_another_role_ends_the_sessions_of_the_old_one_and_another_team_does_not(office: Office) -> None:
    async with office.client("adam") as admin, office.client("ana") as ana:
        await admin.patch("/api/users/ana", json={"team": "red", "display_name": "Ana Ruiz"})
        assert (await ana.get("/api/me")).json()["team"] == "red"
        await admin.patch("/api/users/ana", json={"role": "agent"})
        assert (await ana.get("/api/me")).status_code == 401


async def test_the_last_admin_cannot_be_disabled_or_made_something_else(office: Office) -> None:
    async with office.client("adam") as admin:
        for change in ({"is_disabled": True}, {"role": "qa"}):
            answer = await admin.patch("/api/users/adam", json=change)
            assert (answer.status_code, answer.json()["code"]) == (400, "input")
        await added(admin, role="admin")
        assert (await admin.patch("/api/users/zoe", json={"is_disabled": True})).status_code == 200
        assert (await admin.patch("/api/users/adam", json={"role": "qa"})).status_code == 400
        await admin.patch("/api/users/zoe", json={"is_disabled": False})
        assert (await admin.patch("/api/users/adam", json={"role": "qa"})).status_code == 200


async def test_a_reset_ends_the_sessions_and_gives_a_one_time_password(office: Office) -> None:
    async with office.client("adam") as admin, office.client("sam") as sam:
        one_time = (await admin.post("/api/users/sam/reset")).json()["one_time_password"]
        assert (await sam.get("/api/me")).status_code == 401
        assert (await log_in(sam, "sam", PASSWORD)).status_code == 401
        assert (await log_in(sam, "sam", one_time, OWN)).status_code == 200


async def test_what_admins_do_to_people_and_tokens_is_written_down_without_any_secret(office: Office) -> None:
    async with office.client("adam") as admin:
        one_time = (await added(admin))["one_time_password"]
        await admin.patch("/api/users/zoe", json={"role": "senior", "team": "blue"})
        await admin.patch("/api/users/zoe", json={"team": "blue"})
        await admin.post("/api/users/zoe/reset")
        token = (await admin.post("/api/tokens", json={"name": "pbx", "scope": "tap"})).json()["token"]
        assert (await admin.get("/api/tokens")).json() == [{"name": "pbx", "scope": "tap"}]
        await admin.delete("/api/tokens/pbx")
        log = (await admin.get("/api/audit")).json()
    assert [(entry["who"], entry["what"], entry["subject"]) for entry in reversed(log)] == [
        ("adam", "user.add", "zoe"),
        ("adam", "user.change", "zoe"),
        ("adam", "user.reset", "zoe"),
        ("adam", "token.add", "pbx"),
        ("adam", "token.end", "pbx"),
    ]
    assert log[3]["detail"] == "role: agent → senior; team: red → blue"
    assert one_time not in str(log)
    assert token not in str(log)


async def test_one_team_stays_one_however_its_name_was_typed(office: Office) -> None:
    typed = ("Köln Süd", "  Ko\u0308ln\u00a0 Su\u0308d ")  # as one system writes letters, and as another does, with stray spaces
    async with office.client("adam") as admin, office.client("quentin") as qa:
        zoe = await added(admin, team=typed[0])
        kit = await added(admin, name="kit", role="senior", team=typed[1], display_name=" Kit  K. ", password=PASSWORD)
        none = (await admin.patch("/api/users/zoe", json={"team": " "})).json()["team"]
        back = (await admin.patch("/api/users/zoe", json={"team": typed[1]})).json()["team"]
        nameless = await admin.patch("/api/users/zoe", json={"display_name": " "})
        teams = (await qa.get("/api/search/teams")).json()
    assert {zoe["team"], kit["team"], back} == {"Köln Süd"}
    assert (none, kit["display_name"], nameless.status_code) == ("", "Kit K.", 422)
    assert "Köln Süd" in teams
    assert len(teams) == 2

from pathlib import Path

from callguard.deliver.access import COOKIE
from callguard.deliver.throttle import TRIES_PER_NAME
from tests.deliver.office import PASSWORD, Office, open_office


async def test_logging_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(office: Office) -> None:
    async with office.client() as client:
        answer = await client.post("/api/login", json={"name": "ana", "password": PASSWORD})
        cookie = answer.headers["set-cookie"]
        assert answer.json() == {"name": "ana", "display_name": "Ana", "role": "senior", "team": "blue"}
        assert cookie.startswith(f"{COOKIE}=")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert (await client.get("/api/me")).json()["role"] == "senior"
        await client.post("/api/logout")
        assert (await client.get("/api/me")).status_code == 401


async def test_behind_https_the_cookie_is_secure(tmp_path: Path) -> None:
    office = await open_office(tmp_path, public_url="https://callguard.test")
    async with office.client() as client:
        client.headers["Origin"] = "https://callguard.test"
        answer = await client.post("/api/login", json={"name": "ana", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]
    await office.close()


async def test_a_wrong_password_and_an_unknown_name_look_the_same(office: Office) -> None:
    async with office.client() as client:
        wrong = await client.post("/api/login", json={"name": "ana", "password": "wrong"})
        unknown = await client.post("/api/login", json={"name": "nobody", "password": "wrong"})
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 401


async def test_guessing_is_slowed_down(office: Office) -> None:
    async with office.client() as client:
        for _ in range(TRIES_PER_NAME):
            await client.post("/api/login", json={"name": "ana", "password": "wrong"})
        answer = await client.post("/api/login", json={"name": "ana", "password": PASSWORD})
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
        assert int(answer.headers["retry-after"]) > 0
        await office.clock.advance(16 * 60)
        assert (await client.post("/api/login", json={"name": "ana", "password": PASSWORD})).status_code == 200


async def test_another_site_cannot_log_a_browser_in(office: Office) -> None:
    async with office.client() as client:
        client.headers["Origin"] = "http://evil.test"
        answer = await client.post("/api/login", json={"name": "ana", "password": PASSWORD})
    assert answer.status_code == 403


async def test_an_admin_adds_people_who_can_then_log_in(office: Office) -> None:
    zoe = {"name": "zoe", "display_name": "Zoe Q.", "role": "agent", "team": "red", "password": "a long password"}
    async with office.client("adam") as client:
        added = await client.post("/api/users", json=zoe)
        zoe_now = {name: value for name, value in zoe.items() if name != "password"} | {
            "is_disabled": False,
            "one_time_until": None,
        }
        assert added.json() == zoe_now | {"one_time_password": ""}
        assert (await client.post("/api/users", json=zoe)).status_code == 400
        listed = (await client.get("/api/users")).json()
        assert "zoe" in {user["name"] for user in listed}
        assert not any("hash" in key for user in listed for key in user)
    async with office.client() as client:
        answer = await client.post("/api/login", json={"name": "zoe", "password": "a long password"})
    assert answer.status_code == 200


async def test_everybody_changes_their_own_password(office: Office) -> None:
    async with office.client("sam") as client:
        change = {"old": PASSWORD, "new": "another long password"}
        assert (await client.post("/api/me/password", json=change)).status_code == 200
        assert (await client.get("/api/me")).status_code == 401
        answer = await client.post("/api/login", json={"name": "sam", "password": change["new"]})
    assert answer.status_code == 200


async def test_a_password_is_guessed_no_faster_by_whoever_found_a_console_open(office: Office) -> None:
    async with office.client("sam") as client:
        wrong, right = ({"old": old, "new": "another long password"} for old in ("a guess", PASSWORD))
        guesses = [(await client.post("/api/me/password", json=wrong)).status_code for _ in range(TRIES_PER_NAME)]
        answer = await client.post("/api/me/password", json=right)
        assert guesses == [403] * TRIES_PER_NAME
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
        await office.clock.advance(16 * 60)
        assert (await client.post("/api/me/password", json=right)).status_code == 200


async def test_a_token_is_shown_once_and_can_be_revoked(office: Office) -> None:
    async with office.client("adam") as client:
        made = (await client.post("/api/tokens", json={"name": "crm", "scope": "qa"})).json()
        assert (await client.post("/api/tokens", json={"name": "crm", "scope": "qa"})).status_code == 400
        bearer = {"Authorization": f"Bearer {made['token']}"}
        assert (await client.get("/api/me", headers=bearer)).json()["name"] == "crm"
        assert (await client.delete("/api/tokens/crm")).status_code == 200
        assert (await client.get("/api/me", headers=bearer)).status_code == 401

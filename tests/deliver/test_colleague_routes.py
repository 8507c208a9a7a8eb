from tests.deliver.office import Office


async def test_senior_staff_find_colleagues_by_name_team_and_whether_they_are_there(office: Office) -> None:
    async with office.served() as address, office.socket(address, "ana") as console, office.client("ana") as client:
        await console.recv()  # hello: she is connected
        people = {one["name"]: one for one in (await client.get("/api/colleagues")).json()}
    assert set(people) == {"adam", "ana", "priya", "quentin", "sam"}
    assert people["ana"] == {"name": "ana", "display_name": "Ana", "role": "senior", "team": "blue", "is_on_duty": True}
    assert people["sam"]["is_on_duty"] is None  # nobody watches when agents come and go


async def test_an_agent_is_told_of_themselves_and_of_senior_staff(office: Office) -> None:
    async with office.client("sam") as client:
        people = (await client.get("/api/colleagues")).json()
    assert [(one["name"], one["is_on_duty"]) for one in people] == [("ana", False), ("sam", None)]

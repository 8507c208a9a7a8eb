from tests.deliver.office import Office


async def test_a_letter_is_judged_and_what_wants_an_answer_is_numbered(office: Office) -> None:
    async with office.client("sam") as client:
        kind = (await client.post("/api/score", json={"text": "where is my refund"})).json()
        rude = (await client.post("/api/score", json={"text": "a rude letter", "language": "de"})).json()

    assert (kind["to_answer"], kind["labels"], kind["keywords_only"]) == ([0], [], False)
    assert (rude["to_answer"], rude["labels"], rude["keywords_only"]) == ([], ["rudeness"], True)
    assert rude["sentences"][0]["text"] == "a rude letter"


async def test_a_letter_needs_a_log_in_and_words(office: Office) -> None:
    async with office.client("sam") as client:
        empty = await client.post("/api/score", json={"text": "  "})
    async with office.client() as stranger:
        refused = await stranger.post("/api/score", json={"text": "hello"})

    assert (empty.status_code, refused.status_code) == (400, 401)

"""No number lies in clear, not even from an older callguard."""

import orjson
from sqlalchemy import text, update

from callguard.record.store import SqlStore
from callguard.record.tables import calls, events
from callguard.record.vault import Vault
from tests.fakes import call_started
from tests.record.journals import numbered

VAULT = Vault(bytes(32))
NUMBER = "+44 20 7946 0001"


async def have_old_call(store: SqlStore) -> None:
    """Store a call as an older callguard did: with the number in the body and nothing in the list."""
    (stored,) = numbered(call_started())
    await store.append([stored])
    body = orjson.dumps(orjson.loads(stored.body) | {"caller": NUMBER}).decode()
    async with store._database.writing() as connection:
        await connection.execute(update(events).values(body=body))
        await connection.execute(update(calls).values(caller=None))


async def test_a_number_in_clear_is_replaced_by_its_keyed_hash(store: SqlStore) -> None:
    await have_old_call(store)
    assert await store.old_numbers.seal(VAULT) == 1
    (event,) = await store.events_of_call("c1")
    key = VAULT.key_of(NUMBER)
    assert orjson.loads(event.body)["caller"] == key
    known, call = await store.register.caller(key), await store.call("c1")
    assert known is not None
    assert call is not None
    assert (VAULT.unseal(known.sealed), call.caller) == (NUMBER, key)


async def test_sealing_again_changes_nothing(store: SqlStore) -> None:
    await have_old_call(store)
    await store.old_numbers.seal(VAULT)
    assert await store.old_numbers.seal(VAULT) == 0


async def test_no_table_holds_the_number_afterwards(store: SqlStore) -> None:
    await have_old_call(store)
    await store.old_numbers.seal(VAULT)
    async with store._database.reading() as connection:
        for table in ("events", "calls", "callers"):
            rows = [str(row) for row in await connection.execute(text(f"SELECT * FROM {table}"))]
            assert rows
            assert not any("7946" in row for row in rows), table

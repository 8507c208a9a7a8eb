"""Takes the numbers out of what an older callguard stored in clear."""

import orjson
from sqlalchemy import select, update

from callguard.callers import is_caller_key
from callguard.record.database import Database
from callguard.record.register_files import RegisterFiles
from callguard.record.tables import calls, events
from callguard.record.vault import Vault

BATCH = 200


class OldNumbers:
    """Calls whose caller nobody has sealed yet."""

    def __init__(self, database: Database, register: RegisterFiles) -> None:
        self._database = database
        self._register = register

    async def seal(self, vault: Vault) -> int:
        """Put keyed hashes in the place of numbers and return how many calls were changed; safe to break off and repeat."""
        sealed = 0
        while batch := await self._unsealed():
            for call_id in batch:
                await self._seal_call(call_id, vault)
            sealed += len(batch)
        return sealed

    async def _unsealed(self) -> list[str]:
        query = select(calls.c.call_id).where(calls.c.caller.is_(None)).limit(BATCH)
        async with self._database.reading() as connection:
            return list(await connection.scalars(query))

    async def _seal_call(self, call_id: str, vault: Vault) -> None:
        query = select(events.c.seq, events.c.at, events.c.body)
        starts = query.where(events.c.call_id == call_id, events.c.type == "call_started")
        async with self._database.reading() as connection:
            rows = list(await connection.execute(starts))
        key = ""
        bodies: dict[int, str] = {}
        for row in rows:
            body = orjson.loads(row.body)
            number = body.get("caller", "")
            key = number if is_caller_key(number) else vault.key_of(number)
            if key != number:
                await self._register.saw(key, vault.seal(number), row.at)
            bodies[row.seq] = orjson.dumps(body | {"caller": key}).decode()
        async with self._database.writing() as connection:
            for seq, text in bodies.items():
                await connection.execute(update(events).where(events.c.seq == seq).values(body=text))
            await connection.execute(update(calls).where(calls.c.call_id == call_id).values(caller=key))

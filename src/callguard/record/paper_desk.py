"""Makes files of records: PDF, JSON, vCon and letters. Each one made is logged."""

from typing import Any

import orjson

from callguard.accounts import User
from callguard.callers import Restriction, RestrictionStatus
from callguard.cases import KEEPERS
from callguard.clock import Clock
from callguard.documents import Paper
from callguard.errors import AccessError, InputError
from callguard.record.caller_desk import CallerDesk
from callguard.record.incident_desk import IncidentDesk, Rules
from callguard.record.incident_paper import incident_blocks
from callguard.record.letters import answer_letter, restriction_letter
from callguard.record.paper import Block, Heading, Space, Text, render
from callguard.record.vcon import as_vcon

LETTER = 10.5
PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS


def letter_blocks(text: str) -> list[Block]:
    """Return a letter as it is set: sender, date, address and subject first, room for a signature at the end."""
    sender, date, address, subject, *body, name, reference = text.strip().split("\n\n")
    head: list[Block] = [Text(sender, size=LETTER), Space(10), Text(address, size=LETTER), Space(14), Text(date, size=LETTER)]
    foot: list[Block] = [Space(14), Text(name, size=LETTER), Text(reference, is_quiet=True)]
    return [*head, Space(4), Heading(subject), Space(2), *(Text(part, size=LETTER) for part in body), *foot]


class PaperDesk:
    """The office that makes files."""

    def __init__(self, incidents: IncidentDesk, callers: CallerDesk, *, rules: Rules, clock: Clock) -> None:
        self._incidents = incidents
        self._callers = callers
        self._rules = rules
        self._clock = clock

    async def incident(self, incident_id: str, user: User, *, form: str) -> Paper:
        """Return a record as «pdf», «json» or «vcon»."""
        view, versions = await self._incidents.for_export(incident_id, user, form=form)
        rules = self._rules()
        name = f"{incident_id}-v{view.summary.version}"
        if form == "pdf":
            footer = f"{rules.organisation} · {name} · confidential"
            content = render(
                incident_blocks(view, rules), title=f"Incident record {name}", author=rules.organisation, footer=footer
            )
            return Paper(name=f"{name}.pdf", media_type="application/pdf", content=content)
        if form == "json":
            whole: dict[str, Any] = {
                "schema": "callguard-incident-1",
                "summary": view.summary.model_dump(mode="json"),
                "versions": [version.model_dump(mode="json") for version in versions],
            }
            return Paper(name=f"{name}.json", media_type="application/json", content=orjson.dumps(whole, option=PRETTY))
        if form == "vcon":
            content = orjson.dumps(as_vcon(view, versions, rules), option=PRETTY)
            return Paper(name=f"{name}.vcon.json", media_type="application/vcon", content=content)
        raise InputError(f"«{form}» is no form of a record; expected pdf, json or vcon")

    async def answer_letter(self, incident_id: str, user: User, *, form: str) -> Paper:
        """Return a draft of the answer to the caller's complaint."""
        view, _ = await self._incidents.for_export(incident_id, user, form=f"letter {form}")
        text = answer_letter(view.content, self._rules(), self._clock.utc_now())
        return self._letter(text, f"{incident_id}-answer", form)

    async def restriction_letter(self, restriction_id: str, user: User, *, form: str) -> Paper:
        """Return a draft of the letter that tells a caller of a restriction.

        Raises InputError for one that was refused or lifted: the letter would say that it holds.
        """
        if user.role not in KEEPERS:
            raise AccessError(f"letters are not for the role «{user.role}»; ask somebody who is admin or senior")
        restriction: Restriction = await self._callers.restriction(restriction_id, user)
        if restriction.status in (RestrictionStatus.REFUSED, RestrictionStatus.LIFTED):
            raise InputError(f"this restriction is «{restriction.status}»; a letter would tell the caller that it holds")
        text = restriction_letter(restriction, self._rules(), self._clock.utc_now())
        return self._letter(text, f"restriction-{restriction_id[:8]}", form)

    def _letter(self, text: str, name: str, form: str) -> Paper:
        if form == "txt":
            return Paper(name=f"{name}.txt", media_type="text/plain; charset=utf-8", content=text.encode())
        blocks = letter_blocks(text)
        content = render(blocks, title="Letter (draft)", author=self._rules().organisation, footer="Draft: to be read and signed")
        return Paper(name=f"{name}.pdf", media_type="application/pdf", content=content)

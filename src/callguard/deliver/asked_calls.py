"""Which calls a request asks for: the filters that finding and exporting share."""

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AwareDatetime

from callguard.archive import AlertLife, CallQuery
from callguard.terms import Category, Tactic


def asked_calls(
    *,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    team: Annotated[str, Query(max_length=256)] = "",
    agent: Annotated[str, Query(max_length=256, description="Log-in name.")] = "",
    category: Annotated[list[Category] | None, Query(description="One of these; may be given several times.")] = None,
    min_severity: Annotated[int, Query(ge=0, le=4)] = 0,
    tactic: Tactic | None = None,
    life: AlertLife | None = None,
    help_after_s: Annotated[float | None, Query(ge=0, description="Help came later than this to an alert, or never.")] = None,
    verdict: Annotated[
        Literal["", "none", "right", "wrong", "too_late", "missed"], Query(description="One's own on something of the call.")
    ] = "",
    words: Annotated[
        str, Query(max_length=500, description='All in one utterance; "in quotes" together; wor* is a beginning.')
    ] = "",
) -> CallQuery:
    """Return what is asked for; every parameter that is given narrows it."""
    return CallQuery(
        since=since,
        until=until,
        team=team,
        agent=agent,
        categories=tuple(category or ()),
        min_severity=min_severity,
        tactic=tactic,
        life=life,
        help_after_s=help_after_s,
        verdict=verdict,
        words=words,
    )


Asked = Annotated[CallQuery, Depends(asked_calls)]

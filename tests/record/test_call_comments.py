from datetime import UTC, datetime

from callguard.incidents import CallComment
from callguard.record.store import SqlStore

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)


async def test_comments_come_back_in_their_order_and_by_call(store: SqlStore) -> None:
    first, second = (CallComment(call_id="c1", by="sam", at=AT, text=text) for text in ("I never said that.", "And once more."))
    for comment in (first, CallComment(call_id="c2", by="priya", at=AT, text="Fine."), second):
        await store.comments.add_comment(comment)

    assert await store.comments.comments_of("c1") == [first, second]
    assert await store.comments.comments_of("nowhere") == []


def test_no_log_shows_what_was_said() -> None:
    assert "never said" not in repr(CallComment(call_id="c1", by="sam", at=AT, text="I never said that."))

"""Notices on the wire: Apprise against a real HTTP server and a small SMTP server of ours."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes

import orjson
import pytest

from callguard.deliver.apprise_route import AppriseRoute
from callguard.deliver.notices import Notice
from callguard.deliver.sending_ports import Receipt
from callguard.errors import SettingsError
from callguard.sendings import Channel
from tests.deliver.test_webhooks import headers_of, receiving
from tests.sendings import sending

NOTICE = Notice(title="callguard: urgent alert", body="An agent needs help on a call.")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@asynccontextmanager
async def mail_server(letters: list[bytes], *, refuses: bool = False) -> AsyncIterator[int]:
    """Take letters by SMTP, and lend the port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                letters.append(await reader.readuntil(b"\r\n.\r\n"))
            writer.write(b"550 no\r\n" if refuses and word == b"RCPT" else b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                break
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


async def told(url: str, *, timeout_s: float = 10) -> Receipt:
    route = AppriseRoute(url, "duty", timeout_s=timeout_s, give_up_after=timedelta(hours=1))
    try:
        notice = sending(channel=Channel.NOTICE, route="duty").model_copy(update={"payload": NOTICE.text()})
        return await route.send(notice)
    finally:
        await route.close()


async def test_a_notice_arrives_over_http() -> None:
    requests: list[bytes] = []
    async with receiving(OK, requests) as url:
        receipt = await told(url.replace("http", "json", 1))
    body = orjson.loads(headers_of(requests[0])[1])
    assert receipt == Receipt()
    assert (body["title"], body["message"]) == (NOTICE.title, NOTICE.body)


async def test_a_notice_arrives_by_mail_under_our_name() -> None:
    letters: list[bytes] = []
    async with mail_server(letters) as port:
        receipt = await told(
            f"mailto://127.0.0.1:{port}?from=guard@office.example&to=duty@office.example&mode=insecure&format=text"
        )
    (letter,) = [message_from_bytes(each) for each in letters]
    assert receipt == Receipt()
    assert letter["Subject"] == NOTICE.title
    assert "duty@office.example" in letter["To"]
    content = letter.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert NOTICE.body.encode() in content
    assert b"pprise" not in letters[0].replace(b"X-Application", b"")


async def test_a_service_that_refuses_is_a_failed_attempt_that_names_no_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with mail_server([], refuses=True) as port:
        receipt = await told(f"mailto://127.0.0.1:{port}?from=guard@office.example&to=duty@office.example&mode=insecure")
    assert "did not take it" in receipt.error
    assert "duty@" not in receipt.error + caplog.text


async def test_a_service_that_says_nothing_costs_the_time_out_and_no_more() -> None:
    async with receiving(b"", [], holds=True) as url:
        receipt = await told(url.replace("http", "json", 1) + "?cto=0.2&rto=0.2", timeout_s=2)
    assert receipt.error


@pytest.mark.parametrize("url", ["", "carrier-pigeon://secret@roof", "json://a.example, json://secret.example"])
def test_a_url_that_nobody_knows_is_refused_and_not_repeated(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(SettingsError, match="route «duty»") as caught:
        AppriseRoute(url, "duty", timeout_s=1, give_up_after=timedelta(hours=1))
    assert "secret" not in str(caught.value) + caplog.text

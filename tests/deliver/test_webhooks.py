"""A webhook on the wire: who sent it, what it says, and what becomes of a receiver that misbehaves."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from callguard.deliver.sending_ports import Receipt
from callguard.deliver.webhooks import WebhookRoute, secret_bytes, signature
from callguard.errors import SettingsError
from tests.clocks import HandClock
from tests.sendings import sending

KEY = bytes(range(32))
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


@asynccontextmanager
async def receiving(answer: bytes, requests: list[bytes], *, holds: bool = False) -> AsyncIterator[str]:
    """Answer every request on a real port, and lend its address; with `holds` the connection stays open."""
    done = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        requests.append(head + await reader.readexactly(length))
        writer.write(answer)
        await writer.drain()
        if holds:
            await done.wait()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks"
        done.set()


async def tried(url: str, *keys: bytes, timeout_s: float = 5.0) -> Receipt:
    route = WebhookRoute(url, keys or (KEY,), HandClock(), at_once=1, timeout_s=timeout_s, give_up_after=timedelta(hours=1))
    try:
        return await route.send(sending())
    finally:
        await route.close()


def headers_of(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    rows = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    return {name.lower(): value for name, _, value in rows}, body


async def test_the_receiver_can_verify_who_sent_it_as_the_documentation_says() -> None:
    requests: list[bytes] = []
    async with receiving(OK, requests) as url:
        receipt = await tried(url)
    headers, body = headers_of(requests[0])
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    made = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert receipt == Receipt()
    assert headers["webhook-signature"] == f"v1,{made}"
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", "1795183380")
    assert (headers["content-type"], body) == ("application/json", b'{"number":1}')


def test_the_signature_is_that_of_the_conventions() -> None:
    key = secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "crm")
    made = signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_while_a_secret_changes_both_sign() -> None:
    requests: list[bytes] = []
    async with receiving(OK, requests) as url:
        await tried(url, KEY, bytes(32))
    headers, _ = headers_of(requests[0])
    assert [part[:3] for part in headers["webhook-signature"].split(" ")] == ["v1,", "v1,"]


@pytest.mark.parametrize(
    ("answer", "error", "is_final"),
    [
        (b"HTTP/1.1 500 Oops\r\ncontent-length: 6\r\n\r\nsecret", "answered 500", False),
        (b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", "answered 410", True),
        (
            b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            "redirects are not followed",
            False,
        ),
        (b"no http at all\r\n\r\n", "not reached (RemoteProtocolError)", False),
    ],
    ids=["500", "410", "302", "nonsense"],
)
async def test_what_is_not_a_yes_is_a_failed_attempt_without_the_receivers_words(
    answer: bytes, error: str, is_final: bool
) -> None:
    requests: list[bytes] = []
    async with receiving(answer, requests) as url:
        receipt = await tried(url)
    assert error in receipt.error
    assert "secret" not in receipt.error
    assert receipt.is_final is is_final
    assert len(requests) == 1


async def test_an_answer_without_end_is_not_read() -> None:
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\nxxxx"
    async with receiving(endless, [], holds=True) as url:
        assert await tried(url) == Receipt()


async def test_a_receiver_that_says_nothing_costs_the_time_out_and_no_more() -> None:
    async with receiving(b"HTTP/1.1 200", [], holds=True) as url:
        assert (await tried(url, timeout_s=0.05)).error in ("no answer within 0.05 s", "not reached (ReadTimeout)")


async def test_a_receiver_that_is_not_there_is_a_failed_attempt() -> None:
    assert (await tried("http://127.0.0.1:1/hooks")).error == "not reached (ConnectError)"


@pytest.mark.parametrize(("secret", "complaint"), [("short", "5 bytes"), ("whsec_*", "no base64"), ("whsec_YWJj", "3 bytes")])
def test_a_secret_that_guards_nothing_is_refused_and_not_repeated(secret: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint) as caught:
        secret_bytes(secret, "crm")
    assert secret not in str(caught.value)

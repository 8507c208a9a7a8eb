"""Sends notices to people through Apprise: e-mail, SMS and chat by one URL each. Nothing else imports it."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

from apprise import Apprise, AppriseAsset, PersistentStoreMode

from callguard.deliver.notices import read_notice
from callguard.deliver.sending_ports import Receipt
from callguard.errors import SettingsError
from callguard.sendings import Sending

REFUSED: Final = "the service did not take it; check the address, the password and its limits"
ROOM_S: Final = 5.0
"""On top of what the library allows itself: it looks at its own clock between steps only."""


class AppriseRoute:
    """One address, with one thread: services want their messages one after the other, and some want pauses between them."""

    at_once = 1

    def __init__(self, url: str, name: str, *, timeout_s: float, give_up_after: timedelta) -> None:
        """Read the URL once. Raises SettingsError for one that Apprise does not know."""
        # It logs URLs that it cannot read, and those hold passwords.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        self._timeout_s = timeout_s
        self._give_up_after = give_up_after
        self._apprise = Apprise(asset=_asset())
        if not self._apprise.add(url) or len(self._apprise) != 1:
            raise SettingsError(
                f"route «{name}» is no single URL that Apprise knows; expected such as mailtos://… or sms://… for one service "
                "(a route each for several)"
            )
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"notice-{name}")

    @property
    def give_up_after(self) -> timedelta:
        """Age at which a notice is of no use any more."""
        return self._give_up_after

    async def send(self, sending: Sending) -> Receipt:
        """Try once."""
        notice = read_notice(sending.payload)
        trying = asyncio.get_running_loop().run_in_executor(self._thread, self._notify, notice.title, notice.body)
        try:
            async with asyncio.timeout(self._timeout_s + ROOM_S):
                is_sent = await trying
        except TimeoutError:
            return Receipt(error=f"not sent within {self._timeout_s:g} s")
        return Receipt(error="" if is_sent else REFUSED)

    async def close(self) -> None:
        """Let the thread end by itself; an attempt under way has a time-out of its own."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _notify(self, title: str, body: str) -> bool:
        return bool(self._apprise.notify(body=body, title=title, timeout=self._timeout_s))


def _asset() -> AppriseAsset:
    """Return how the library is to behave: our name, nothing on the disk, no redirects, no templates or plugins of others."""
    return AppriseAsset(
        app_id="callguard",
        app_desc="callguard",
        app_url="",
        storage_mode=PersistentStoreMode.MEMORY,
        http_redirects=False,
        secure_logging=True,
        async_mode=False,
    )

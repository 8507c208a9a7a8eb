"""What the routes about browsers as a source need: the tap that takes them, as narrow as it can be."""

from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from callguard.announced import LANGUAGE


class NewLine(BaseModel):
    """One party's browser."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    call_id: Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[0-9A-Za-z._-]+$")]
    """The softphone's own id of the call, the same for both parties and another one each time."""
    party: Literal["caller", "agent"]
    sdp: str = Field(min_length=1, max_length=65_536)
    """The browser's offer with all its candidates: one audio section that sends the microphone and hears what callguard says."""
    agent: str = Field(default="", max_length=256)
    """The agent's log-in name; it decides who sees the call. Taken from whichever party comes first."""
    caller: str = Field(default="", max_length=512)
    """The caller's number or account."""
    line: str = Field(default="", max_length=200)
    """Queue or page on which the call came."""
    language: str = Field(default="", max_length=35, pattern=LANGUAGE)
    """BCP 47 tag, such as «en»; empty: `taps.language`."""
    replaces: str = Field(default="", max_length=64)
    """The `line_id` that this party had before its page was loaded again: that line gives way at once."""


class WebLines(Protocol):
    """The tap that takes browsers."""

    async def open(self, new: NewLine, call_id: str) -> tuple[str, str]:
        """Return (line id, answer). Raises InputError, CapacityError, or NotFoundError where the tap is switched off."""
        ...

    async def hang_up(self, line_id: str) -> None:
        """Take a party's goodbye. Raises NotFoundError."""
        ...

"""What every part of a policy file is."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Read once, checked, and never changed: an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

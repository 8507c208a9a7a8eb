"""What is kept after a call is kept and handed out as documents."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """Read back from the store and handed to people; never changed in place."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A file made for somebody."""

    name: str
    media_type: str
    content: bytes

"""What every part of the settings is made of."""

from pydantic import BaseModel


class Branch(BaseModel, frozen=True, extra="forbid"):
    """A part of the tree that belongs to one step."""

"""What every part of a policy file is."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Read once, checked, never changed; an unknown key is refused. A key's docstring describes it in the schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, use_attribute_docstrings=True)

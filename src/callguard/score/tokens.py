"""Text and the turns before it as the token numbers that the encoder reads; training and run time share it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tokenizers import Tokenizer

from callguard.errors import ModelMissingError
from callguard.terms import Role

TEXT_TOKENS: Final = 48
ALL_TOKENS: Final = 64
CONTEXT_TURNS: Final = 2


def as_turn(speaker: Role, text: str) -> str:
    """Return an earlier turn in the form that the model was trained on: «agent: …» or «caller: …».

    Speakers that cannot be told apart count as the caller: their words are scored, too.
    """
    opening = Role.AGENT if speaker is Role.AGENT else Role.CALLER
    return f"{opening.value}: {text}"


class Tokens:
    """Cuts text into word pieces: «[CLS] text [SEP]», or «[CLS] text [SEP] earlier turns [SEP]»."""

    def __init__(self, path: Path, *, opening: str = "[CLS]", closing: str = "[SEP]") -> None:
        """Load a tokenizer.json; encoders that are trained may have other marks.

        Raises ModelMissingError if it is not there, is broken or lacks one of them.
        """
        try:
            # Not from_file, which raises a bare Exception for everything.
            self._tokenizer = Tokenizer.from_buffer(path.read_bytes())
        except OSError as error:
            raise ModelMissingError(
                f"no tokenizer at {path}; the wheel carries it: install callguard again, or run make train"
            ) from error
        except ValueError as error:
            raise ModelMissingError(f"{path} is broken ({error}); install callguard again, or run make train") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._opening = self._special(opening)
        self._closing = self._special(closing)

    def _special(self, name: str) -> int:
        number = self._tokenizer.token_to_id(name)
        if number is None:
            raise ModelMissingError(f"the scorer's tokenizer.json has no {name}; expected a BERT tokenizer")
        return number

    @property
    def size(self) -> int:
        """How many word pieces there are."""
        return int(self._tokenizer.get_vocab_size())

    def pieces(self, text: str) -> list[tuple[int, int, int]]:
        """Return (token, start, end) of every word piece of `text`."""
        found = self._tokenizer.encode(text, add_special_tokens=False)
        return [(token, start, end) for token, (start, end) in zip(found.ids, found.offsets, strict=True)]

    def numbers(self, text: str, context: Sequence[str] = ()) -> tuple[list[int], list[int]]:
        """Return token numbers and segment numbers (0 the text, 1 earlier turns), at most ALL_TOKENS of each.

        Of a long text the beginning is kept, of long earlier turns the end. The caller parts longer texts first.
        """
        said = self._tokenizer.encode(text, add_special_tokens=False).ids[:TEXT_TOKENS]
        numbers = [self._opening, *said, self._closing]
        segments = [0] * len(numbers)
        room = ALL_TOKENS - len(numbers) - 1
        earlier = " ".join(context[-CONTEXT_TURNS:]) if CONTEXT_TURNS else ""
        if earlier and room > 0:
            before = self._tokenizer.encode(earlier, add_special_tokens=False).ids[-room:]
            numbers += [*before, self._closing]
            segments += [1] * (len(before) + 1)
        return numbers, segments

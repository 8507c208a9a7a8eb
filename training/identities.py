"""Who people are, by kind: swapped at random while training, so that no group scores by being named."""

import random
import re

KINDS = (
    ("indian", "pakistani", "nigerian", "irish", "polish", "american", "chinese", "jamaican", "romanian", "turkish", "ghanaian",
     "bangladeshi", "somali", "french", "german", "russian", "mexican", "filipino", "welsh", "scottish"),
    ("muslim", "jewish", "christian", "hindu", "sikh", "catholic", "buddhist"),
    ("indians", "pakistanis", "nigerians", "irishmen", "poles", "americans", "jamaicans", "romanians",
     "turks", "somalis", "mexicans"),
    ("muslims", "jews", "christians", "hindus", "sikhs", "catholics"),
    ("black", "white", "asian", "african", "arab", "roma", "latino"),
    ("gay", "lesbian", "bisexual", "trans", "straight", "queer"),
    ("deaf", "blind", "disabled", "autistic"),
    ("woman", "man"),
    ("women", "men"),
    ("old", "young", "elderly"),
)  # fmt: skip
_KIND_OF = {term: kind for kind in KINDS for term in kind}
_TERM = re.compile(rf"\b(?:{'|'.join(sorted(_KIND_OF, key=len, reverse=True))})\b", re.IGNORECASE)


def swapped(text: str, rng: random.Random) -> str:
    """Return `text` with each term replaced by one of its kind, the same term by the same one."""
    chosen: dict[str, str] = {}

    def other(found: re.Match[str]) -> str:
        term = found.group().lower()
        if term not in chosen:
            chosen[term] = rng.choice(_KIND_OF[term])
        return chosen[term].capitalize() if found.group()[0].isupper() else chosen[term]

    return _TERM.sub(other, text)

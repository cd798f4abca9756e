"""How a sentence of a rule book begins when it goes on inside another sentence."""

from __future__ import annotations

import re

_ORDINARY = re.compile(
    r"(a|an|the|somebody|someone|anybody|anyone|everybody|one|you|your|whoever|it|this|they|there"
    r"|ein|eine[mnrs]?|der|das|de[mn]|die|jemand|jemande[mn]|du|deine?|deine[mnr]|wer|es|sie"
    r"|une?|quelqu\Wun|vous|votre|l[ae]s?|ils?|elles?|on|ce|el|los|una|alguien|quien|se|tu|esto)(\Ws)?(?=\s)"
)
"""Articles and pronouns, of all languages: a book needn't be in that of its reader. "IT" is none of them."""


def begun(sentence: str) -> str:
    """A sentence of wiifm's own as it goes on after a colon.

    >>> begun("How often")
    'how often'
    """
    return sentence[:1].lower() + sentence[1:]


def inside(sentence: str) -> str:
    """A sentence of a book, with a small first letter if its first word is ordinary; any other may be a name, or an abbreviation.

    >>> inside("Somebody's question is answered"), inside("GitHub got a push"), inside("IT closes a ticket")
    ("somebody's question is answered", 'GitHub got a push', 'IT closes a ticket')
    """
    small = begun(sentence)
    return small if _ORDINARY.match(small) else sentence

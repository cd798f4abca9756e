"""How a sentence of a rule book begins when it goes on inside another sentence."""

from __future__ import annotations

import re

_ORDINARY = re.compile(
    r"(a|an|the|somebody|someone|anybody|anyone|everybody|one|you|your|whoever"
    r"|ein|eine[mnrs]?|der|das|de[mn]|die|jemand|jemande[mn]|du|deine?|deine[mnr]|wer"
    r"|une?|quelqu\Wun|vous|votre|l[ae]s?|el|los|una|alguien|quien|se|tu)(\Ws)?(?=\s)",
    re.IGNORECASE,
)
"""Articles and pronouns, of all languages: a book needn't be in that of its reader."""


def inside(sentence: str) -> str:
    """A sentence of a book, with a small first letter if its first word is ordinary; any other may be a name, or an abbreviation.

    >>> inside("Somebody's question is answered"), inside("GitHub got a push"), inside("Jira closes a ticket")
    ("somebody's question is answered", 'GitHub got a push', 'Jira closes a ticket')
    """
    return sentence[:1].lower() + sentence[1:] if _ORDINARY.match(sentence) else sentence

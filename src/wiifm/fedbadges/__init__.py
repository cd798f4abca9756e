"""Convert rules of Fedora Badges, in YAML, into a rule book, and list what can't be converted, with the reasons.

A rule is a file with a ``trigger`` (which messages), ``criteria`` (how many of them) and a ``recipient`` (who gets the badge). Each rule becomes a
badge, each topic an event type, and each message one event for each person whom it names. docs/packs/fedora.md has the details.
"""

from wiifm.fedbadges.converting import Converted, convert
from wiifm.fedbadges.gaps import Gap
from wiifm.fedbadges.reading import read_rules

__all__ = ["Converted", "Gap", "convert", "read_rules"]

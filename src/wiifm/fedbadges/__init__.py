"""Rules of Fedora Badges, in YAML, as a rule book: what can be said, and of the rest which and why.

A rule is a file with a ``trigger`` (which messages), ``criteria`` (how many there must be) and a ``recipient`` (who gets the
badge). It becomes a badge; a topic becomes an event type, and a message an event for each person whom it names.
"""

from wiifm.fedbadges.converting import Converted, convert
from wiifm.fedbadges.reading import read_rules
from wiifm.fedbadges.sayable import Gap

__all__ = ["Converted", "Gap", "convert", "read_rules"]

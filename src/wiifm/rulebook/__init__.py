"""Rule books: gathered from TOML and plugins, checked as a whole, and frozen under a digest."""

from wiifm.rulebook.book import Measure, RuleBook, RuleKind

__all__ = ["Measure", "RuleBook", "RuleKind"]

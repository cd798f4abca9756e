"""Rule books: gathered from TOML and plugins, checked as a whole, and frozen under a digest."""

from wiifm.rulebook.book import RuleBook

__all__ = ["RuleBook"]

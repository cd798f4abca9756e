"""Rule books: read from TOML and plugins, merged, checked as a whole, and frozen with a digest."""

from wiifm.rulebook.book import RuleBook

__all__ = ["RuleBook"]

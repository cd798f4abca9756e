"""The built-in plugin, and the rule books that come with wiifm (packs)."""

"""The outbox: which notices each delivery was told, and what failed."""

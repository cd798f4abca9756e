"""Maintenance of a store as a whole: verify it, rescore it, export a member's data, erase a member."""

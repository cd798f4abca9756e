"""Stores: where an engine keeps what it must not lose."""

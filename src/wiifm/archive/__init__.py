"""Keeps in a store what an engine remembers, and recalls of it what a batch is about to touch."""

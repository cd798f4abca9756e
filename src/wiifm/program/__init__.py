"""A rule book, compiled: for each slot of an event the functions that decide, in the order in which they do."""

from wiifm.program.compile import Plan, Program, compile_book

__all__ = ["Plan", "Program", "compile_book"]

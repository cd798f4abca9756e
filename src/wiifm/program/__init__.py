"""A rule book, compiled: Python source for exactly this book, and the functions that it comes to."""

from wiifm.program.compile import LATE, Program, compile_book

__all__ = ["LATE", "Program", "compile_book"]

"""A rule book, compiled: Python source for exactly this book, and the functions that it comes to."""

from wiifm.program.compile import Program, Take, compile_book

__all__ = ["Program", "Take", "compile_book"]

"""Words for failures of plugins' functions: a function raised, or returned a value that isn't allowed.

No plugin may stop anything else, so these texts stand in receipts, as refusals with the reason ``fault``. When a
member is forgotten, ``unquoted_failure`` removes from them whatever the plugin may have quoted.
"""

from __future__ import annotations

import re
from functools import partial
from inspect import unwrap
from pathlib import Path
from traceback import walk_tb
from types import CodeType

from wiifm.deciding import Failure, note_failure
from wiifm.faults import FOREIGN_ERRORS, literal, origin

LONGEST_ERROR = 1_000
"""At most this many characters of a plugin's exception are kept."""


class WrongAnswer(Exception):
    """A plugin's function returned a value that isn't allowed; the message names the value and what was expected.

    >>> failure(WrongAnswer("the amount '5' is of the type str, no int or float"), len)
    "answered wrongly: the amount '5' is of the type str, no int or float"
    """


def failure(error: BaseException, function: object) -> str:
    """How a plugin's function failed, for receipts: what it raised and in which of its own lines, or what it returned.

    The text is the same in each process, since a store keeps it. So it has no file; that is noted beside it, in the batch that is being
    decided.

    >>> failure(ValueError(object()), len)
    'raised ValueError(<object object>)'
    """
    if isinstance(error, WrongAnswer):
        text, how = f"{_WRONGLY}: {error}", _WRONGLY
    else:
        line, how = _line_in(function, error), f"raised {type(error).__name__}"
        text = f"raised {literal(error, LONGEST_ERROR)}" + (f", in line {line}" if line else "")
    name = origin(function)
    note_failure((_last_word(name), text), Failure(f"{name} {how}", _place_of(error, function)))
    return text


def failure_in(detail: str) -> tuple[str, str]:
    """The name of the function that failed, and the text of :func:`failure`, as they stand in the detail of a refusal; empty if there are none.

    >>> failure_in("its test acme:long raised KeyError('words'), in line 9")
    ('acme:long', "raised KeyError('words'), in line 9")
    """
    found = _FAILED.search(detail)
    if found is None:
        return "", ""
    return _last_word(detail[: found.start()].rstrip(",")), detail[found.start() + 1 :]


def _last_word(text: str) -> str:
    return text.rpartition(" ")[2]


def _place_of(error: BaseException, function: object) -> str:
    """The file and line where a plugin's function failed: where its package raised, or else where the function begins."""
    code = _code_of(function)
    if place := place_in(error, module_of(function)):
        return place
    if code is None or not _is_file(code.co_filename):
        return ""
    return f"{_file_name(code.co_filename)}, line {code.co_firstlineno}"


def raised(error: BaseException, package: str, most: int = 200) -> str:
    """What a plugin raised, with the place in its package, for messages that no store keeps.

    >>> raised(KeyError("unit"), "wiifm_lunch")
    "KeyError('unit')"
    """
    place = place_in(error, package)
    shown: object = SyntaxError(error.msg) if isinstance(error, SyntaxError) else error
    return literal(shown, most) + (f" ({place})" if place else "")


def place_in(error: BaseException, package: str) -> str:
    """The file and line of the innermost frame of a package in which an error was raised; "" if there is none in a file.

    Of a syntax error it is the place in the text.
    """
    if isinstance(error, SyntaxError) and _is_file(error.filename):
        return f"{_file_name(str(error.filename))}, line {error.lineno}"
    top = package.partition(".")[0]
    for frame, line in reversed([*walk_tb(error.__traceback__)]):
        file = frame.f_code.co_filename
        if str(frame.f_globals.get("__name__")).partition(".")[0] == top and _is_file(file):
            return f"{_file_name(file)}, line {line}"
    return ""


def _file_name(path: str) -> str:
    """The name of a file, that of an ``__init__.py`` with its package."""
    file = Path(path)
    return f"{file.parent.name}/{file.name}" if file.name == "__init__.py" else file.name


def _is_file(name: object) -> bool:
    """Whether the name of a source is that of a file, not one such as ``<stdin>``."""
    return isinstance(name, str) and not name.startswith("<")


def module_of(function: object) -> str:
    """The module that a function, or the class of an object, was defined in; of a partial function that of the function."""
    while isinstance(function, partial):
        function = function.func
    return str(getattr(function, "__module__", None))


def _line_in(function: object, error: BaseException) -> int | None:
    """The line of the function's file in which it raised, or called what raised; None if unknown, as for a function in C."""
    code, trace = _code_of(function), error.__traceback__
    if code is None:
        return None
    while trace is not None and trace.tb_frame.f_code is not code:
        trace = trace.tb_next
    return None if trace is None else trace.tb_lineno


def _code_of(function: object) -> CodeType | None:
    """The code of a function in Python, or of an object that is called like one; None if it has none."""
    try:
        inner = unwrap(function)  # type: ignore[arg-type]
        code = getattr(inner, "__code__", None) or getattr(type(inner).__call__, "__code__", None)
    except FOREIGN_ERRORS:  # its attributes may be foreign code, too
        return None
    return code if isinstance(code, CodeType) else None


_ERASED = "; what it said was erased"
_WRONGLY = "answered wrongly"
_FAILED = re.compile(f" (?:raised |{_WRONGLY}(?=: |; ))")


def unquoted(error: str) -> str:
    """The text of a foreign exception, reduced to its type: its message may quote personal data.

    >>> unquoted("KeyError('thanks for the map')"), unquoted("<Shy, which cannot be shown>")
    ('KeyError; what it said was erased', 'a fault; what it said was erased')
    >>> unquoted("KeyError; what it said was erased"), unquoted("KeyError('ann raised a hand')")
    ('KeyError; what it said was erased', 'KeyError; what it said was erased')
    """
    if error.endswith(_ERASED):
        return error
    kind = re.match(r"\w+(?=\()", error)
    return f"{kind[0] if kind else 'a fault'}{_ERASED}"


def unquoted_failure(detail: str) -> str:
    """The detail of a refusal, without the message or the value of a plugin's function that failed.

    A detail that doesn't report such a failure stays as it is.

    >>> unquoted_failure("its test acme:long raised KeyError('thanks for the map'), in line 9")
    'its test acme:long raised KeyError; what it said was erased'
    >>> unquoted_failure("the measure m, acme:read, answered wrongly: the value 'thanks for the map' is ...")
    'the measure m, acme:read, answered wrongly; what it said was erased'
    """
    found = _FAILED.search(detail)
    if found is None:
        return detail
    if found[0].endswith(_WRONGLY):
        return detail[: found.end()] + _ERASED
    return detail[: found.end()] + unquoted(detail[found.end() :])

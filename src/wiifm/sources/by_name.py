"""Find a source by its name, among wiifm's own and those of plugins.

If a plugin's source raises, that becomes a rejected line at the place that it had reached. What it read before, and the other files, aren't
affected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import BinaryIO

from wiifm.failures import module_of, raised
from wiifm.faults import FOREIGN_ERRORS, Fault, InvalidInput, nearest
from wiifm.plugins import BUILT_IN, find_plugins
from wiifm.registries import Reader
from wiifm.sources import built_in
from wiifm.sources.lines import Line, Rejected, line_fault

WITH_SOURCES = {**BUILT_IN, "sources": built_in}
"""The built-in plugins, with the one that registers wiifm's sources."""


def find_source(name: str, disabled: Collection[str] = ()) -> Reader:
    """The source with a name: a function ``read(stream, file)`` that yields a :class:`~wiifm.sources.Line` for each event or wrong line.

    >>> import io
    >>> read = find_source("jsonl")
    >>> [line.number for line in read(io.BytesIO(b'\\n{"id": 7}\\n'), "may.jsonl")]
    [2]

    Args:
        name: the name of the source.
        disabled: the names of plugins to ignore.

    Raises:
        InvalidInput: there is no such source, or more than one plugin offers it. It also has all faults of the plugins that offer sources.
    """
    plugins = find_plugins(disabled=disabled, hooks={"wiifm_sources"}, built_in=WITH_SOURCES)
    sources = plugins.offered(lambda each: each.sources.registered)
    owners = sources.get(name, {})
    if not owners:
        expected = "a source: " + ", ".join(sorted(sources)) + plugins.switched_off_note()
        fault = Fault("the name of a source", repr(name), expected, nearest(name, sources))
        broken = [each for found in plugins.contributions.values() for each in found.faults]
        raise InvalidInput([fault, *plugins.faults, *broken])
    if len(owners) > 1:
        raise InvalidInput([plugins.ambiguity("source", name, owners)])
    ((owner, read),) = owners.items()
    if owner in WITH_SOURCES:
        return read
    return partial(guarded, read, f"source {name!r} of {plugins.contributions[owner].source}")


def guarded(read: Reader, source: str, stream: BinaryIO, file: str) -> Iterator[Line]:
    """The lines of a plugin's source, where an exception, or something that is no line, becomes a rejected line."""
    number = 0
    try:
        for line in read(stream, file):
            fault = line_fault(line)
            number = line.number if fault is None else number + 1
            yield line if fault is None else _wrong(file, number, fault.inside(source))
    except InvalidInput as error:
        yield _wrong(file, number + 1, *(fault.inside(source) for fault in error.faults))
    except FOREIGN_ERRORS as error:
        expected = "a source that yields a Rejected for what is wrong, and goes on"
        yield _wrong(file, number + 1, Fault(source, raised(error, module_of(read)), expected))


def _wrong(file: str, number: int, *faults: Fault) -> Line:
    return Line(file, number, Rejected(file, number, faults))

"""What fits into a table: the same for one row as for many, and told in the same words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wiifm import StoreFault
from wiifm.stores.fitting import fitting
from wiifm.stores.protocol import Table

ROOM = Table(
    "room",
    {"no": "integer", "name": "text", "size": "integer", "says": "text", "seal": "bytes"},
    key=("no", "name"),
)
SMALL = Table("small", {"name": "text", "seal": "bytes"}, key=("name",))
BARE = Table("bare", {"seal": "bytes"}, key=("seal",))


class Quiet(str):
    """A text that isn't one alone."""


integers = st.sampled_from([0, 1, -(2**63), 2**63 - 1, 2**63, -(2**63) - 1, True, 1.0])
texts = st.sampled_from(["", "ann", "Zoë", "\0", "a\0b", "\ud800", Quiet("ann")])
cells = st.none() | integers | texts | st.sampled_from([b"", b"\0", bytearray(b"a")])
likely = st.tuples(integers, texts, integers | st.none(), texts | st.none(), st.just(b"") | cells)
rows = likely | st.lists(cells, max_size=6).map(tuple)


def told(table, found):
    """What is wrong with some rows; None where nothing is."""
    try:
        assert fitting("acme.db", table, found) == found
    except StoreFault as fault:
        return str(fault)
    return None


@given(st.sampled_from([ROOM, SMALL, BARE]), rows)
def test_that_a_row_fits_alone_as_it_does_among_many(table, row):
    assert told(table, [row]) == told(table, [row] * 20)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ((1, "a", None, None, None), None),
        ((1, "a", 2**63 - 1, "Zoë", b"\0"), None),
        ((-(2**63), "", None, None, b""), None),
        ((1, "a", -(2**63) - 1, "", b""), "column 'size': found -9223372036854775809, expected an"),
        ((1, "a", 2**63, "", b""), "column 'size': found 9223372036854775808, expected an integer"),
        ((None, "a", 1, "", b""), "column 'no': found None, expected an integer"),
        ((1, "a", True, "", b""), "column 'size': found True, expected an integer"),
        ((1, "a", 1, "\0", b""), "column 'says': found '\\x00', expected a text without NUL"),
        ((1, "\ud800", 1, "", b""), "column 'name': found '\\ud800', expected a text without"),
        ((1, "a", 1, "", "b"), "column 'seal': found 'b', expected bytes"),
        ((1, "a", 1, ""), "found a row of 4 cells, expected 5"),
    ],
)
def test_that_what_does_not_fit_is_told(row, wrong):
    found = told(ROOM, [(2, "b", 0, "", b""), row])
    assert found is None if wrong is None else wrong in found

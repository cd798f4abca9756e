"""The differences between the SQL of SQLite and of PostgreSQL, which ``statements`` is parametrised by."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from wiifm.stores.protocol import Kind


@frozen(eq=False)
class Dialect:
    """How one database writes what the databases write differently."""

    types: Mapping[Kind, str]
    """How a column of each kind is declared."""
    placeholder: str
    """The placeholder of a parameter."""
    first_key_cell: str
    """How the first column of a key is compared: ``{}`` stands for its parameter. If PostgreSQL's planner sees a constant there, it may
    choose an index that has only the remaining columns in order, and read the rows of other keys too.
    """
    index_includes_key: bool
    """Whether an index has to name the columns of the key too, to keep its rows in their order."""
    hint: str = ""
    """The clause that makes a query use an index, with ``{}`` for its name."""
    integer_key_suffix: str = ""
    """What follows the declaration of a table whose key is one integer column."""
    table_suffix: str = ""
    """What follows the declaration of any other table."""

"""What differs between the SQL of databases."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from wiifm.stores.protocol import Kind


@frozen(eq=False)
class Dialect:
    """What differs between databases."""

    types: Mapping[Kind, str]
    """How a column is declared."""
    mark: str
    """What stands for a cell."""
    first: str
    """What the first column of a key is, told of ``{}``, its cell. A planner that knows it as a constant may take any index that has the
    rest in order, and read what others have there, too."""
    whole_index: bool
    """An index keeps its rows in order only if it names the columns of the key as well."""
    hint: str = ""
    """How a query is told which index to use: its name in place of ``{}``."""
    by_integer: str = ""
    """What follows the declaration of a table whose key is a single integer."""
    by_others: str = ""
    """What follows that of any other table."""

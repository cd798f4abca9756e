"""The command ``wiifm``: a thin face over the engine, for a terminal or a pipe.

It needs the extra ``cli``; whoever only embeds the engine doesn't.
"""

from __future__ import annotations

import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command, and exit with its status."""
    try:
        from wiifm.cli.app import run  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if error.name not in ("click", "rich"):
            raise
        sys.stderr.write(
            f"The command wiifm needs {error.name}, which comes with: pip install 'wiifm[cli]'\n"
        )
        sys.exit(2)
    except KeyboardInterrupt:  # it takes a moment
        sys.exit(130)
    sys.exit(run())

"""The command ``wiifm``: a thin layer over the library, for terminals and pipes. It needs the extra ``cli``."""

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
    except KeyboardInterrupt:  # Ctrl-C during the import
        sys.exit(130)
    sys.exit(run())

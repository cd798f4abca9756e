"""Compare what packs give with what real communities published themselves.

The community that ships with the examples is always compared. Other data are read from a folder (``--data``); none of them is part of the project.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import truth_culture, truth_praise, truth_stackexchange

QUANTUM = Path(__file__).parent.parent / "examples" / "quantum"
"""The community that ships with the examples."""

DATA = Path(__file__).parents[2] / "shared" / "data"
"""The default folder of other data: beside the checkout."""

PRAISE = "tec_praise/visible"
"""The folder of the rounds of praise in it."""


MAIL = "manufacturing_email"
"""The folder of the e-mails of a company in it."""


def measure(data: Path, dump: Path | None = None) -> dict[str, dict[str, Any]]:
    """The figures of each comparison for which there are data.

    Args:
        data: the folder of other data.
        dump: a Stack Exchange data dump; unless given, the community of the examples.
    """
    found = {"stackexchange": truth_stackexchange.measure(dump or QUANTUM)}
    if (data / PRAISE).is_dir():
        found["praise"] = truth_praise.measure(data / PRAISE)
        found["adoption"] = truth_culture.measure_praise(data / PRAISE)
    if (data / MAIL).is_dir():
        found["manufacturing"] = truth_culture.measure_mail(data / MAIL)
    return found


def as_text(found: dict[str, dict[str, Any]]) -> str:
    """The figures as text, in columns. Each badge has a line with the number of awards on the site, of ours, and in both."""
    lines: list[str] = []
    for system, figures in found.items():
        lines.append(system)
        wide = max(len(key) for key in figures)
        for key, value in figures.items():
            if isinstance(value, dict):
                lines.append(f"  {key:<20}{'site':>7}{'here':>7}{'both':>7}")
                lines += [
                    f"  {name:<20}{'{:>7,}{:>7,}{:>7,}'.format(*n)}" for name, n in value.items()
                ]
            else:
                shown = value if isinstance(value, list) else [value]
                lines.append(f"  {key:<{wide}}  {' / '.join(map(_shown, shown))}")
    return "\n".join(lines)


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)

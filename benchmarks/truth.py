"""The truth: what packs come to, beside what the communities they are about published themselves.

What ships with the examples is always compared. Other data are read from a folder that the command is given, as their licences allow; none of
them is part of the project.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks import truth_culture, truth_praise, truth_stackexchange

QUANTUM = Path(__file__).parent.parent / "examples" / "quantum"
"""The community that ships with the examples."""

DATA = Path(__file__).parents[2] / "shared" / "data"
"""Where other data lie unless the command is told: beside the checkout."""

PRAISE = "tec_praise/visible"
"""Where the rounds of praise lie in it."""


MAIL = "manufacturing_email"
"""Where the e-mails of a company lie in it."""


def measure(data: Path, dump: Path | None = None) -> dict[str, dict[str, Any]]:
    """The figures of each key whose data are there; of Stack Exchange for a dump, or the community of the examples."""
    found = {"stackexchange": truth_stackexchange.measure(dump or QUANTUM)}
    if (data / PRAISE).is_dir():
        found["praise"] = truth_praise.measure(data / PRAISE)
        found["adoption"] = truth_culture.measure_praise(data / PRAISE)
    if (data / MAIL).is_dir():
        found["manufacturing"] = truth_culture.measure_mail(data / MAIL)
    return found


def shown(found: dict[str, dict[str, Any]]) -> str:
    """The figures as lines for people, and a line for each badge: on the site, ours, both."""
    lines: list[str] = []
    for system, figures in found.items():
        lines.append(system)
        for key, value in figures.items():
            if isinstance(value, dict):
                lines += [
                    f"  {name:<20}{'{:>7,}{:>7,}{:>7,}'.format(*n)}" for name, n in value.items()
                ]
            else:
                lines.append(f"  {key:<12}{value}")
    return "\n".join(lines)

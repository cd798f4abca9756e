"""What known systems published, beside what their packs make of the same events."""

from pathlib import Path

from benchmarks import truth_stackexchange

QUANTUM = Path(__file__).parent.parent / "examples" / "quantum"


def measure(dump: Path | None = None) -> dict[str, dict[str, object]]:
    """The figures of each system; of Stack Exchange for a dump, or for the community that ships with the examples."""
    return {"stackexchange": truth_stackexchange.measure(dump or QUANTUM)}


def shown(found: dict[str, dict[str, object]]) -> str:
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

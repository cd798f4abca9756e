"""Read rules of Fedora Badges from YAML files (extra ``fedbadges``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import walk
from pathlib import Path

from wiifm.faults import FOREIGN_ERRORS, Fault, InvalidInput, literal
from wiifm.fedbadges.gaps import Gap

try:
    import yaml
except ImportError as missing_extra:
    raise ImportError(
        "rules of Fedora Badges are YAML, which needs PyYAML; install the extra: pip install 'wiifm[fedbadges]'"
    ) from missing_extra

_NO_ALIAS = (
    "write out what it stands for: a few aliases of aliases can stand for a rule without end"
)


def read_rules(places: Iterable[str]) -> tuple[dict[str, object], list[Gap]]:
    """Read rules from files, and from all ``.yml`` and ``.yaml`` files in folders and their subfolders.

    Returns:
        The parsed rules by the names of their files without the suffix, and the files that can't be read.

    Raises:
        InvalidInput: a file or folder doesn't exist, a folder can't be read, or there is no file at all.
    """
    rules: dict[str, object] = {}
    gaps: list[Gap] = []
    for path in _files(places):
        if path.stem in rules:
            gaps.append(Gap(str(path), "another file has a rule of this name", "it is left out"))
            continue
        try:
            text = path.read_text(encoding="utf-8")
            if any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(text)):
                gaps.append(Gap(str(path), "it has an alias (*)", _NO_ALIAS))
                continue
            rules[path.stem] = yaml.safe_load(text)
        except (yaml.YAMLError, *FOREIGN_ERRORS) as error:
            gaps.append(Gap(str(path), _one_line(error), "a YAML file was expected"))
    return rules, gaps


def _files(places: Iterable[str]) -> Iterator[Path]:
    none = True
    for place in map(Path, places):
        if found := _missing(place):
            raise InvalidInput([Fault(literal(str(place)), found, "a file or a folder of rules")])
        for path in _inside(place) if place.is_dir() else [place]:
            none = False
            yield path
    if none:
        raise InvalidInput([Fault("rules", "no file", "files that end with .yml or .yaml")])


def _inside(folder: Path) -> list[Path]:
    names = [Path(at, name) for at, _, names in walk(folder, onerror=_unreadable) for name in names]
    return sorted(each for each in names if each.suffix in (".yml", ".yaml"))


def _unreadable(error: OSError) -> None:
    place = literal(str(error.filename))
    raise InvalidInput([Fault(place, str(error.strerror), "a folder that can be read")]) from None


def _missing(place: Path) -> str:
    """What is found at a place that doesn't exist, or can't be reached; empty if it exists."""
    try:
        return "" if place.exists() else "nothing"
    except OSError as error:
        return str(error.strerror)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]

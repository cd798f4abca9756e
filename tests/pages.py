"""Runs the code blocks of a page of the README or the docs, in order, in one folder.

What happens with a block depends on its language:

- ``python`` is executed; a following block without a language is compared with what it printed.
- ``console`` has commands after a ``$``, each followed by what it prints.
- ``json`` must be an event.
- ``toml`` must be a rule book; it is saved as ``acme.toml``.
- ``bash`` is for fresh machines and servers, and is run only by the continuous integration, ``tests/test_tutorial.py`` and
  ``tests/test_operate.py``.

In expected output ``...`` stands for anything, and ``DIGEST`` for a digest. A block whose first line is a comment with the name of a file,
such as ``# lunches.py``, is only saved as that file.
"""

import contextlib
import doctest
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from wiifm import RuleBook, read_event

FENCE = re.compile(
    r"^(?P<fence>```+|:::+)(?P<language>[^`\n]*)\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
DIGEST = re.compile(r"\b[0-9a-f]{16}\b")
FILE = re.compile(r"# (?P<name>[\w./-]+\.\w+)\n")
COMMAND = re.compile(r"^\$ (?P<command>.*(?:\n> .*)*)\n(?P<shown>(?:(?!\$ ).*\n)*)", re.MULTILINE)
BIN = Path(sys.executable).parent


class Block(NamedTuple):
    """A fenced code block of a page, with its position."""

    language: str
    text: str
    line: int
    start: int
    end: int


Names = dict[str, object]
"""The namespace of a page's ``python`` blocks; under ``printed``, what the last one printed."""


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page that are run or compared."""
    for found in FENCE.finditer(page):
        language = found["language"].strip()
        if language in RUNNERS or language == "bash":
            line = page.count("\n", 0, found.start()) + 1
            yield Block(language, found["text"], line, found.start(), found.end())


def run(block: Block, page: str, names: Names) -> str | None:
    """Run a block in the namespace of its page; return what is wrong, or None."""
    file = FILE.match(block.text)
    if file and block.language:
        path = Path(file["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text[file.end() :], encoding="utf-8")
        return None
    return RUNNERS[block.language](block, page, names)


def _python(block: Block, page: str, names: Names) -> None:
    code = compile("\n" * block.line + block.text, page, "exec")
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(code, names)
    names["printed"] = output.getvalue()


def _rule_book(block: Block, page: str, names: Names) -> None:
    RuleBook.parse(block.text)
    Path("acme.toml").write_text(block.text, encoding="utf-8")


def _event(block: Block, page: str, names: Names) -> None:
    read_event(json.loads(block.text))


def _printed(block: Block, page: str, names: Names) -> str | None:
    printed = names.pop("printed", None)
    return None if printed is None else difference(block.text, str(printed))


def _console(block: Block, page: str, names: Names) -> str | None:
    found = [differs for each in COMMAND.finditer(block.text) if (differs := _command(each))]
    return "\n".join(found) or None


UNTIMED = "--hypothesis-profile=ci"
"""A profile of Hypothesis without deadlines, so that no page fails because the machine is busy."""


def _command(found: re.Match[str]) -> str | None:
    command = found["command"].replace("\n> ", "\n")
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    environment |= {"COLUMNS": "100", "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTEST_ADDOPTS"] = UNTIMED
    done = subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=environment,
    )
    differs = difference(found["shown"], done.stdout)
    return differs and f"$ {command}\n{differs}"


def difference(shown: str, printed: str) -> str | None:
    """What a page shows and what was printed, if they differ; else None."""
    shown, printed = (f"{each.strip()}\n" for each in (shown, DIGEST.sub("DIGEST", printed)))
    shown, printed = (re.sub(r" +$", "", each, flags=re.MULTILINE) for each in (shown, printed))
    if doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS):
        return None
    return f"printed:\n{printed}\nshown:\n{shown}"


RUNNERS: dict[str, Callable[[Block, str, Names], str | None]] = {
    "python": _python,
    "toml": _rule_book,
    "json": _event,
    "console": _console,
    "": _printed,
}


def main(paths: list[str]) -> int:
    """Run all blocks of some pages in the current folder, including ``bash``; return 1 if a block fails, else 0."""
    for path in paths:
        names: Names = {"__name__": "__main__"}
        for block in blocks(Path(path).read_text(encoding="utf-8")):
            if block.language == "bash":
                subprocess.run(["bash", "-euo", "pipefail", "-c", block.text], check=True)
            elif wrong := run(block, path, names):
                print(f"{path}, line {block.line}: {wrong}")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

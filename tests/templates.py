"""The sentences that the code asks a language for, read from the code itself."""

import ast
from pathlib import Path

import wiifm

SOURCE = Path(wiifm.__file__).parent
SPOKEN = [*sorted((SOURCE / "statement").glob("*.py")), SOURCE / "words" / "speech.py"]
SPEAKERS = {"speech", "s", "self"}


def templates() -> dict[str, str | None]:
    """Each sentence, with its plural where it has one."""
    found: dict[str, str | None] = {}
    for path in SPOKEN:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            texts = [
                each.value
                for each in node.args
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            match node.func:
                case ast.Name(id=name) if name in SPEAKERS and texts:
                    found[texts[0]] = None
                case ast.Attribute(value=ast.Name(id=name), attr="many") if name in SPEAKERS:
                    found[texts[0]] = texts[1]
                case ast.Attribute(attr="ngettext") if len(texts) == 2:
                    found[texts[0]] = texts[1]
    return found

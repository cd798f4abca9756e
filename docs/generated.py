"""The parts of the reference that are written from the code: public names, hooks, and commands.

A page has a comment such as ``<!-- generated: names wiifm -->``; when Sphinx reads the page, the text that a function
of this module makes stands in its place. So a new name, hook, command or option is in the reference by itself.
"""

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from textwrap import dedent

import click
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

from wiifm.cli.app import app as command_line
from wiifm.contributions import HOOKS

MARK = re.compile(r"<!-- generated: (\w+) ?(\S*) -->")

EXAMPLES = re.compile(r"\x08\n(Examples?:)\n(.+)\Z", re.DOTALL)
"""The examples at the end of a command's help; click leaves paragraphs that begin with a backspace as they are."""


def names(module: str) -> str:
    """Every public name of a module: all in a table, then each under a heading for the module that it lives in."""
    homes: dict[str, list[str]] = {}
    for name in import_module(module).__all__:
        homes.setdefault(_home(module, name), []).append(name)
    rows = "\n".join(
        f"| {{py:obj}}`~{module}.{name}` | {_sentence(_words(module, name))} |"
        for name in import_module(module).__all__
    )
    parts = (
        f"## {_sentence(inspect.getdoc(import_module(home)) or home)}\n\n"
        + _rst(_auto(module, name) for name in members)
        for home, members in sorted(homes.items())
    )
    return "\n\n".join([f"| name | what it is |\n|---|---|\n{rows}", *parts])


def _home(module: str, name: str) -> str:
    """Where a public name is defined; a type alias bears the module of what it is made of, and is looked for."""
    known: dict[str, str] = getattr(import_module(module), "_HOMES", {})
    home = known.get(name) or str(getattr(import_module(module), name).__module__)
    if home.partition(".")[0] == "wiifm":
        return home
    inside = [each for each in sys.modules if each.startswith(f"{module}.")]
    return next(each for each in inside if ("", name) in _attributes(each))


def _attributes(module: str) -> dict[tuple[str, str], list[str]]:
    """What a module says of its variables."""
    return ModuleAnalyzer.for_module(module).find_attr_docs()


def _words(module: str, name: str) -> str:
    """The docstring of a public name, whatever it is."""
    value = getattr(import_module(module), name)
    if inspect.isclass(value) or inspect.isroutine(value):
        return inspect.getdoc(value) or ""
    return " ".join(_attributes(_home(module, name))[("", name)])


def _sentence(text: str) -> str:
    """The first paragraph of a docstring, on one line of Markdown, without its full stop and its references."""
    first = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    first = re.sub(r":\w+:`(?:~[\w.]*\.)?(\w[\w.]*)`", r"`\1`", first)
    return re.sub(r"``(.+?)``", r"`\1`", first).rstrip(".").replace("|", "\\|")


def _auto(module: str, name: str) -> str:
    """The directive that documents a public name under the module that it is imported from."""
    value = getattr(import_module(module), name)
    if inspect.isclass(value):
        kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
        return f".. {kind}:: {module}.{name}{_inherited(value)}"
    if inspect.isroutine(value):
        return f".. autofunction:: {module}.{name}"
    return f".. py:data:: {module}.{name}\n\n   {_words(module, name)}"


def _inherited(value: type) -> str:
    """The option that shows the inherited methods of a class, too, if it inherits some of wiifm's; those of errors are on the page already."""
    ours = any(base.__module__.startswith("wiifm.") for base in value.__mro__[1:])
    return (
        "\n   :inherited-members: object" if ours and not issubclass(value, BaseException) else ""
    )


def fixtures(module: str) -> str:
    """Every fixture of a pytest plugin."""
    found = vars(import_module(module)).items()
    return _rst(
        f".. py:function:: {name}\n\n   {_sentence(inspect.getdoc(fixture) or '')}."
        for name, fixture in found
        if name.startswith("wiifm_")
    )


def hooks(_: str = "") -> str:
    """Every hook: all in a table, then each with the object that it is handed to register at."""
    rows = "\n".join(
        f"| {{py:func}}`{name}({argument}) <wiifm.hooks.{name}>` | {_sentence(_words('wiifm.hooks', name))} |"
        for name, argument in HOOKS.items()
    )
    return "\n\n".join([f"| hook | what it is for |\n|---|---|\n{rows}", *map(_hook, HOOKS)])


def _hook(name: str) -> str:
    hook = getattr(import_module("wiifm.hooks"), name)
    (annotation,) = (each.annotation for each in inspect.signature(hook).parameters.values())
    registry = f".. autoclass:: wiifm.registries.{annotation}()"
    return f"### `{name}`\n\n{_rst([f'.. autofunction:: wiifm.hooks.{name}', registry])}"


def commands(_: str = "") -> str:
    """Every command of the command line, with its usage, words and options."""
    return "\n\n".join(_commands(command_line, "wiifm", 2))


def _commands(command: click.Command, path: str, depth: int) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"{'#' * depth} `{path}`"
    yield f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```"
    yield EXAMPLES.sub(_code_block, inspect.cleandoc(command.help or ""))
    params = command.get_params(context)
    options = [each for each in params if isinstance(each, click.Option) and not each.hidden]
    yield _rst([f".. program:: {path}", *(_option(each, context) for each in options)])
    if isinstance(command, click.Group):
        for name in sorted(command.commands):
            yield from _commands(command.commands[name], f"{path} {name}", min(depth + 1, 3))


def _code_block(examples: re.Match[str]) -> str:
    """The examples of a command's help as a code block of Markdown."""
    return f"{examples[1]}\n\n```text\n{dedent(examples[2])}\n```"


def _option(option: click.Option, context: click.Context) -> str:
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    record = option.get_help_record(context)
    return f".. option:: {', '.join(f'{name}{value}' for name in option.opts)}\n\n   {record[1] if record else ''}"


def _rst(directives: Iterable[str]) -> str:
    """Directives in reStructuredText, which docstrings are written in, as a block of a Markdown page."""
    return "```{eval-rst}\n" + "\n\n".join(directives) + "\n```"


WRITERS = {"names": names, "fixtures": fixtures, "hooks": hooks, "commands": commands}


def fill(_: Sphinx, __: str, source: list[str]) -> None:
    """Put what is generated into a page that asks for it."""
    source[0] = MARK.sub(lambda found: WRITERS[found[1]](found[2]), source[0])


def tidy(*given: object) -> tuple[str, object] | None:
    """Show a default that is made anew each time as ``...``, and an empty mapping as one."""
    signature, returns = given[-2:]
    if not isinstance(signature, str):
        return None
    return signature.replace("=NOTHING", "=...").replace("mappingproxy({})", "{}"), returns


def setup(app: Sphinx) -> dict[str, bool]:
    """Have Sphinx ask for each page."""
    app.connect("source-read", fill)
    app.connect("autodoc-process-signature", tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

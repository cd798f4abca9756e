"""The documentation builds without a warning, leads nowhere in vain, and has every name that there is to look up."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pytest

import wiifm
import wiifm.sources
import wiifm.stores
import wiifm.testing.plugin
from wiifm.cli.app import app
from wiifm.contributions import HOOKS
from wiifm.rulebook.keys import MEANINGS

pytest.importorskip("sphinx", reason="the site is made with the extra docs")
DOCS = Path(__file__).parent.parent / "docs"


class Page(HTMLParser):
    """What a page of the site can be linked by, what it links to, and what it loads."""

    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.anchors |= {value for key in ("id", "name") if (value := found.get(key))}
        if tag == "a":
            self.links.append(found.get("href") or "")
        elif tag in ("script", "img", "link"):
            self.loaded.append(found.get("src") or found.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built here alone: where Sphinx is missing nothing is collected, and pytest fails for that."""
    made = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "sphinx", "-W", "-n", "-q", "-b", "html"),
            *map(str, (DOCS, made)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return made


def test_that_no_page_shows_the_markup_of_a_reference(site):
    pages = {path: re.sub(r"<[^>]+>", "", path.read_text()) for path in site.rglob("*.html")}
    found = {path.name: re.findall(r":(?:mod|class|func|obj):\S+", pages[path]) for path in pages}
    assert not {name: roles for name, roles in found.items() if roles}


@pytest.fixture(scope="module")
def inventory(site):
    """The names of the reference: each kind of thing with its full name."""
    from sphinx.util.inventory import InventoryFile

    with (site / "objects.inv").open("rb") as stream:
        return InventoryFile.load(stream, "", lambda _, uri: uri)


def pages(site):
    """The pages of the site, by their paths."""
    found = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}
    assert len(found) > 10
    return found


def test_that_every_link_leads_to_a_page_and_a_place_on_it(site):
    found = pages(site)
    broken = []
    for path, page in found.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = found[target].anchors if target in found else set()
            if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in known):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_that_nothing_is_loaded_from_elsewhere(site):
    for path, page in pages(site).items():
        assert not [each for each in page.loaded if urlsplit(each).netloc], path


@pytest.mark.parametrize(
    "module", [wiifm, wiifm.sources, wiifm.stores, wiifm.testing], ids=lambda m: m.__name__
)
def test_that_every_public_name_is_in_the_reference(inventory, module):
    known = {name for kind, names in inventory.items() if kind.startswith("py:") for name in names}
    assert {f"{module.__name__}.{name}" for name in module.__all__} <= known


def test_that_every_fixture_is_in_the_reference(inventory):
    fixtures = {name for name in vars(wiifm.testing.plugin) if name.startswith("wiifm_")}
    assert fixtures and fixtures <= set(inventory["py:function"])


def test_that_every_hook_and_what_it_registers_at_is_in_the_reference(inventory):
    assert {f"wiifm.hooks.{hook}" for hook in HOOKS} <= set(inventory["py:function"])
    hooks = vars(sys.modules["wiifm.hooks"])
    for hook in HOOKS:
        (registry,) = {
            note for name, note in hooks[hook].__annotations__.items() if name != "return"
        }
        assert f"wiifm.registries.{registry}" in inventory["py:class"]
        assert any(
            method.startswith(f"wiifm.registries.{registry}.") for method in inventory["py:method"]
        )


def test_that_every_key_of_a_rule_book_is_in_the_reference(site):
    page = (site / "reference" / "rulebook.html").read_text(encoding="utf-8")
    shown = set(re.findall(r'<span class="pre">(\w+)</span>', page))
    for table, keys in MEANINGS.items():
        assert set(keys) <= shown, table


def options(command, path):
    """Every command with its options, as the reference names them."""
    yield path, None
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            yield from ((path, each) for each in option.opts)
    for name, each in getattr(command, "commands", {}).items():
        yield from options(each, f"{path} {name}")


def test_that_every_command_and_option_is_in_the_reference(site, inventory):
    page = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", "", page)
    for path, option in options(app, "wiifm"):
        if option is None:
            assert f"{path} " in text
        else:
            assert f"{path.replace(' ', '-')}.{option}" in inventory["std:cmdoption"]


WORDS = """
member, event, event type, actor, recipient, mentor, object, community, topic, rule, grant, limit, gate, criterion, measure, badge, award, level,
ladder, entry, ledger, receipt, standing, leaderboard, kudos, source, store, observer, statement, purse, role, unit, activity, digest, rule book, plugin,
hook, merit, pending, void, retraction, correction, refusal
"""


def test_that_the_words_of_the_house_are_in_the_glossary(inventory):
    words = {each.strip() for each in WORDS.replace("\n", " ").split(",")}
    assert words <= set(inventory["std:term"])

"""The contract for packs: tests that the rule books inherit which a plugin offers for others to build on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from wiifm.engine import Engine
from wiifm.events import Event
from wiifm.faults import literal
from wiifm.ledger import rule_label
from wiifm.plugins import BUILT_IN, find_plugins
from wiifm.rulebook.book import RuleBook
from wiifm.rulebook.lint import never_met
from wiifm.testing.fresh_results import Place, Unmade, in_a_new_process
from wiifm.testing.law import without_observers
from wiifm.testing.overridden import events_returned, missing, returned
from wiifm.testing.rules import RuleContract
from wiifm.testing.sentences import gaps
from wiifm.tried import try_plugin, trying


class PackContract(RuleContract):
    """What a pack must do: what rules must do, and each rule gives something, in whole sentences; each badge can be had; and the book is the same
    wherever it is read.

    ``pack`` is its name, or ``make_book`` returns the book that consists of it alone. ``examples_of`` yields events for which each of its
    rules gives something, unless events do so that are generated.

    >>> class TestKudos(PackContract):
    ...     pack = "kudos"
    ...     def examples_of(self):
    ...         return []
    >>> TestKudos().test_that_each_rule_gives_something()
    """

    pack = ""
    """The name of the pack, unless ``make_book`` is overridden."""

    plugin = ""
    """The plugin that offers it, if it isn't installed, as the option ``--plugin`` names it: ``"acme_rules"``, or ``"acme=acme_rules"``."""

    def make_book(self) -> RuleBook:
        """The book that consists of the pack alone."""
        if not self.pack:
            raise missing("make_book", "return a RuleBook, unless `pack` is the name of the pack")
        with self._trying():
            return RuleBook.load(f"plugin:{self.pack}")

    @contextmanager
    def _trying(self) -> Iterator[None]:
        """A block in which the plugin is found as if it were installed."""
        with trying():
            if self.plugin:
                try_plugin(self.plugin)
            yield

    def test_that_each_rule_gives_something(self) -> None:
        """Each rule gives something for an example or a generated history. If a condition can't be met, that is told, too.

        Rules that the pack takes unchanged from a pack of wiifm aren't asked for.
        """
        book = without_observers(_book(self))
        given = _giving(book, self._all_histories())
        idle = _own([rule for rule in book.rules if rule not in given], book)
        doubts = [str(each) for each in never_met(book) if each.where.startswith("rule ")]
        assert not idle, (
            f"no event makes these rules give anything: {', '.join(idle)}. "
            + "".join(f"{each}. " for each in doubts)
            + "Add events to examples_of for which they give something, or drop them"
        )

    def test_that_each_badge_can_be_had(self) -> None:
        """No criterion of a badge or a level has a condition that no event can meet."""
        doubts = [str(x) for x in never_met(_book(self)) if not x.where.startswith("rule ")]
        assert not doubts, ". ".join(doubts)

    def test_that_each_sentence_is_whole(self) -> None:
        """No sentence has a gap where a field or key would be that its event lacks.

        Each event for which a rule says something also comes without each optional field, and each optional key, that the sentence names.
        """
        book = without_observers(_book(self))
        gap = next(gaps(book, self._all_histories()), None)
        assert gap is None, (
            f"{rule_label(gap.rule)} says {literal(gap.says, 200)} for an event without {' and '.join(gap.lacking)}: require this in the "
            'event type, have a rule of its own for events without it (where = "... == null"), or name it at the very end, behind a '
            "colon, a comma, a semicolon or a dash, which is left out with it"
        )

    def test_that_it_is_the_same_wherever_it_is_read(self) -> None:
        """The book has the same digest when it is read again, in another process, and from what ``RuleBook.dumps`` wrote.

        If the class can't be instantiated in another process, the test is skipped.
        """
        book = _book(self)
        assert _book(self).digest == book.digest, "read a second time, it has another digest"
        if not any(rule.test for rule in book.rules.values()):  # which TOML can't express
            with self._trying():  # as the book may name its kinds of rules
                again = RuleBook.parse(book.dumps())
            assert again.digest == book.digest, "what RuleBook.dumps writes has another digest"
        for hashes in "12":
            there = in_a_new_process(hashes, digest_of, self)
            assert there == book.digest, "in another process, it has another digest"

    def _all_histories(self) -> list[list[Event]]:
        """The examples alone, and generated histories."""
        return [events_returned("examples_of", self.examples_of()), *self._histories()]


def _giving(book: RuleBook, histories: Iterable[Iterable[Event]]) -> set[str]:
    """The rules of a book that give something for one of some histories."""
    given = set[str]()
    for history in histories:
        engine = Engine(book)
        engine.record_many(history)
        given |= {entry.rule for entry in engine.ledger()}
    return given


def _own(rules: list[str], book: RuleBook) -> list[str]:
    """Those of some rules of a book that it doesn't take unchanged from another pack of wiifm."""
    for plugin in BUILT_IN if rules else ():
        for pack in find_plugins(hooks={"wiifm_books"}).contributions[plugin].books.registered:
            other = RuleBook.load(f"plugin:{pack}").rules if pack != book.id else {}
            rules = [rule for rule in rules if other.get(rule) != book.rules[rule]]
    return rules


def digest_of(place: Place) -> str | Unmade:
    """The digest of the book of a contract; this is what another process runs."""
    try:
        contract = place.contract()
    except Exception as error:  # a test's module may need anything, such as a fixture of pytest
        return Unmade.by(error)
    assert isinstance(contract, PackContract)
    return _book(contract).digest


def _book(contract: PackContract) -> RuleBook:
    return returned("make_book", contract.make_book(), RuleBook)

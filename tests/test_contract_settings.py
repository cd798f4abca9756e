"""A kind of rule must cope with each setting that it declares, alone and together with the others."""

import sys

import pytest

from contracts import kind_book, post
from wiifm import Setting
from wiifm.testing import RuleContract, large_numbers
from wiifm.testing.declared_settings import at_the_bounds, tried_pairs, tried_settings


class OfSettings(RuleContract):
    """A contract for a kind that declares settings."""

    examples = 3
    declared, given, valid_if = {}, "{}", None

    def make_book(self):
        return kind_book(self.step, 0, self.given, settings=self.declared, valid_if=self.valid_if)

    def examples_of(self):
        return [post(1), post(2)]


class Divided(OfSettings):
    """A kind that copes with each setting that it declares."""

    declared = {
        "parts": Setting("integer", 8, least=1),
        "how": Setting("text", choices=("all", "half")),
    }
    given = "{ parts = 1, how = 'all' }"

    @staticmethod
    def step(state, activity, settings):
        return state + 1, 8 * {"all": 1, "half": 0.5}[settings["how"]] // settings["parts"]


class Between(OfSettings):
    """A kind with settings that are valid only together, and not all at the bounds that each one has."""

    declared = {
        "low": Setting("integer", least=0, most=9),
        "high": Setting("integer", least=0, most=9),
    }
    given, valid_if = "{ low = 3, high = 5 }", "low < high"

    @staticmethod
    def step(state, activity, settings):
        return state, 9 / (settings["high"] - settings["low"])


def test_that_only_settings_are_tried_that_are_valid_together():
    book = Between().make_book()
    tried = (*tried_settings(book, at_the_bounds), *tried_pairs(book))
    found = [(each.settings["low"], each.settings["high"]) for each in tried]
    assert found == [(0, 5), (3, 9), (0, 9)]


def failing(step, **found):
    """A contract for a kind that may fail for its settings."""
    return type("Failing", (OfSettings,), {"step": staticmethod(step), **found})()


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        (failing(
            declared=Divided.declared | {"parts": Setting("integer")},
            given=Divided.given, step=Divided.step,
        ), "ZeroDivisionError"),
        (failing(
            declared=Divided.declared | {"how": Setting("text", choices=("all", "none"))},
            given=Divided.given, step=Divided.step,
        ), "KeyError"),
        (failing(
            declared=Divided.declared | {"how": Setting("text")},
            given=Divided.given, step=Divided.step,
        ), "KeyError"),
        (failing(
            declared=Between.declared, given=Between.given, step=Between.step,
        ), "ZeroDivisionError"),
        (failing(
            declared={"parts": Setting("integer", 5, least=0, most=10)},
            given="{ parts = 2 }",
            step=lambda state, activity, settings: (state, 10 // (settings["parts"] - 5)),
        ), "ZeroDivisionError"),
        (failing(
            declared={"parts": Setting(least=0, most=5)},
            given="{ parts = 2 }",
            step=lambda state, activity, settings: (state, [1, 2, 3, 4, 5, 6][settings["parts"]]),
        ), "TypeError"),
    ],
    ids=["bound", "choice", "text", "together", "default", "fraction"],
)  # fmt: skip
def test_that_a_kind_must_cope_with_what_it_declares(contract, told):
    contract.test_that_the_examples_earn_something()
    with pytest.raises(AssertionError, match=f"{told}.*declare which values are valid"):
        contract.test_that_each_declared_setting_works()


class Counted(OfSettings):
    """Counts to a setting, which no book should set to a billion."""

    declared, given = {"rounds": Setting("integer", 3, least=1)}, "{ rounds = 3 }"

    @staticmethod
    def step(state, activity, settings):
        return state, sum(1 for _ in range(settings["rounds"])) % 2 + 1


class CountedToABound(Counted):
    declared = {"rounds": Setting("integer", 3, least=1, most=10**9)}


class CountedForWords(Counted):
    """Is slow only for an odd event and a setting at its bound."""

    declared = {"most": Setting("integer", least=1, most=10**9)}
    given = "{ most = 5 }"

    @staticmethod
    def step(state, activity, settings):
        words = min(activity.data.get("words", 1), settings["most"])
        return state, sum(1 for _ in range(words)) % 2 + 1


class CountedInRounds(Counted):
    """Is slow only for two settings that are both at their bounds."""

    declared = {
        "rounds": Setting("integer", least=1, most=10**5),
        "steps": Setting("integer", least=1, most=10**5),
    }
    given = "{ rounds = 5, steps = 5 }"

    @staticmethod
    def step(state, activity, settings):
        return state, sum(1 for _ in range(settings["rounds"] * settings["steps"])) % 2 + 1


class Kept(OfSettings):
    """Makes room for as many as a setting says."""

    declared, given = {"size": Setting("integer", least=1)}, "{ size = 3 }"

    @staticmethod
    def step(state, activity, settings):
        return state, len(bytes(settings["size"]))


class CountedToAHundred(Counted):
    """A right kind: its bound is one that it can count to."""

    declared = {"rounds": Setting("integer", 3, least=1, most=100)}


@pytest.mark.parametrize("contract", [Divided, Between, CountedToAHundred])
def test_that_a_kind_that_copes_with_what_it_declares_passes(contract):
    contract().test_that_each_declared_setting_works()


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        (Counted, r"(?:step|<genexpr>) \(test_contract_settings.py, line \d+\) is still at work after 1 s for .*'rounds': 1000000000"),
        (CountedToABound, r"(?:step|<genexpr>) \(test_contract_settings.py, line \d+\) is still at work after 1 s"),
        (CountedForWords, r"(?:step|<genexpr>) \(test_contract_settings.py, line \d+\) is still at work after 1 s"),
        (CountedInRounds, r"(?:step|<genexpr>) \(test_contract_settings.py, line \d+\) is still at work after 1 s for .*'rounds': 100000, 'steps': 100000"),
        pytest.param(
            Kept,
            "raised MemoryError.*, since it uses more than 2 GiB for .*'size'",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="nobody says how much is used"),
        ),
    ],
)  # fmt: skip
def test_that_a_kind_that_is_slow_for_a_setting_that_it_declares_is_found_out(
    contract, told, monkeypatch
):
    monkeypatch.setattr(large_numbers, "SECONDS", 1)
    with pytest.raises(AssertionError, match=rf"{told}.*; declare which values are valid: Setting"):
        contract().test_that_each_declared_setting_works()

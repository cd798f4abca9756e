"""The steps of rule kinds, with the settings of a rule, and a check of what they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NoReturn

from wiifm.failures import WrongAnswer
from wiifm.faults import UnknownName, nearest, short
from wiifm.frozendict import FrozenDict
from wiifm.rule_kinds import RuleKind
from wiifm.rules import LARGEST_AMOUNT, Scalar
from wiifm.states import is_state, state_fault


class DeclaredSettings(FrozenDict[str, Scalar]):
    """The settings of a kind that declares them, for its step: asking for any other one raises, also by ``get``.

    >>> DeclaredSettings({"first": 8}).get("frist", 1)
    Traceback (most recent call last):
    wiifm.faults.UnknownName: setting 'frist': the kind declares first; did you mean 'first'?
    """

    __slots__ = ()

    def __missing__(self, name: object) -> NoReturn:
        declared = ", ".join(self) or "none"
        raise UnknownName(
            f"setting {name!r}: the kind declares {declared}", nearest(str(name), self)
        )

    def get(self, name: str, default: object = None, /) -> Any:
        """The value of a setting. There is a value for each, so no default is ever needed."""
        return self[name]


def checked_step(
    kind: RuleKind, settings: Mapping[str, Scalar]
) -> Callable[[Any, Any], tuple[Any, Any]]:
    """The step of a kind as a function of a state and an activity, with the settings that a rule gives to the kind.

    The function raises ``WrongAnswer`` if the step returns anything else than a state and a number or None.

    >>> doubling = RuleKind(name="doubling", step=lambda state, activity, settings: (2 * state, state), start=1)
    >>> checked_step(doubling, {})(4, None)
    (8, 4)
    """
    step, effective = kind.step, _settings_of(kind, settings)

    def stepped(state: Any, activity: Any) -> tuple[Any, Any]:
        answer = step(state, activity, effective)
        try:
            state, amount = answer
        except (TypeError, ValueError):
            raise WrongAnswer(f"the answer {short(answer)} is no tuple (state, amount)") from None
        if not is_state(state):  # a mutable state would change in snapshots, too
            raise WrongAnswer(state_fault(state))
        if amount is None:
            return state, None
        if type(amount) not in (int, float):
            name = type(amount).__name__
            raise WrongAnswer(f"the amount {short(amount)} is of the type {name}, no int or float")
        if not abs(amount) <= LARGEST_AMOUNT:
            raise WrongAnswer(f"the amount {short(amount)} is no number within 10**15")
        return state, amount

    return stepped


def _settings_of(kind: RuleKind, given: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    """The settings for a step, which it can't change."""
    effective = kind.effective(given)
    return MappingProxyType(effective) if kind.settings is None else DeclaredSettings(effective)

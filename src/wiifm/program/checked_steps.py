"""The steps of rule kinds, with the settings of a rule, and a check of what they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from wiifm.failures import WrongAnswer
from wiifm.faults import short
from wiifm.rule_kinds import RuleKind
from wiifm.rules import LARGEST_AMOUNT, Scalar
from wiifm.states import is_state, state_fault


def checked_step(
    kind: RuleKind, settings: Mapping[str, Scalar]
) -> Callable[[Any, Any], tuple[Any, Any]]:
    """The step of a kind as a function of a state and an activity, with the settings that a rule gives to the kind.

    The function raises ``WrongAnswer`` if the step returns anything else than a state and a number or None.

    >>> doubling = RuleKind(name="doubling", step=lambda state, activity, settings: (2 * state, state), start=1)
    >>> checked_step(doubling, {})(4, None)
    (8, 4)
    """
    step, effective = kind.step, MappingProxyType(kind.effective(settings))

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

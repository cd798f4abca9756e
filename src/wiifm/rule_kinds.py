"""Rule kinds: amounts that a plugin's function decides, and the settings that rules may give to it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from math import ceil
from typing import Any, Literal, TypeAlias

from attrs import evolve, field, frozen

from wiifm.expressions import Expression, Kind, parse
from wiifm.faults import Fault, InvalidInput, nearest, short
from wiifm.frozendict import frozen_mappings
from wiifm.rules import Scalar

RuleStep: TypeAlias = Callable[[Any, Any, Mapping[str, Any]], tuple[Hashable, "int | float | None"]]
SettingType: TypeAlias = Literal["number", "integer", "text", "flag"]

_TYPES: dict[SettingType, tuple[type, ...]] = {
    "number": (int, float),
    "integer": (int,),
    "text": (str,),
    "flag": (bool,),
}
_WORDS: dict[SettingType, str] = {
    "number": "a number",
    "integer": "an integer",
    "text": "a text",
    "flag": "true or false",
}
_IN_EXPRESSIONS: dict[SettingType, Kind] = {
    "number": "number",
    "integer": "number",
    "text": "text",
    "flag": "flag",
}


@frozen
class Setting:
    """A setting of a rule kind: the type of its value, and which values are valid.

    ``type`` is "number", "integer", "text" or "flag" (true or false). Rules that leave the setting out get ``default``;
    without a default, each rule must have the setting. ``least`` and ``most`` are the bounds of a number, both included,
    ``choices`` the only valid texts. ``means`` says what the setting is for.

    >>> Setting("integer", default=8, least=1, most=100).expected
    'an integer from 1 to 100'
    >>> Setting("text", choices=("week", "month")).accepts("year")
    False
    """

    type: SettingType = "number"
    default: Scalar | None = None
    least: int | float | None = field(default=None, kw_only=True)
    most: int | float | None = field(default=None, kw_only=True)
    choices: tuple[str, ...] = field(default=(), kw_only=True)
    means: str = field(default="", kw_only=True)

    def accepts(self, value: object) -> bool:
        """Whether a value is valid: of the type, within the bounds, and one of the choices.

        >>> Setting("integer", least=1).accepts(0), Setting("integer", least=1).accepts(True)
        (False, False)
        """
        if type(value) not in _TYPES[self.type]:
            return False
        if isinstance(value, str):
            return not self.choices or value in self.choices
        number: Any = value
        return (self.least is None or number >= self.least) and (
            self.most is None or number <= self.most
        )

    @property
    def expected(self) -> str:
        """The valid values in words, for messages.

        >>> Setting("text", choices=("week", "month")).expected, Setting(least=0).expected
        ("'week' or 'month'", 'a number of 0 or more')
        """
        if self.choices:
            return " or ".join(map(repr, self.choices))
        words, least, most = _WORDS[self.type], self.least, self.most
        if least is not None and most is not None:
            return f"{words} from {least} to {most}"
        if least is not None:
            return f"{words} of {least} or more"
        return words if most is None else f"{words} of {most} or less"

    def __str__(self) -> str:
        """The valid values, the default and the meaning.

        >>> print(Setting("integer", 8, least=1, means="what the first one is worth"))
        an integer of 1 or more, by default 8 (what the first one is worth)
        """
        default = "" if self.default is None else f", by default {short(self.default)}"
        return f"{self.expected}{default}" + (f" ({self.means})" if self.means else "")

    def faults(self) -> Iterator[Fault]:
        """The faults of the declaration: bounds or choices that the type doesn't have, and a default that isn't valid.

        >>> print(*Setting("integer", 0, least=1).faults())
        key 'default': found 0, expected an integer of 1 or more
        """
        bounds = [*self._bound_faults()]
        yield from bounds
        if len({*self.choices}) < len(self.choices):
            yield Fault("key 'choices'", short(self.choices), "each text once")
        if "\n" in self.means:
            yield Fault("key 'means'", short(self.means), "one line")
        if self.choices and self.type != "text":
            yield Fault("key 'choices'", short(self.choices), f"none with the type {self.type!r}")
        if not bounds and self.default is not None and not self.accepts(self.default):
            yield Fault("key 'default'", short(self.default), self.expected)

    def _bound_faults(self) -> Iterator[Fault]:
        """The faults of bounds: of a type that has none, or between which nothing lies."""
        least, most = self.least, self.most
        if self.type not in ("number", "integer"):
            for key, bound in (("least", least), ("most", most)):
                if bound is not None:
                    yield Fault(f"key {key!r}", short(bound), f"none with the type {self.type!r}")
        elif least is not None and most is not None:
            if least > most:
                yield Fault("key 'most'", short(most), f"at least {least}, as in 'least'")
            elif self.type == "integer" and ceil(least) > most:
                yield Fault("key 'most'", short(most), f"a bound that leaves {_WORDS[self.type]}")


@frozen(kw_only=True, field_transformer=frozen_mappings)
class RuleKind:
    """A plugin's way to decide an amount: ``step(state, activity, settings) -> (state, amount)``.

    ``start`` is the state before the first activity. The step must be pure: it reads no clock and does no I/O. Its state
    must be immutable and comparable. An amount of None gives nothing. ``settings`` declares what rules of this kind may
    set, by name: the step gets a valid value for each, and rule books with any other setting are refused. Without it, the
    step gets whatever a rule has. ``valid_if`` is an expression of these settings, such as ``low <= high``: rule
    books in which it isn't true are refused, too. Change ``version`` when the meaning of the step, or a default, changes:
    it is part of the digest of each book that uses the kind.

    >>> def fading(state, activity, settings):
    ...     return state + 1, max(1, settings["first"] // 2**state)
    >>> first = Setting("integer", default=8, least=1, means="what the first one is worth")
    >>> kind = RuleKind(name="fading", step=fading, start=0, settings={"first": first})
    >>> kind.effective({})
    {'first': 8}
    """

    name: str
    step: RuleStep
    start: Hashable = None
    version: str = ""
    settings: Mapping[str, Setting] | None = None
    valid_if: str | None = None
    by: str = field(default="", eq=False)
    """How messages name the plugin that contributed it. Set by wiifm."""

    def effective(self, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """The settings that the step gets: those that a rule has, and the defaults of the others.

        >>> RuleKind(name="k", step=lambda *_: (None, 1)).effective({"any": 1})
        {'any': 1}
        """
        declared = (self.settings or {}).items()
        defaults = {name: each.default for name, each in declared if each.default is not None}
        return {**defaults, **given}

    def declaration_faults(self) -> Iterator[Fault]:
        """The faults of the declared settings, of ``valid_if``, and of defaults that don't go together.

        >>> settings = {"low": Setting(default=5), "high": Setting(default=3)}
        >>> print(*RuleKind(name="k", step=lambda *_: (None, 1), settings=settings, valid_if="low <= high").declaration_faults())
        key 'settings': found low = 5, high = 3 by default, expected low <= high
        """
        settings = self.settings or {}
        found = [
            fault.inside(f"key 'settings', key {short(name)}")
            for name, setting in settings.items()
            for fault in setting.faults()
        ]
        yield from found
        if found:
            return
        try:
            expression = self._together()
        except InvalidInput as error:
            yield from error.faults
            return
        defaults = self.effective({})
        if expression and defaults.keys() == settings.keys():
            for fault in _faults_together(expression, defaults):
                yield evolve(fault, where="key 'settings'", found=f"{fault.found} by default")

    def _together(self) -> Expression | None:
        """The expression ``valid_if`` over the declared settings, if there is one."""
        if self.valid_if is None:
            return None
        names = {name: _IN_EXPRESSIONS[each.type] for name, each in (self.settings or {}).items()}
        return parse(self.valid_if, names, where="key 'valid_if'", kind="flag")

    def setting_faults(self, given: Mapping[str, Scalar]) -> Iterator[Fault]:
        """The faults of a rule's settings: unknown names, values that aren't valid, and settings that are missing.

        >>> kind = RuleKind(name="fading", step=lambda *_: (None, 1), settings={"first": Setting(least=1)})
        >>> print(*kind.setting_faults({"frist": 8}), sep="\\n")
        settings: found 'frist', expected a setting of the kind 'fading': first; did you mean 'first'?
        settings: found no 'first', expected first = a number of 1 or more

        If each setting is valid by itself, the fault is that they don't go together.

        >>> settings = {"low": Setting(), "high": Setting()}
        >>> kind = RuleKind(name="between", step=lambda *_: (None, 1), settings=settings, valid_if="low <= high")
        >>> print(*kind.setting_faults({"low": 5, "high": 3}))
        settings: found low = 5, high = 3, expected low <= high
        """
        if self.settings is None:
            return
        alone = [*self._faults_alone(given, self.settings)]
        yield from alone
        expression = None if alone else self._together()
        if expression:
            effective = self.effective(given)
            yield from _faults_together(
                expression, {name: effective[name] for name in self.settings}
            )

    def _faults_alone(
        self, given: Mapping[str, Scalar], declared: Mapping[str, Setting]
    ) -> Iterator[Fault]:
        """The faults of settings, looked at one by one."""
        kind = f"the kind {self.name!r}"
        known = f"a setting of {kind}: {', '.join(declared)}"
        for name, value in given.items():
            setting = declared.get(name)
            if setting is None:
                expected = known if declared else f"none, since {kind} takes no settings"
                yield Fault("settings", repr(name), expected, nearest(name, declared))
            elif not setting.accepts(value):
                yield Fault("settings", f"{name} = {short(value)}", setting.expected)
        for name, setting in declared.items():
            if name not in given and setting.default is None:
                yield Fault("settings", f"no {name!r}", f"{name} = {setting}")


def _faults_together(expression: Expression, settings: Mapping[str, Scalar]) -> Iterator[Fault]:
    """The fault of settings for which an expression isn't true."""
    holds = expression.function({name: f"settings[{name!r}]" for name in settings}, "settings")
    if not holds(settings):
        named = {name: value for name, value in settings.items() if name in expression.names}
        found = ", ".join(f"{name} = {short(value)}" for name, value in named.items())
        yield Fault("settings", found, expression.text)

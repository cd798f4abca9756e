"""Whatever a function remembers between calls is found out, however rarely it matters; a cache is not."""

import colorsys
import platform
import re
import sys
import threading
import uuid
from collections import OrderedDict
from contextvars import ContextVar
from functools import cached_property, lru_cache, partial, singledispatch, wraps
from itertools import count

import pytest
from hypothesis import strategies as st

from contracts import broken, kind_book, post
from wiifm import Measure
from wiifm.testing import (
    MeasureContract,
    RuleContract,
)


def rarely(number):
    """An amount that is another one at every thousandth call."""
    return 5 if number % 1000 == 0 else 1


class Hidden:
    """Where a plugin may hide a counter."""

    calls = 0
    __slots__ = ("own",)

    def __init__(self):
        self.own = 0

    def __call__(self, state, activity, settings):
        self.own += 1
        return state, rarely(self.own)

    def step(self, state, activity, settings):
        return self(state, activity, settings)

    @classmethod
    def of_all(cls, state, activity, settings):
        cls.calls += 1
        return state, rarely(cls.calls)

    @property
    def counted(self):
        self.own += 1
        return self.own


def by_default(state, activity, settings, seen=[]):  # noqa: B006 - the mistake
    seen.append(activity.event.id)
    return state, rarely(len(seen))


def by_a_named_default(state, activity, settings, *, seen={"calls": 0}):  # noqa: B006 - the mistake
    seen["calls"] += 1
    return state, rarely(seen["calls"])


def around():
    calls = 0

    def by_closure(state, activity, settings):
        nonlocal calls
        calls += 1
        return state, rarely(calls)

    return by_closure


def by_attribute(state, activity, settings):
    by_attribute.calls = getattr(by_attribute, "calls", 0) + 1
    return state, rarely(by_attribute.calls)


def by_class(state, activity, settings):
    return state, rarely(Hidden.of_all(state, activity, settings)[1])


HIDDEN, NUMBERS, LATEST = Hidden(), count(1), {}

LOCAL, CONTEXT = threading.local(), ContextVar("context")

LOCAL.calls = 0


def by_property(state, activity, settings):
    return state, rarely(HIDDEN.counted)


def by_iterator(state, activity, settings):
    return state, rarely(next(NUMBERS))


def forever():
    calls = 0
    while True:
        calls += 1
        yield calls


CALLS = forever()


def by_generator(state, activity, settings):
    return state, rarely(next(CALLS))


def by_thread(state, activity, settings):
    LOCAL.calls += 1
    return state, rarely(LOCAL.calls)


def by_context(state, activity, settings):
    CONTEXT.set(CONTEXT.get(0) + 1)
    return state, rarely(CONTEXT.get())


@lru_cache
def counters():
    return {"calls": 0}


def by_cached_result(state, activity, settings):
    counters()["calls"] += 1
    return state, rarely(counters()["calls"])


def by_inner_function(state, activity, settings):
    def count_it():
        HIDDEN.own += 1
        return HIDDEN.own

    return state, rarely(count_it())


def by_turns(state, activity, settings):
    LATEST["odd"] = not LATEST.get("odd")
    return state, 1


def decorated(function):
    calls = []

    @wraps(function)
    def counting(*arguments):
        calls.append(1)
        return state_and(function(*arguments), rarely(len(calls)))

    return counting


def state_and(found, amount):
    return found[0], amount


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (by_default, r"the default argument 'seen' of by_default \(test_contract_memory.py, line \d+\)"),
        (by_a_named_default, "the default argument 'seen' of by_a_named_default"),
        (around(), "the variable 'calls' around by_closure"),
        (by_attribute, "the attribute 'calls' of by_attribute"),
        (by_class, "the attribute 'calls' of the class Hidden"),
        (Hidden.of_all, "the attribute 'calls' of the class Hidden"),
        (Hidden(), "what an object of the class Hidden holds"),
        (Hidden().step, "the object that step .* is a method of"),
        (by_property, "the global variable 'HIDDEN' of test_contract_memory"),
        (by_iterator, "the global variable 'NUMBERS' of"),
        (by_generator, "the global variable 'CALLS' of"),
        (by_thread, "the global variable 'LOCAL' of"),
        (by_context, "the global variable 'CONTEXT' of"),
        (by_cached_result, "the global variable 'counters' of"),
        (by_inner_function, "the global variable 'HIDDEN' of"),
        (by_turns, "the global variable 'LATEST' of"),
        (decorated(lambda state, *_: (state, 1)), "the variable 'calls' around counting"),
        (partial(lambda own, state, *_: (state, own.append(1) or 1), []), "the arguments of a partial"),
    ],
)  # fmt: skip
def test_that_a_rule_that_remembers_is_found_out_however_rarely_it_matters(step, told):
    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    contract.examples = 3
    with pytest.raises(AssertionError, match=f"^a function remembers something: .*{told}"):
        contract.test_that_it_remembers_nothing()


def test_that_a_rule_that_remembers_in_another_module_is_found_out(tmp_path, monkeypatch):
    (tmp_path / "tallies.py").write_text("NUMBER = 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    def step(state, activity, settings):
        import tallies

        tallies.NUMBER += 1
        return state, rarely(tallies.NUMBER)

    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    contract.examples = 1
    with pytest.raises(AssertionError, match="the global variable 'NUMBER' of tallies"):
        contract.test_that_it_remembers_nothing()


def test_that_a_measure_that_remembers_is_found_out():
    def add(state, sample, seen=[]):  # noqa: B006 - the mistake
        seen.append(sample)
        return state + sample

    measure = Measure(name="m", start=0, add=add, read=lambda state: state)
    contract = broken(
        MeasureContract, make_measure=lambda self: measure, samples=lambda self: st.integers(0, 9)
    )
    told = r"each time you measure the same samples, it changes the default argument 'seen' of add"
    with pytest.raises(AssertionError, match=told):
        contract.test_that_it_remembers_nothing()


@lru_cache
def squared(number):
    return number**2


@lru_cache(maxsize=1)
def cubed(number):
    return number**3


LENGTHS, FEW, TABLE = {}, OrderedDict(), tuple(range(50_000))

WORDS = ("a", 1)

PATTERN = None


def cached_in_a_dict(state, activity, settings):
    known = activity.event.object or ""
    if known not in LENGTHS:
        LENGTHS[known] = len(known) + 1
    return state, LENGTHS[known]


def cached_in_one_place(state, activity, settings):
    global WORDS  # noqa: PLW0603 - as plugins do
    title = activity.data.get("title", "")
    if WORDS[0] != title:
        WORDS = (title, len(title.split()) + 1)
    return state, WORDS[1]


def cached_and_dropped(state, activity, settings):
    key = activity.event.id
    if key in FEW:
        FEW.move_to_end(key)
    else:
        FEW[key] = len(key)
        if len(FEW) > 2:
            FEW.popitem(last=False)
    return state, FEW[key]


def compiled_when_needed(state, activity, settings):
    global PATTERN  # noqa: PLW0603 - as plugins do
    if PATTERN is None:
        PATTERN = re.compile(r"\w+")
    return state, 1 + len(PATTERN.findall(activity.data.get("title", "")))


def imported_when_needed(state, activity, settings):

    return state, 1 + int(colorsys.rgb_to_hsv(1, 1, 1)[2]) + len(
        uuid.NAMESPACE_URL.hex + platform.__name__
    )


class Configured:
    """An object with a property that is computed once."""

    def __init__(self, least):
        self.least = least

    @cached_property
    def doubled(self):
        return 2 * self.least

    def step(self, state, activity, settings):
        return state + 1, self.doubled


@singledispatch
def weighed(value):
    return 1


@weighed.register
def _(value: str):
    return len(value)


@pytest.mark.parametrize(
    "step",
    [
        lambda state, activity, _: (state, 1 + squared(activity.local.hour)),
        lambda state, activity, _: (state, 1 + cubed(activity.local.hour)),
        lambda state, activity, _: (state, 1 + TABLE[activity.local.hour]),
        lambda state, activity, _: (state, weighed(activity.event.id)),
        lambda state, activity, _: (state, {"post.shared": 2}.get(activity.event.type, 1)),
        lambda state, activity, _: (state + 1, sum(n for n in range(state % 7)) + 1),
        cached_in_a_dict,
        cached_in_one_place,
        cached_and_dropped,
        compiled_when_needed,
        imported_when_needed,
        Configured(3).step,
        partial(lambda least, state, *_: (state, least), 3),
    ],
)  # fmt: skip
def test_that_a_rule_with_a_cache_remembers_nothing(step, monkeypatch):
    """Nothing in the whole contract complains, though modules and caches are there only when they are asked for first."""
    for module in ("colorsys", "platform", "uuid"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    made = kind_book(step)
    contract = broken(
        RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1), post(2)]
    )
    contract.examples = 2
    contract.test_that_it_remembers_nothing()
    contract.test_that_it_is_pure()
    contract.test_that_the_law_holds()
    contract.test_that_it_raises_for_no_event()


class OfItsOwn:
    """Runs code wherever somebody looks at it."""

    def __eq__(self, other):
        raise AssertionError("compared")

    def __hash__(self):
        raise AssertionError("hashed")

    def __repr__(self):
        raise AssertionError("written")

    def __getattr__(self, name):
        raise AssertionError("asked for an attribute")


STRANGE = [OfItsOwn()]


@pytest.mark.parametrize("most", [3, 1000])
def test_that_a_cache_that_is_emptied_when_full_passes_only_if_it_is_never_full(most):
    cache = {}

    def step(state, activity, settings):
        if len(cache) > most:
            cache.clear()
        cache.setdefault(activity.event.id, 1)
        return state, 1

    made = kind_book(step)
    contract = broken(
        RuleContract, make_book=lambda self: made, examples_of=lambda self: [*map(post, range(5))]
    )
    contract.examples = 5
    if most == 1000:
        contract.test_that_it_remembers_nothing()
        return
    told = (
        r"the variable 'cache' around step .*use functools\.lru_cache\(maxsize=\.\.\.\), or a bound"
    )
    with pytest.raises(AssertionError, match=told):
        contract.test_that_it_remembers_nothing()


def test_that_no_code_runs_while_what_a_function_remembers_is_looked_at():
    def step(state, activity, settings):
        return state, len(STRANGE)

    made = kind_book(step)
    contract = broken(RuleContract, make_book=lambda self: made, examples_of=lambda self: [post(1)])
    contract.examples = 1
    contract.test_that_it_remembers_nothing()

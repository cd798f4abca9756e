"""The three folds in which everything is decided: relate, gate and reward.

A fold applies a pure function to the items of one key (an object, a gate's key, a holder) in the order of the events.
``flow`` leads events through all three: in order through one call of the generated program, late through ``Flow.repair``.
Nothing here does I/O, reads a clock or leaves anything to chance; ``docs/explanation/law.md`` says what that guarantees.
"""

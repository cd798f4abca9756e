"""Descriptions of all keys of a rule book, by table: for the JSON Schema, and for the tables in docs/reference/rulebook.md.

Tests check that every key has one, and that the page has the same.
"""

from __future__ import annotations

from collections.abc import Mapping

TABLES: Mapping[str, str] = {
    "book": "the book itself, and what it builds on",
    "purse": "the currencies that points are counted in, by name",
    "event": "event types of your own, by name",
    "rule": "the reasons to credit somebody",
    "limit": "how much a receiver may get: limits that rules share, by name",
    "gate": "how often something scarce may be used: gates that rules share, by name",
    "badge": "the badges, and their criteria",
    "ladder": "levels to climb, by name",
    "campaign": "goals, and what is shared out when they are closed, by name",
}
"""The descriptions of the sections."""

_MEANS = "one sentence for people"
_SINCE = "only events that occur from this date, or date and time, on; in the zone of the book"
_UNTIL = "only events that occur before this date, or date and time; in the zone of the book"
_WHOSE = "whose mentor or unit is meant, `actor` or `recipient`; default: the event type's `merit`"

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "book": {
        "id": "the name of the book",
        "zone": "the IANA time zone of this book's dates, and of members without a zone of their own; default `UTC`. Other zones need the system's time zone database, or `pip install tzdata`",
        "use": 'files, packs and plugins to build on, with their rules and badges. What the book defines under the same id replaces theirs. The path of a file (`"common.toml"`) is relative to the file that names it',
        "vocabulary": 'files, packs and plugins of which only the event types are taken; default `["sharing"]`',
        "disabled_plugins": "plugins that are switched off for this book, as if they weren't installed",
        "drop": "ids of rules, badges or ladders to leave out of what the book builds on. If several of them have the same id, `rule:ID`, `badge:ID` or `ladder:ID` says which one",
        "calendar": "names of holiday calendars that plugins offer",
        "holidays": "dates that are days off, as a list: `[2026-12-24, 2026-12-25]`; added to those of `calendar`",
        "days_off": 'what is off in some time zones only: by time zone, names of holiday calendars and dates, as in `{ "Europe/Paris" = ["fr", 2026-07-13] }`',
        "workdays": "the ISO weekdays on which people work; default `[1, 2, 3, 4, 5]`",
        "individuals": "`false`: no reading ranks members, or names one member to another; default: `false` if a book that it builds on says `false` and no book above that one says `true`",
        "fewest": "the smallest number of persons that a figure may be of: in culture reports, and with `individuals = false` in what units and communities have; default: the largest of the numbers in the books that it builds on, else 5",
        "means": _MEANS,
    },
    "purse": {
        "decimals": "how many decimals its amounts have, 0 to 9; default 0",
        "floor": "deductions take nobody below this number",
        "means": _MEANS,
    },
    "event": {
        "means": _MEANS,
        "creates": "the type of object that such an event creates; the id of the object is the event's `object`",
        "acts_on": 'the types of object that it may act on, or `"any"`. An event that creates acts on its `in_reply_to`, any other on its `object`',
        "requires": "the keys that each event must have, of actor, object, recipient, in_reply_to, community and topics",
        "fields": "the fields of `data`, by name",
        "merit": 'whose mentor and unit are meant: `"actor"` (the default) or `"recipient"`',
        "relates": (
            'how the event changes who belongs to whom, or who is there: `"profile"` sets where the actor belongs, `"joining"` does so and says that they are there, '
            '`"leaving"` says that they aren\'t, `"mentoring starts"` and `"mentoring ends"` relate the actor to the recipient'
        ),
        "retracts": "`true` for a type that takes events back",
        "waits": "`true`: the event counts only while the object that it acts on exists, even if the event names its recipient",
        "advances": "`true` for a type that says that time has passed; badges with `keep_up` are then looked at",
        "act": "what the actor does by it, for statements and reports: `shares`, `broadcasts`, `asks`, `answers`, `replies`, `accepts`, `confirms`, `likes`, `thanks`, `reads`, `uses` or `mentors`; decides nothing",
    },
    "field": {
        "type": '`"text"` (the default), `"number"`, `"integer"`, `"flag"` (true or false) or `"texts"` (a list)',
        "required": "`true` if each event must have it",
        "means": _MEANS,
    },
    "rule": {
        "id": "the name of the rule; it replaces a rule of the same name that the book builds on",
        "on": "the event type, or a list of them",
        "to": "who is credited: `actor` (the default), `recipient`, `mentor`, `unit`, `community`, `former_mentor` or `mentors_mentor`",
        "of": _WHOSE,
        "points": "the amount: a number, or an expression of the event's fields",
        "purse": "the purse that the amount goes to; default `points`",
        "where": "a condition: the rule applies to events for which it is true",
        "since": _SINCE,
        "until": _UNTIL,
        "audience": "for whom the rule holds; default: for everybody",
        "limit": "how much a receiver may get: the name of a limit, a limit written here, or a list of these",
        "exempt": "limits with `all` that don't hold for this rule",
        "gate": "how often something scarce may be used: the name of a gate, or a gate written here",
        "graded": "the amount follows an aggregate over all events on one object",
        "judged": "the amount follows what several judges say about one object",
        "weaker": "which share of the amount is left if it is given back, or given to one's own manager or report",
        "fade": "which share of the amount is left for a former mentor, by how long ago the mentoring ended",
        "split": "`true`: all who are thanked at once share the amount, by the fields `among` and `number` of the event",
        "self_credit": "`true`: members are credited for what they do for themselves, too. By default, nobody is credited for a comment on their own post, or for an answer to their own question",
        "say": "what the member is told. Names in braces are filled in: `{actor}`, `{actor_unit}`, `{points}`, a field, or `{mentor}` in a rule that credits a mentor. If the event type has an `act`, statements use their own sentence for it instead",
        "means": "what the rule is for; shown when an entry is explained",
        "kind": "a rule kind of a plugin, which decides the amount instead of `points`",
        "settings": "the settings of the rule kind: a text, a number, true or false for each name. `wiifm plugins` lists those that a kind declares",
        "version": "any text, which is part of the book's digest. Change it when a plugin's test of this rule changes its meaning",
    },
    "audience": {
        "units": "the unit of the holder who is credited must be one of these",
        "communities": "the community of the event must be one of these",
    },
    "graded": {
        "by": "the measure: `count`, `sum`, `max`, `mean`, `median`, `latest` or `distinct`",
        "value": "what is measured: a field or an expression; not used for `count`",
        "steps": "pairs of a threshold and what reaching it is worth in all; instead of `points`",
    },
    "judged": {
        "by": "how the judgements become one value: `mean`, `median`, `trimmed`, or a measure of a plugin",
        "value": "what a judge says about the object: a field or an expression; null is no judgement",
        "trim": "with `trimmed`: the share of the judgements that is left out at each end, such as 0.2",
        "original": "a field or an expression that names the object of which this one is a duplicate; null if it isn't one",
        "share": "with `original`: the share of the judge's value for the original that a duplicate is worth, such as 0.1",
    },
    "weaker": {
        "mutual": "the share that is left if the recipient gave to the actor by the same rule before: from 0 to less than 1",
        "within": "how long before still counts; default `30 days`",
        "reporting": "the share that is left if one of the two manages the other, by profile at the event",
    },
    "fade": {
        "share": "the share of the amount that is left in each further `per`: above 0 and below 1",
        "per": "the length of one step; in the first one after the mentoring ended the amount is whole; default `30 days`",
        "times": "after this many steps nothing is left",
    },
    "limit": {
        "points": "the most points. An amount beyond it is cut to what is left; a deduction is never cut",
        "times": "the most grants",
        "per": "within which period, at most one (`day`, `week` from Monday, `month`, `year` or `ever`), and for each of `object`, `person`, `topic`, `community`; default `ever`. The object is the one acted on: for a comment, the post",
        "net": "`true`: a deduction makes room again, even for more than `points`",
        "all": "`true`: the limit holds for every rule of its purse that isn't `exempt`",
        "purse": "the purse of the rules that share it; default `points`. A limit written in a rule has the rule's purse",
        "means": _MEANS,
    },
    "gate": {
        "of": "for what it is scarce: `actor`, `recipient`, `object` (the one acted on: for an answer, the question), `in_reply_to`, `community`, `unit`, several of these, or `all` (the default)",
        "times": "how many get through: the first ones",
        "points": "or how many points get through: each amount that still fits",
        "per": "`day`, `week`, `month`, `year` or `ever` (the default)",
        "carry": "how much of the `times` or `points` that a period leaves is carried over into the next one, at most. Nothing is carried over into the period of the first claim",
        "distinct": '`"actor"`: each actor gets through once',
        "means": _MEANS,
    },
    "badge": {
        "id": "the name of the badge; it replaces a badge of the same name that the book builds on",
        "all_of": "several criteria, all of which must be met",
        "any_of": "several criteria, of which one must be met, or as many as `needs` says",
        "none_of": "criteria none of which may be met; those over rolling windows are measured as of the moment",
        "needs": "how many of `any_of` must be met; default 1",
        "after": "badges that must be held before: `helper`, or `helper:gold` for a tier",
        "tier": "the tier, if no `at_least` names tiers",
        "keep": "`true`: the badge stays when the events behind it are retracted later",
        "keep_up": "the badge is given and lost when time is advanced: it is held as long as its criteria are met",
        "points": "a bonus for each award: a number, or one for each tier",
        "purse": "the purse of the bonus; default `points`",
        "say": "what the member is told",
        "means": _MEANS,
    },
    "keep_up": {
        "share": "the share of each threshold over a rolling window that it takes to keep the badge, such as 0.9; default 1",
        "grace": "how long after it was given the badge can't be lost, such as `14 days`",
    },
    "criterion": {
        "count": "how many events of these types",
        "sum": "the sum of a field or an expression, over the events in `on`",
        "max": "its largest value",
        "mean": "the mean of its values",
        "median": "the median of its values",
        "latest": "its last value",
        "distinct": "how many different values it has",
        "run": "how many events of these types in a row meet `where`; one that doesn't starts the run again",
        "gap": "the longest gap between two days with such events, in days without one; when time is advanced, the gap since the last of them counts, too",
        "groups": "how many days, weeks, objects, topics, persons, ... reach the criterion in `each`",
        "streak": "how many days, workdays, weeks or months in a row reach the criterion in `each`",
        "ratio": "a first measure divided by a second one: a list of the two. The second must reach its own `at_least`",
        "earned": "how much rules gave, in this purse",
        "measure": "a measure of a plugin, applied to `value`",
        "value": "what a plugin's measure measures: a field or an expression",
        "on": "the event type, or a list of them, if the measure doesn't name them",
        "rules": "with `earned`: only what these rules gave",
        "each": "the inner criterion of `groups` or `streak`",
        "to": "whose activities count: `actor` (the default), `recipient`, `mentor`, `unit`, `community`, `former_mentor` or `mentors_mentor`",
        "of": _WHOSE,
        "where": "a condition: only events for which it is true count",
        "since": _SINCE,
        "until": _UNTIL,
        "over": "`ever` (the default), `day`, `week`, `month`, `year`, `last 30 days` (rolling, both ends included), `every 14 days` or `campaign spring` (from its `since` to its `until`)",
        "per": "what it is counted for: each `member` (the default), `object`, `in_reply_to`, `topic`, `community`, `unit`, `person` or `pair` (what passes between two, in either direction)",
        "at_least": "the threshold, or one for each tier in ascending order; default 1",
        "or_only": "with `keep_up`: a threshold that holds if it is less than `at_least`: an expression of the fields of the event that advances time",
        "again": "how often it is awarded: `once` (the default), the name of `per`, `period`, a number N for every N more, or a list of these",
        "freeze": "how many missed periods of a streak are forgiven",
        "self_credit": "`true`: what members do for themselves counts, too, such as answers to their own questions",
    },
    "ladder": {
        "levels": "the levels, and how many points each takes, in ascending order",
        "purse": "the purse of these points; default `points`",
        "level": "or levels by criteria, one after the other; each is written like a badge",
        "means": _MEANS,
    },
    "campaign": {
        "pays": "the purse that is paid into, by a rule on `campaign.paid`; amounts have its decimals",
        "purse": "the purse whose points decide; default `points`",
        "since": "points count for events from this date, or date and time, on. A later closing starts where the last one ended; default: from the beginning",
        "until": "points count for events before this date, or date and time; default: the moment of closing",
        "goal": "how many points all together must reach; otherwise nothing is paid",
        "budget": "how much is shared; another amount may be given when it is closed",
        "rate": "how much is shared for each point. With a budget, the smaller of the two is shared",
        "split": '`"points"` (the default): in proportion to the points; or `"equal"`',
        "least": "the least that anybody with points gets, as far as the pool holds that much for each; default 0",
        "most": "the most that anybody gets; what that leaves goes to the others",
        "prizes": "what the first, second, ... place get, instead of a pool; those who share a place share its prizes",
        "team": "a goal for each unit, instead of a pool: the share of its members who must have points (0.6 is 60 %)",
        "bonus": "with `team`: what each member of a unit that reached it gets, including those without points",
        "means": _MEANS,
    },
}
"""The descriptions of the keys. A badge also has the keys of a criterion."""


def meanings(table: str) -> Mapping[str, str]:
    """The descriptions of the keys of a table, by key.

    >>> meanings("badge")["freeze"]
    'how many missed periods of a streak are forgiven'
    """
    if table == "badge":
        return {**MEANINGS["badge"], **MEANINGS["criterion"]}
    return MEANINGS[table]

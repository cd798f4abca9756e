"""What each key of a rule book says, in a few words: for the schema, and for the tables of docs/reference/rulebook.md.

The words are by table, then by key. A key that a noun has and that isn't here has no words for editors; a test finds it.
"""

from __future__ import annotations

from collections.abc import Mapping

TABLES: Mapping[str, str] = {
    "book": "who the book is, and what it builds on",
    "purse": "the currencies that points are counted in, by name",
    "event": "event types of one's own, by name",
    "rule": "the reasons to credit somebody",
    "limit": "how much a receiver may get: limits that rules share, by name",
    "gate": "how often something scarce may be used: gates that rules share, by name",
    "badge": "the badges, and what they ask for",
    "ladder": "levels to climb, by name",
    "campaign": "who shares what when a campaign is closed, by name",
}
"""What each section of a rule book is for."""

_MEANS = "one sentence for people"
_SINCE = "from this date, or date and time, on: in event time, in the zone of the book"
_UNTIL = "before this date, or date and time: in event time, in the zone of the book"
_WHOSE = "whose mentor or unit is meant, `actor` or `recipient`; as the event type's `merit` says unless given"
_SELF = "`true` credits members for what they do for themselves, too: without it nobody is credited for a comment on their own post, or an answer to their own question"

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "book": {
        "id": "the name of the book",
        "zone": "the IANA time zone of this book's dates, and of members who never said theirs; `UTC` unless given. Any other needs the system's time zone database, or `pip install tzdata`",
        "use": 'files, packs and plugins to build on, with their rules and badges; what the book defines under the same id replaces theirs; a file (`"common.toml"`) is seen from the one that names it',
        "vocabulary": 'files, packs and plugins of which only the event types are taken; `["sharing"]` unless given',
        "disabled_plugins": "plugins that are switched off for this book, as if they weren't installed",
        "drop": "ids of rules, badges or ladders of those to leave out; `rule:ID`, `badge:ID` or `ladder:ID` leaves out that one where several have the id",
        "calendar": "names of holiday calendars of plugins",
        "holidays": "dates that are off, as a list: `[2026-12-24, 2026-12-25]`; those of `calendar` come on top",
        "workdays": "ISO weekdays that are worked; `[1, 2, 3, 4, 5]` unless given",
        "individuals": "`false`: no reading ranks members or names one to another; unless given as the books say that it builds on, and `true` where none does",
        "fewest": "of how many persons a figure is at least, in culture reports, and with `individuals = false` what units and communities have; unless given the largest number of the books that it builds on, and 5 where none says one",
        "means": _MEANS,
    },
    "purse": {
        "decimals": "how many decimals its amounts have, 0 to 9; 0 unless given",
        "floor": "deductions take nobody below this",
        "means": _MEANS,
    },
    "event": {
        "means": _MEANS,
        "creates": "the type of object that such an event makes; its id is the event's `object`",
        "acts_on": 'the types of object it may act on, or `"any"`: `in_reply_to` for an event that creates, else `object`',
        "requires": "which of actor, object, recipient, in_reply_to, community, topics must be there",
        "fields": "the fields of `data`, by name",
        "merit": '`"actor"` (the default) or `"recipient"`: whose mentor and unit are meant',
        "relates": (
            '`"profile"` (where the actor belongs), `"joining"` (that, and that they are there), `"leaving"` (that they aren\'t), '
            '`"mentoring starts"` or `"mentoring ends"`: the event changes who belongs to whom, or who is there'
        ),
        "retracts": "`true` for a type that takes events back",
        "waits": "`true`: it counts only while the object that it acts on exists, even if the event names its recipient",
        "advances": "`true` for a type that says that time has passed; badges with `keep_up` are looked at then",
        "act": "what the actor does by it, for statements and reports: `shares`, `broadcasts`, `asks`, `answers`, `replies`, `accepts`, `confirms`, `likes`, `thanks`, `reads`, `uses` or `mentors`; it decides nothing",
    },
    "field": {
        "type": '`"text"` (the default), `"number"`, `"integer"`, `"flag"` (true or false) or `"texts"` (a list)',
        "required": "`true` if each event must carry it",
        "means": _MEANS,
    },
    "rule": {
        "id": "its name; a rule of a plugin with this name is replaced",
        "on": "the event type, or a list of them",
        "to": "who is credited: `actor` (the default), `recipient`, `mentor`, `unit`, `community`, `former_mentor` or `mentors_mentor`",
        "of": _WHOSE,
        "points": "the amount: a number, or an expression of the event's fields",
        "purse": "the purse that it goes to; `points` unless given",
        "where": "a condition: the rule holds for events for which it is true",
        "since": _SINCE,
        "until": _UNTIL,
        "audience": "for whom it holds; for all unless given",
        "limit": "how much a receiver may get: the name of a limit, a limit written here, or a list of these",
        "exempt": "limits with `all` that don't hold for this rule",
        "gate": "how often something scarce may be used: the name of a gate, or one written here",
        "graded": "the amount follows an aggregate over all events on one object",
        "judged": "the amount follows what several judges say of one object",
        "weaker": "what is left of the amount where it is given back, or to one's own manager or report",
        "fade": "what is left of the amount for a former mentor, the longer ago the mentoring ended",
        "split": "`true`: the amount is shared by all who are thanked at once, by the fields `among` and `number` of the event",
        "self_credit": _SELF,
        "say": "what the member is told, with names in braces: `{actor}`, `{mentor}`, `{points}` or a field; statements say it by the event type's `act`, where it has one",
        "means": "what the rule is for; it is told when an entry is explained",
        "kind": "a rule kind of a plugin, which decides the amount instead of `points`",
        "settings": "what the rule kind asks for: a text, a number, true or false for each name",
        "version": "any text; it is part of the book's digest: change it when a plugin's test of this rule changes its meaning",
    },
    "audience": {
        "units": "the unit of whoever is credited must be one of these",
        "communities": "the community of the event must be one of these",
    },
    "graded": {
        "by": "the measure: `count`, `sum`, `max`, `mean`, `median`, `latest` or `distinct`",
        "value": "what is measured: a field or an expression; nothing for `count`",
        "steps": "pairs of a threshold and what it is worth in all, instead of `points`",
    },
    "judged": {
        "by": "how one value is made of what they say: `mean`, `median`, `trimmed`, or a measure of a plugin",
        "value": "what a judge says of the object, a field or an expression; null is no judgement",
        "trim": "with `trimmed`: which part of the judgements is left out at each end, such as 0.2",
        "original": "a field or an expression that names the object which this one is a duplicate of; null where it is none",
        "share": "with `original`: which part of what the judge says of the original a duplicate is worth, such as 0.1",
    },
    "weaker": {
        "mutual": "the share that is left where the recipient gave to the actor by the same rule before: 0 to less than 1",
        "within": "how long before that counts: `30 days` unless given",
        "reporting": "the share that is left where one of both manages the other one, by profile at the event",
    },
    "fade": {
        "share": "which part of the amount is left in each further `per`: above 0 and below 1",
        "per": "in the first one after the mentoring ended the amount is whole; `30 days` unless given",
        "times": "after so many of them nothing is left",
    },
    "limit": {
        "points": "so many points at most: the amount that goes beyond is cut to what is left, and a deduction is never cut",
        "times": "so many grants at most",
        "per": "within at most one period (`day`, `week` from Monday, `month`, `year`, `ever`), and for each of `object`, `person`, `topic`, `community`. The object is the one acted on: of a comment the post",
        "net": "`true`: a deduction makes room again, also more than `points`",
        "all": "`true`: it holds for every rule of its purse that isn't `exempt`",
        "purse": "the purse of the rules that share it; `points` unless given. A limit written in a rule has the rule's",
        "means": _MEANS,
    },
    "gate": {
        "of": "for what it is scarce: `actor`, `recipient`, `object` (the one acted on: of an answer the question), `in_reply_to`, `community`, `unit`, several, or `all` (the default)",
        "times": "the first so many get through",
        "points": "or those that fit into so many points",
        "per": "`day`, `week`, `month`, `year` or `ever` (the default)",
        "carry": "so many of `times` or `points` that a period leaves are there in the next one, at most; in the period of the first claim there are none",
        "distinct": '`"actor"`: each actor gets through once',
        "means": _MEANS,
    },
    "badge": {
        "id": "its name; a badge of a plugin with this name is replaced",
        "all_of": "several criteria, all of which must be met",
        "any_of": "several criteria, one of which must be met, or `needs` of them",
        "none_of": "criteria none of which must be met; those of rolling windows are measured as of the moment",
        "needs": "how many of `any_of` must be met; 1 unless given",
        "after": "badges that must be held before: `helper`, or `helper:gold` for a tier",
        "tier": "the tier, where no `at_least` names tiers",
        "keep": "`true`: it stays when the events behind it are retracted later",
        "keep_up": "it is given and lost when time is advanced: held as long as what it asks for is kept up",
        "points": "a bonus for each award: a number, or one for each tier",
        "purse": "the purse of the bonus; `points` unless given",
        "say": "what the member is told",
        "means": _MEANS,
    },
    "keep_up": {
        "share": "which part of what was asked over rolling windows it takes to keep the badge, such as 0.9; 1 unless given",
        "grace": "for so long after it was given, such as `14 days`, it isn't lost",
    },
    "criterion": {
        "count": "how many events of these types",
        "sum": "the sum of a field or an expression, over the events in `on`",
        "max": "the largest value of it",
        "mean": "the mean of its values",
        "median": "the median of its values",
        "latest": "its last value",
        "distinct": "how many different values it has",
        "run": "how many events of these types in a row meet `where`; one that doesn't begins anew",
        "gap": "the longest gap between two days with such events: how many days without lie between; when time is advanced, also that since the last of them",
        "groups": "how many days, weeks, objects, topics, persons ... reach the criterion in `each`",
        "streak": "how many days, workdays, weeks or months in a row reach the criterion in `each`",
        "ratio": "how much there is of a first measure for each of a second: a list of the two, of the second so much `at_least` as it says",
        "earned": "how much rules gave, in this purse",
        "measure": "a measure of a plugin, of the `value`",
        "value": "what a plugin's measure measures: a field or an expression",
        "on": "the event type, or a list of them, where the measure doesn't name them",
        "rules": "with `earned`: only what these rules gave",
        "each": "the inner criterion of `groups` or `streak`",
        "to": "whose activities count: `actor` (the default), `recipient`, `mentor`, `unit`, `community`, `former_mentor` or `mentors_mentor`",
        "of": _WHOSE,
        "where": "a condition: only events for which it is true count",
        "since": _SINCE,
        "until": _UNTIL,
        "over": "`ever` (the default), `day`, `week`, `month`, `year`, `last 30 days` (rolling, both ends included), `every 14 days` or `campaign spring` (from its `since` to its `until`)",
        "per": "counted for each `member` (the default), `object`, `in_reply_to`, `topic`, `community`, `unit`, `person` or `pair` (what passes between two, either way)",
        "at_least": "the threshold, or one for each tier in ascending order; 1 unless given",
        "or_only": "with `keep_up`: or so much, where that is less than `at_least`: an expression of the fields of the event that advances time",
        "again": "`once` (the default), the name of `per`, `period`, a number N for every N more, or a list of these",
        "freeze": "so many missed periods of a streak are forgiven",
        "self_credit": "`true` counts what members do for themselves, too, such as answers to their own questions",
    },
    "ladder": {
        "levels": "the levels, and the points that each takes, in ascending order",
        "purse": "the purse of these points; `points` unless given",
        "level": "or levels by criteria, one after the other: each is written like a badge",
        "means": _MEANS,
    },
    "campaign": {
        "pays": "the purse that is paid into, by a rule on `campaign.paid`; amounts have its decimals",
        "purse": "the purse whose points decide; `points` unless given",
        "since": "the points of events from this date, or date and time, on; where the last closing ended unless given",
        "until": "the points of events before this date, or date and time; until it is closed unless given",
        "goal": "so many points of all together must be reached; else nothing is paid",
        "budget": "what is shared; another one may be given when it is closed",
        "rate": "so much for each point at most: with a budget, what is less is shared",
        "split": '`"points"` (the default): each gets as large a part as of the points; or `"equal"`',
        "least": "nobody who has points gets less, as far as the pool holds so much for each; 0 unless given",
        "most": "nobody gets more; what that leaves goes to the others",
        "prizes": "what the first, second, ... place get, instead of a pool; those who share a place share its prizes",
        "team": "a goal for each unit instead of a pool: so large a part of its members (0.6 is 60 %) must have points",
        "bonus": "with `team`: what each member of a unit that reached it gets, those without points, too",
        "means": _MEANS,
    },
}
"""What each key says. A badge of one criterion has the keys of a criterion beside its own."""


def meanings(table: str) -> Mapping[str, str]:
    """What the keys of a table say, by key.

    >>> meanings("badge")["freeze"]
    'so many missed periods of a streak are forgiven'
    """
    if table == "badge":
        return {**MEANINGS["badge"], **MEANINGS["criterion"]}
    return MEANINGS[table]

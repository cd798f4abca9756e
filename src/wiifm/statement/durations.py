"""Durations and periods in words, rounded to what readers need."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from wiifm.words.speech import ENGLISH, Speech, capital


def duration(minutes: float, speech: Speech) -> str:
    """An estimated duration: minutes up to an hour, tens of minutes up to three hours, then hours.

    >>> duration(45, Speech()), duration(148, Speech()), duration(500, Speech())
    ('45 minutes', '2 hours and 30 minutes', '8 hours')
    """
    if minutes < 55:
        return speech.many("{n} minute", "{n} minutes", round(minutes))
    hours, rest = divmod(round(minutes / 10) * 10, 60)
    if hours >= 3:
        return speech.many("{n} hour", "{n} hours", round(minutes / 60))
    parts = [speech.many("{n} hour", "{n} hours", hours)]
    if rest:
        parts.append(speech.many("{n} minute", "{n} minutes", rest))
    return speech.listed(parts)


def roughly(minutes: float, speech: Speech) -> str:
    """An estimated duration as a single number of minutes or hours, which agrees with :func:`duration`.

    >>> roughly(45, Speech()), roughly(60, Speech()), roughly(84, Speech()), roughly(110, Speech())
    ('45 minutes', '1 hour', '80 minutes', '2 hours')
    """
    rounded = round(minutes) if minutes < 55 else round(minutes / 10) * 10
    if rounded <= 100 and rounded != 60:
        return speech.many("{n} minute", "{n} minutes", rounded)
    return speech.many("{n} hour", "{n} hours", round(rounded / 60))


def time_left(until: datetime, now: datetime, speech: Speech) -> str:
    """The time from now on in whole days, hours or minutes; "" if it is less than a minute.

    >>> from datetime import timedelta
    >>> now = datetime(2026, 5, 4)
    >>> [time_left(now + timedelta(hours=each), now, Speech()) for each in (0.5, 47, 71)]
    ['30 minutes', '47 hours', '2 days']
    """
    minutes = (until - now) // timedelta(minutes=1)
    if minutes >= 2880:
        return speech.many("{n} day", "{n} days", minutes // 1440)
    if minutes >= 120:
        return speech.many("{n} hour", "{n} hours", minutes // 60)
    return speech.many("{n} minute", "{n} minutes", minutes) if minutes > 0 else ""


def lasting(length: timedelta, speech: Speech) -> str:
    """A length of time in whole days, hours or minutes; in seconds if it isn't one of whole minutes.

    >>> lasting(timedelta(days=30), Speech()), lasting(timedelta(seconds=90), Speech())
    ('30 days', '90 seconds')
    """
    if length % timedelta(minutes=1):
        return speech.many("{n} second", "{n} seconds", length // timedelta(seconds=1))
    return time_left(datetime.min + length, datetime.min, speech)


def period(since: datetime | None, until: datetime | None, speech: Speech = ENGLISH) -> str:
    """A period in words: a whole month by its name, any other period by its first and last day.

    >>> from datetime import UTC
    >>> period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
    'October 2026'
    """
    last = last_moment(until) if until else None
    if since and until and last and (since.month, since.year) == (last.month, last.year):
        whole = all(each.day == 1 and not each.hour and not each.minute for each in (since, until))
        if whole:
            return capital(speech.month(since))
    if since and last:
        if since.date() == last.date():
            return speech.day(since)
        return speech("{first} to {last}", first=speech.day(since), last=speech.day(last))
    if since:
        return speech("Since {first}", first=speech.day(since))
    return speech("Until {last}", last=speech.day(last)) if last else speech("From the beginning")


def is_midnight(moment: datetime) -> bool:
    """Whether a day begins at a moment, by the clock of its time zone.

    >>> is_midnight(datetime(2026, 6, 1)), is_midnight(datetime(2026, 6, 1, 18))
    (True, False)
    """
    return moment.time() == time.min


def at_moment(moment: datetime, speech: Speech) -> str:
    """A moment: its day, and the time by the clock of its time zone.

    >>> from datetime import UTC
    >>> at_moment(datetime(2026, 6, 1, 18, tzinfo=UTC), Speech())
    '1 June 2026, 18:00 UTC'
    """
    return speech(
        "{day}, {time} {zone}", day=speech.day(moment), time=f"{moment:%H:%M}", zone=f"{moment:%Z}"
    )


def ended(until: datetime, speech: Speech) -> str:
    """The last day before a moment if it is midnight, or else the moment.

    >>> ended(datetime(2026, 6, 1), Speech())
    '31 May 2026'
    """
    if is_midnight(until):
        return speech.day(last_moment(until))
    return at_moment(until, speech)


def last_moment(until: datetime) -> datetime:
    """The last moment before the end of a period.

    >>> last_moment(datetime(2026, 6, 1)).day
    31
    """
    return until - timedelta.resolution

"""A rule book is read as a whole: all its faults at once, each with its place and a hint."""

from datetime import UTC, datetime

import pytest

from wiifm import Badge, Criterion, Engine, Event, InvalidRuleBook, Rule, RuleBook
from wiifm.rulebook import check_badges

HEAD = "[book]\nid = 'b'\n"
RULE = "[[rule]]\nid = 'r'\non = 'kudos.given'\nto = 'recipient'\n"
BADGE = "[[badge]]\nid = 'x'\n"
OF_ONE = BADGE + "count = 'post.shared'\n"


def faults(text):
    with pytest.raises(InvalidRuleBook) as caught:
        RuleBook.parse(text, source="b.toml")
    return str(caught.value)


LIKED = "[[rule]]\nid = 'r'\non = 'object.liked'\n"
GRADED = "graded = {by = 'count', steps = [[1, 2]]}\n"
JUDGED = "judged = {by = 'mean', value = 'hour'}\npoints = 'value'\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("book = 1", "a table [book]"),
        (HEAD + BADGE + "count = 'post.shared'\nat_least = inf", "found inf, expected a number"),
        (HEAD + RULE + "points = nan", "a number or an expression"),
        (HEAD + RULE + "points = 1\nsince = 0001-01-01", "a year from 1900"),
        (
            HEAD
            + "[[ladder.l.level]]\nid='a'\ncount='post.shared'\n[[ladder.l.level]]\nid='b'\ncount='post.shared'\nafter=1",
            "a text or a list",
        ),
        ("[book", "b.toml: found invalid TOML"),
        ("", "b.toml: book, key 'id': found nothing"),
        (HEAD + "zone = 'Europe/Pariss'", "did you mean 'Europe/Paris'?"),
        (HEAD + "use = ['sharin']", "did you mean 'sharing'?"),
        (HEAD + "drop = ['kudos']", "key 'drop': found 'kudos'"),
        (
            HEAD + "workdays = [0]",
            "key 'workdays': found [0], expected ISO weekdays, 1 (Monday) to",
        ),
        (HEAD + "disabled_plugins = 'sharing'", "expected a plugin that is on: none is"),
        (HEAD + "calendar = ['de']", "none is installed; or list the dates in `holidays`"),
        (HEAD + "[rules]", "did you mean 'rule'?"),
        (HEAD + RULE + "points = 5\n" + RULE + "points = 3", "a second one with this id"),
        (HEAD + RULE + "point = 5", "did you mean 'points'?"),
        (HEAD + RULE, "0 of points, kind and graded steps"),
        (HEAD + RULE + "points = 0", "could never give anything"),
        (HEAD + RULE + "points = 'amont * 2'", "did you mean 'amount'?"),
        (HEAD + RULE + "points = 1\nwhere = '1 > 2'", "this one never does"),
        (HEAD + RULE + "points = 1\nwhere = \"object_type == 'pst'\"", "did you mean 'post'?"),
        (HEAD + RULE + "points = 1\npurse = 'karma'", "key 'purse': found 'karma'"),
        (HEAD + RULE + "points = 1\nlimit = 'daly'\n[limit.daily]\ntimes=1", "'daily'"),
        (HEAD + RULE + "points = 1\nlimit = {times = 0}", "above 0"),
        (HEAD + RULE + "points = 1\nlimit = {times = 1, per = ['day', 'week']}", "at most one"),
        (HEAD + RULE + "points = 1\nlimit = {times = 1, per = 'dya'}", "did you mean 'day'?"),
        (HEAD + RULE + "points = 1\nexempt = 'x'", "a limit with `all`"),
        (HEAD + RULE + "points = 1\ngate = 'g'", "a gate of the book"),
        (HEAD + RULE + "points = 1\ngate = {of = 'actr', times = 1}", "did you mean 'actor'?"),
        (HEAD + RULE + "points = 1\ngate = {of = 'actor'}", "times and points"),
        (HEAD + RULE + "points = 1\nsay = '{txt}'", "did you mean 'text'?"),
        (HEAD + RULE + "points = 1\nsay = '{'", "braces"),
        (HEAD + RULE + "points = 1\nsay = '{actor.__class__}'", "a name that these events have"),
        (HEAD + RULE + "points = 1\nsay = '{actor:>10}'", "found {actor:>10}, expected {actor}: a"),
        (HEAD + RULE + "points = 1\nsay = '{actor!r}'", "found {actor!r}, expected {actor}: a na"),
        (
            HEAD + LIKED + GRADED + "say = '{value}'",
            "found {value}, expected a name that is filled",
        ),
        (
            HEAD + LIKED + JUDGED + "say = '{value}'",
            "found {value}, expected a name that is filled",
        ),
        (
            HEAD + RULE + "points = 1\nsay = '{mentor}'",
            "found {mentor}, expected a name that is filled in: {mentor} is the mentor who is cr",
        ),
        (
            HEAD + LIKED + "graded = {by = 'count', steps = [[1]]}",
            "found [1], expected steps of a thr",
        ),
        (
            HEAD + LIKED + "graded = {by = 'count', steps = [1, 2]}",
            "found 1, expected steps of a thre",
        ),
        (
            HEAD + LIKED + "graded = {by = 'count', steps = 2}",
            "found 2, expected a list of steps such",
        ),
        (
            HEAD + LIKED + "graded = {by = 'count', step = [[1, 2]]}",
            "a key of `graded`; did you mean",
        ),
        (HEAD + RULE + "points = 1\naudience = {unit = 'x'}", "a key of `audience`; did you mean"),
        (HEAD + RULE + "points = 1\nsay = 07:30:00", "key 'say': found 07:30:00, expected a text"),
        (
            HEAD + RULE + "points = 1\nwhere = 'data.text == null'",
            "found data.text, expected a name without a dot: text",
        ),
        (
            HEAD + RULE + "points = 1\nlimit = '5 per day'",
            "or a table such as { points = 200, per = 'day' }",
        ),
        (
            HEAD + RULE + "points = 1\ngate = '5 per day'",
            "or a table such as { of = 'actor', times = 5, per",
        ),
        (
            HEAD + RULE + "points = 1\nsay = '{giver}'",
            "a name that these events have: actor, actor_unit, among,",
        ),
        (
            HEAD + RULE + "points = 1\nsay = '{actor'",
            "a pair of braces, and {{ or }} for a brace itself",
        ),
        (
            HEAD + "[[rule]]\nid = 'r'\non = 'kudos.given, post.shared'\npoints = 1",
            "expected several event types as a list: ['kudos.given', 'post.shared']",
        ),
        (HEAD + "zone = 'Paris'", "did you mean 'Europe/Paris'?"),
        (HEAD + "workdays = ['monday']", "expected a list of ISO weekdays, from 1 (Monday) to 7"),
        (HEAD + "holidays = ['2026-12-25']", "expected a date, without quotes"),
        (HEAD + OF_ONE + "over = '30 days'", "did you mean 'last 30 days'?"),
        (HEAD + OF_ONE + "over = 'lats 7 days'", "did you mean 'last 7 days'?"),
        (
            HEAD + "[event.talk.given]\nrequires = 'actor'",
            "event 'talk', key 'given': found a table, expected [event.\"talk.given\"]: a name with",
        ),
        (HEAD + "[event.scored]\nfield = {score = {}}", "did you mean 'fields'?"),
        (
            HEAD + "[event.scored]\nrequires = 'user'",
            "expected a key of an event: actor, community",
        ),
        (
            HEAD + LIKED + JUDGED.replace("}", ", share = 0.5}"),
            "found original null with a share of 0.5, expected an original",
        ),
        (
            HEAD + OF_ONE + "[[badge]]\nid = 'y'\ncount = 'post.shared'\nafter = 'x:gold'",
            "found the tier 'gold', expected 'x' alone: it has no tiers",
        ),
        (
            HEAD + BADGE + "any_of = [{count = 'post.shared', again = 2}, {count = 'post.shared'}]",
            "key 'again': found [2], expected 'once', or the name of `per`",
        ),
        (
            HEAD + "[event.scored]\nrequires = 'score'\nfields = {score = {type = 'number'}}",
            "found 'score', expected a key of an event; a field has `required` in fields.score",
        ),
        (
            HEAD + "[ladder.l]\nlevels = {low = 'x'}",
            "found {'low': 'x'}, expected a number, or a table of numbers such as",
        ),
        (HEAD + RULE + "points = 1\nsince = 2026-02-01\nuntil = 2026-01-01", "a time after since"),
        (HEAD + RULE + "kind = 'elo'", "a rule kind of a plugin"),
        (HEAD + RULE + "kind = 'elo'\nsettings = 5", "'settings': found 5, expected a table"),
        (HEAD + "[event.'a.b']\nfields = ['x']", "'fields': found ['x'], expected a table"),
        (HEAD + "workdays = 5", "key 'workdays': found 5, expected a list"),
        (HEAD + "[ladder.path]\nlevels = 5", "key 'levels': found 5, expected a table of levels"),
        (HEAD + "[ladder.path]\nlevel = 5", "key 'level': found 5, expected a list"),
        (HEAD + RULE + "points = 'value'\ngraded = {by = 'men', value = 'amount'}", "'mean'"),
        (HEAD + RULE + "graded = {by = 'max', value = 'amount', steps = [[2, 1], [1, 2]]}", "asc"),
        (
            HEAD + RULE + "graded = {by = 'count', steps = [[1, 5]]}\ngate = {points = 5}",
            "a gate in times: an event of a graded or judged rule has no amount",
        ),
        (
            HEAD
            + RULE
            + "points = 'value'\njudged = {by = 'mean', value = 'amount'}\ngate = {points = 5}",
            "a gate in times: an event of a graded or judged rule has no amount",
        ),
        (
            HEAD + RULE + JUDGED.replace("'value'\n", "5\n"),
            "found 5, expected an expression of value",
        ),
        (
            HEAD
            + "[[badge]]\nid='b'\nneeds=2\nall_of=[{count='post.shared'}, {count='kudos.given'}]",
            "no `needs` without any_of",
        ),
        (
            HEAD
            + "[[badge]]\nid='b'\ncount='post.shared'\nnone_of=[{count='kudos.given', at_least={x=1, y=2}}]",
            "one threshold in each part",
        ),
        (HEAD + "vocabulary = []\n" + RULE + "points = 1", "the event type 'kudos.given'"),
        (HEAD + "[[rule]]\nid='r'\non='event.retracted'\npoints=1", "unlike a retraction"),
        (
            HEAD + "[[rule]]\nid='r'\non='post.shared'\npoints='text'",
            "expected a number, as a whole",
        ),
        (HEAD + BADGE, "a criterion"),
        (HEAD + BADGE + "count = 'post.shred'", "did you mean 'post.shared'?"),
        (HEAD + OF_ONE + "at_least = {a = 2, b = 1}", "ascending"),
        (HEAD + OF_ONE + "at_least = 0", "at least 1"),
        (HEAD + OF_ONE + "over = 'fortnight'", "'last 30 days'"),
        (HEAD + OF_ONE + "again = 'period'", "a period in `over`"),
        (HEAD + OF_ONE + "again = 'object'", "what `per` says"),
        (HEAD + OF_ONE + "per = 'objct'", "did you mean 'object'?"),
        (HEAD + OF_ONE + "after = 'y'", "a badge of the book"),
        (HEAD + OF_ONE + "points = 3\npurse = 'coins'", "a purse of the book: points"),
        (HEAD + OF_ONE + "after = 'x'", "a badge other than itself"),
        (HEAD + OF_ONE + "keep = true\npoints = 3", "a badge with `keep`"),
        (HEAD + OF_ONE + "freeze = 1", "it belongs to a streak"),
        (HEAD + BADGE + "earned = 'points'\nkeep = true", "a criterion `earned`"),
        (HEAD + BADGE + "sum = 'words'\non = 'post.shared'\nagain = 5", "can repeat"),
        (HEAD + BADGE + "streak = 'day'", "the inner criterion"),
        (HEAD + BADGE + "streak = 'dy'\neach = {count = 'post.shared'}", "did you mean 'day'?"),
        (HEAD + BADGE + "run = 'post.shared'", "a condition, which the events"),
        (HEAD + BADGE + "all_of = []", "a list of criteria"),
        (HEAD + BADGE + "count = 'post.shared'\nsum = 'x'", "exactly one measure: count, sum, "),
        (
            HEAD + BADGE + "streak = 'workday'\ncount = 'post.shared'",
            "what is measured within streak belongs into each = { count = 'post.shared' }",
        ),
        (HEAD + "[ladder.l]", "levels by points"),
        (HEAD + "[ladder.l]\nlevels = {a = 2, b = 1}", "ascending"),
        (HEAD + "[purse.p]\ndecimals = 10", "from 0 to 9"),
        (
            HEAD
            + "[purse.p]\ndecimals = 7\n"
            + RULE
            + "points = 1\npurse = 'p'\ngate = {points = 3}",
            "a gate in times, or a purse with at most 6 decimals",
        ),
        (HEAD + "[event.'a b']", "lower-case letters"),
        (
            HEAD + "[event.a.fields]\nday = {type = 'text'}",
            "reserved name, expected a name other than across_units, actor,",
        ),
        (
            HEAD + "[event.a.fields]\nif = {type = 'text'}",
            "reserved name, expected a name other than the words",
        ),
        (HEAD + "[event.a.fields]\n'a b' = {type = 'text'}", "expected a word of letters, digits"),
        (
            HEAD + "[event.a.fields]\n'ﬁle' = {type = 'text'}",
            r"the name '\ufb01le', expected 'file', as which expressions read it",
        ),
        (
            HEAD + "[event.a.fields]\n'cafe\u0301' = {type = 'text'}",
            r"the name 'cafe\u0301', expected 'caf\xe9', as which expressions read it",
        ),
        (
            HEAD + "[event.a.fields]\n'caf\xe9' = {type = 'text'}\n"
            "[[rule]]\nid='r'\non='a'\nto='actor'\npoints=1\nsay='{cafe\u0301}'",
            "("
            + ascii("cafe\u0301")
            + "), expected {caf\xe9} ("
            + ascii("caf\xe9")
            + ", in the normal",
        ),
        (HEAD + "[event.a]\nacts_on = 'pst'", "did you mean 'post'?"),
        (HEAD + "[event.a]\nrelates = 'profile'", "also actor"),
        (HEAD + "[event.a]\nrequires = 'acter'", "did you mean 'actor'?"),
    ],
)
def test_that_a_fault_is_told_with_its_place_and_a_hint(text, told):
    assert told in faults(text)


def test_that_all_faults_are_told_at_once():
    text = HEAD + RULE + "points = 0\nlimit = 'x'\nsay = '{txt}'\n" + BADGE + "count = 'nope'"
    assert len(faults(text).splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[book", "b.toml: found invalid TOML: "),
        (HEAD + RULE + "points = " + "9" * 5000, "b.toml: found invalid TOML: Exceeds the limit"),
        (HEAD + RULE + "points = 0x" + "f" * 5000, "a number or an expression within 2**53"),
        (
            HEAD + OF_ONE + "at_least = 0x" + "f" * 5000,
            "key 'at_least': found an integer of more than 100 digits",
        ),
        (HEAD + "[event.a" + ".a" * 3000 + "]", "b.toml: found tables nested too deep"),
        (HEAD + "x = " + "[" * 3000, "b.toml: found tables nested too deep"),
        ("book = 1", "b.toml: book: found 1, expected a table [book]"),
        ("[book]\nid = 5", "b.toml: book, key 'id': found 5, expected a text"),
        (HEAD + "zone = 5\nuse = 'sharing'", "b.toml: book, key 'zone': found 5, expected a text"),
    ],
)
def test_that_what_cannot_be_read_is_told_once_and_hides_nothing_else(text, told):
    assert told in faults(text)
    assert len(faults(text).splitlines()) == 1


def test_that_a_byte_order_mark_is_no_part_of_a_book(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text(HEAD, encoding="utf-8-sig")
    assert RuleBook.load(path).id == RuleBook.parse("\ufeff" + HEAD).id == "b"


FAR, HUGE = "1_000_000_000_000_001", "1e300"
STEPS = RULE + "graded = {by = 'max', value = 'amount', steps = [[1, 2], [%s, %s]]}"


@pytest.mark.parametrize("number", [FAR, HUGE])
@pytest.mark.parametrize(
    "text",
    [
        OF_ONE + "at_least = %s",
        OF_ONE + "at_least = {a = 1, b = %s}",
        OF_ONE + "points = %s",
        OF_ONE + "points = {'' = -%s}",
        BADGE + "groups = 'day'\nat_least = 1\neach = {count = 'post.shared', at_least = %s}",
        BADGE + "any_of = [{count = 'post.shared', at_least = %s}]",
        "[ladder.l]\nlevels = {a = 0, b = %s}",
        "[ladder.l]\nlevels = {a = -%s, b = 0}",
        "[[ladder.l.level]]\nid = 'a'\ncount = 'post.shared'\nat_least = %s",
        STEPS.replace("%s", "2", 1).replace("2]]", "%s]]"),
        STEPS.replace(", %s]]", ", 3]]"),
        RULE + "points = %s",
        RULE + "points = -%s",
        RULE + "points = 1\nlimit = {points = %s}",
        RULE + "points = 1\ngate = {points = %s}",
        "[purse.points]\nfloor = -%s",
    ],
)
def test_that_a_number_beyond_all_bounds_is_a_fault(text, number):
    assert "expected a number within 10**15" in faults(HEAD + text % number)


def test_that_times_and_repeats_are_bounded_too():
    assert "within 10**15" in faults(HEAD + RULE + f"points = 1\nlimit = {{times = {FAR}}}")
    assert "within 10**15" in faults(HEAD + RULE + f"points = 1\ngate = {{times = {FAR}}}")
    assert "within 10**15" in faults(HEAD + OF_ONE + f"again = {FAR}")


@pytest.mark.parametrize(
    "text",
    [
        RULE + "points = 0.4",
        RULE + "points = -2.5",
        RULE + "graded = {by = 'count', steps = [[1, 0.4]]}",
        RULE + "points = 1\nlimit = {points = 3.5}",
        RULE + "points = 1\nlimit = 'l'\n[limit.l]\npoints = 0.4",
        OF_ONE + "points = 1.5",
        OF_ONE + "at_least = {a = 1}\npoints = {a = 1.5}",
        "[purse.points]\nfloor = -0.5",
    ],
)
def test_that_points_are_no_finer_than_their_purse_counts(text):
    told = "expected a number with no decimals, as the purse 'points' has"
    assert told in faults(HEAD + text)
    finer = "[purse.points]\ndecimals = 1\n"
    if text.startswith("[purse"):
        RuleBook.parse(HEAD + text + "\ndecimals = 1")
    else:
        RuleBook.parse(HEAD + finer + text)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("on = 'scored'\nto = 'recipient'\n" + GRADED + "say = '{value} of {unit}'", "7 of Sales"),
        ("on = 'kudos.given'\nto = 'mentor'\npoints = 1\nsay = '{mentor}'", "mo"),
    ],
)
def test_that_every_name_in_a_sentence_is_filled_in(rule, said):
    types = "[event.scored]\nacts_on = 'any'\nmerit = 'recipient'\nfields = {value = {type = 'integer'}}\n"
    engine = Engine(RuleBook.parse(HEAD + types + "[[rule]]\nid = 'r'\n" + rule))
    happened = [
        {"type": "member.joined", "actor": "ann", "data": {"unit": "Sales"}},
        {"type": "mentoring.started", "actor": "mo", "recipient": "ann"},
        {"type": "question.asked", "actor": "ann", "object": "q"},
        {"type": "scored", "actor": "raj", "object": "q", "data": {"value": 7}},
        {"type": "kudos.given", "actor": "raj", "recipient": "ann"},
    ]
    for number, each in enumerate(happened):
        at = datetime(2026, 5, 4, number, tzinfo=UTC)
        engine.record(Event(id=f"e{number}", occurred_at=at, **each))
    assert [each.say for each in engine.ledger()] == [said]


def test_that_a_fault_says_how_fine_a_purse_counts():
    purse = "[purse.karma]\ndecimals = {}\n" + RULE + "purse = 'karma'\npoints = 0.125"
    assert "at most one decimal, as the purse 'karma'" in faults(HEAD + purse.format(1))
    assert "at most 2 decimals, as the purse 'karma'" in faults(HEAD + purse.format(2))
    RuleBook.parse(HEAD + purse.format(3))


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("1", 1),
        (" 1 ", 1),
        ("+1", 1),
        ("(1)", 1),
        ("1.0", 1),
        ("-2", -2),
        ("1_000", 1000),
        ("2e2", 200),
    ],
)
def test_that_a_text_that_is_nothing_but_a_number_is_that_number(text, points):
    one, other = (RuleBook.parse(f"{HEAD}{RULE}points = {each}") for each in (f"'{text}'", points))
    assert one.rules["r"].points == points and not isinstance(one.rules["r"].points, str)
    assert one.digest == other.digest


@pytest.mark.parametrize("text", ["2 * 3", "1 if hour > 9 else 2", "hour"])
def test_that_what_is_more_than_a_number_stays_an_expression(text):
    assert RuleBook.parse(f"{HEAD}{RULE}points = '{text}'").rules["r"].points == text


NEVER = "could never give anything"
DAYS = BADGE + "groups = 'day'\neach = {count = 'post.shared'}\nover = '%s'\nat_least = %s"
WEEKS = DAYS.replace("'day'", "'week'")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RULE + "points = '0'", NEVER),
        (RULE + "points = '1 - 1'", NEVER),
        (RULE + "points = 'null'", "found null, expected a number"),
        (RULE + "points = '-1e20'", "found -1e+20, expected a number within 10**15"),
        (RULE + "points = '9_007_199_254_740_993'", "expected an integer within 2**53"),
        (RULE + "points = '1.5'", "a number with no decimals, as the purse 'points' has"),
        (RULE + "points = '1 / 0'", NEVER),
        (RULE + "points = '1 / 3'", NEVER),
        (RULE + "graded = {by = 'count', steps = [[1, 0], [2, 0]]}", "steps that are worth 0"),
        (RULE + "points = 5\ngate = {points = 4}", "at least 5; no claim of this rule"),
        (RULE + "points = '2 + 3'\ngate = {points = 4}", "at least 5; no claim of this rule"),
        (RULE + "points = 'amount'\ngate = {points = 0.5}", "at least 1; no claim of this rule"),
        (RULE + "points = 1\nlimit = {points = 0.4}", "with no decimals"),
        (RULE + "points = 1\nwhere = \"type == 'kudos.givn'\"", "did you mean 'kudos.given'?"),
        (RULE + "points = 1\nwhere = \"type in ['kudos.given', 'post.shared']\"", "'post.shared'"),
        (RULE + "points = \"5 if type == 'post.shared' else 1\"", "key 'points': found type"),
        (BADGE + "run = 'post.shared'\nwhere = \"type != 'x'\"", "key 'where': found type 'x'"),
        (BADGE + "distinct = \"type == 'x'\"\non = 'post.shared'", "found type 'x'"),
        (
            RULE + "points = 1\naudience = {}",
            "found {}, expected a table of units, communities or both",
        ),
        (RULE + "points = 1\naudience = {units = []}", "units, communities or both"),
        (RULE + "points = 1\naudience = 'x'", "units, communities or both"),
        (DAYS % ("last 7 days", 11), "at most 10: no more days fit into 'last 7 days'"),
        (DAYS % ("last 7 days", "{a = 1, b = 30}"), "found 30, expected at most 10"),
        (DAYS % ("week", 8), "at most 7: no more days fit into 'week'"),
        (DAYS % ("every 3 days", 4), "at most 3"),
        (WEEKS % ("last 30 days", 8), "at most 6: no more weeks fit into 'last 30 days'"),
        (WEEKS % ("day", 2), "at most 1"),
    ],
)
def test_that_what_can_never_come_is_a_fault(text, told):
    assert told in faults(HEAD + text)
    assert len(faults(HEAD + text).splitlines()) == 1


@pytest.mark.parametrize(
    "text",
    [
        RULE + "points = '-1'\ngate = {points = 4}",
        RULE + "points = 4\ngate = {points = 4}",
        RULE + "points = 'amount'\ngate = {points = 1}",
        RULE + "points = 1\nwhere = \"type == 'kudos.given'\"",
        RULE + "points = 1\naudience = {units = ['x']}",
        DAYS % ("last 7 days", 8),
        DAYS % ("month", 31),
        DAYS % ("ever", 1000),
        WEEKS % ("last 30 days", 6),
        WEEKS % ("year", 54),
    ],
)
def test_that_what_may_come_is_none(text):
    RuleBook.parse(HEAD + text)


def test_that_badges_may_not_wait_for_each_other():
    one = "[[badge]]\nid = 'x'\ncount = 'post.shared'\nafter = 'y'\n"
    two = "[[badge]]\nid = 'y'\ncount = 'post.shared'\nafter = 'x'\n"
    assert "in a circle" in faults(HEAD + one + two)


def test_that_a_circle_is_looked_for_once_in_a_book(monkeypatch):
    sorted_ = []
    sorter = check_badges.TopologicalSorter
    monkeypatch.setattr(
        check_badges, "TopologicalSorter", lambda graph: sorted_.append(graph) or sorter(graph)
    )
    badge = "[[badge]]\nid = 'b{}'\ncount = 'post.shared'\nafter = 'b{}'\n"
    first = "[[badge]]\nid = 'b0'\ncount = 'post.shared'\n"
    RuleBook.parse(HEAD + first + "".join(badge.format(no, no - 1) for no in range(1, 9)))
    assert [len(graph) for graph in sorted_] == [9]


def test_that_levels_may_not_wait_for_each_other():
    level = "[[ladder.path.level]]\nid = '{}'\ncount = 'post.shared'\nafter = '{}'\n"
    found = faults(HEAD + level.format("low", "path/high") + level.format("high", "path/low"))
    assert (
        "ladder 'path', key 'level, path/low, after': found path/" in found
        and "in a circle" in found
    )


def test_that_a_role_which_nobody_can_have_is_a_fault():
    text = HEAD + "vocabulary = []\n[event.a]\n[[rule]]\nid='r'\non='a'\nto='{}'\npoints=1"
    assert "nobody has this role" in faults(text.format("mentor"))
    assert "nobody has this role" in faults(text.format("unit"))


BOOK = (
    HEAD
    + RULE
    + "points = 5\nlimit = 'daily'\nsay = 'Thanks'\n[limit.daily]\npoints = 9\nper = 'day'"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("say = 'Thanks'", "say = 'Thank you'"),
        ("points = 5", "points = 5.0"),
        ("points = 5\nlimit = 'daily'", "limit = ['daily']\npoints = 5"),
        ("[limit.daily]", "[limit.unused]\ntimes = 1\n[limit.daily]"),
        ("[limit.daily]", "[gate.unused]\nof = 'actor'\ntimes = 1\n[limit.daily]"),
        ("per = 'day'", "per = ['day']\nmeans = 'a day'"),
    ],
)
def test_that_the_digest_stays_with_the_meaning(before, after):
    assert RuleBook.parse(BOOK).digest == RuleBook.parse(BOOK.replace(before, after)).digest


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("points = 5", "points = 6"),
        ("to = 'recipient'", "to = 'actor'"),
        ("per = 'day'", "per = 'week'"),
        ("points = 9", "points = 9\nnet = true"),
        ("id = 'r'", "id = 's'"),
        ("id = 'b'", "id = 'b'\nzone = 'Asia/Tokyo'"),
    ],
)
def test_that_the_digest_changes_with_the_meaning(before, after):
    assert RuleBook.parse(BOOK).digest != RuleBook.parse(BOOK.replace(before, after)).digest


def test_that_a_book_may_override_and_drop_what_a_pack_says():
    book = RuleBook.parse(
        HEAD + "use = ['sharing']\ndrop = ['liked', 'steady']\n"
        "[[rule]]\nid = 'kudos'\non = 'kudos.given'\nto = 'recipient'\npoints = 1"
    )
    assert book.rules["kudos"].points == 1
    assert "liked" not in book.rules
    assert "steady" not in book.badges
    assert "accepted" in book.rules


def test_that_dates_are_in_the_zone_of_the_book():
    book = RuleBook.parse(HEAD + "zone = 'Asia/Tokyo'\n" + RULE + "points = 1\nsince = 2026-01-01")
    assert book.rules["r"].since.isoformat() == "2026-01-01T00:00:00+09:00"


def test_that_nouns_in_python_and_tables_in_toml_mean_the_same():
    book = RuleBook.parse(HEAD + OF_ONE + "at_least = {gold = 3}\n" + RULE + "points = 5")
    ten = Criterion(measure="count", on=("post.shared",), at_least={"gold": 3})
    assert book.badges["x"] == Badge(id="x", parts=(ten,))
    assert book.rules["r"] == Rule(id="r", on=("kudos.given",), to="recipient", points=5)


def test_that_a_text_where_a_table_belongs_is_told_as_such():
    text = "[book]\nid='x'\n[event.'post.judged']\nfields = { score = 'integer' }"
    with pytest.raises(InvalidRuleBook) as error:
        RuleBook.parse(text)
    assert "key 'score': found 'integer', expected a table with keys such as type" in str(
        error.value
    )


ASKED = HEAD + "[event.'x.asked']\ncreates = 'question'\nrequires = 'object'\n"


def test_that_an_act_decides_nothing_and_is_kept():
    plain, told = RuleBook.parse(ASKED), RuleBook.parse(ASKED + "act = 'asks'\n")
    assert (plain.types["x.asked"].act, told.types["x.asked"].act) == (None, "asks")
    assert plain.digest == told.digest
    assert RuleBook.parse(told.dumps()).types["x.asked"].act == "asks"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ASKED + "act = 'ask'\n", "one of shares, broadcasts, asks"),
        (HEAD + "[event.'x.a']\nact = 'asks'\n", "a type with `creates`"),
        (HEAD + "[event.'x.a']\nact = 'accepts'\n", "a type with `acts_on`"),
        (ASKED + "act = 'answers'\n", "a type with `acts_on`"),
    ],
)
def test_that_an_act_which_the_type_can_not_do_is_a_fault(text, told):
    assert told in faults(text)


MEASURED = "[book]\nid = 'x'\n[[badge]]\nid = 'b'\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("at_least = 3", "badge 'b': found ['at_least'], expected a measure together with these keys: count, sum"),
        ("after = 'c'\non = 'kudos.given'", "badge 'b': found ['on'], expected a measure"),
        ("xyzzy = 1", "key 'xyzzy': found an unknown key, expected a key of a badge: after, again, all_of,"),
        ("cuont = 'kudos.given'\nat_least = 3", "key 'cuont': found an unknown key, expected a key of a badge; did"),
        ("any_of = [{ count = 'kudos.given' }]\nat_least = 3", "expected these keys in each criterion of any_of; next to it"),
        ("any_of = [{ count = 'kudos.given', at_least = 'x' }]", "badge 'b', key 'any_of', number 1, key 'at_least'"),
        ("all_of = [{ count = 'kudos.given', lest = 3 }]", "badge 'b', key 'all_of', number 1, key 'lest'"),
        ("after = 'c'\n[[ladder.l.level]]\nid = 'a'\nat_least = 3", "ladder 'l', key 'level', number 1: found"),
    ],
)  # fmt: skip
def test_that_a_badge_is_faulted_by_the_keys_that_it_is_written_with(text, told):
    found = faults(MEASURED + text)
    assert told in found
    assert "'parts'" not in found and "did you mean 'at_least'" not in found


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[book]\nid = "a\\u0000"', "rule book: book, key 'id'"),
        (
            '[book]\nid = "x"\n[[badge]]\nid = "b"\ncount = "kudos.given"\nat_least = { "\\u0000" = 1 }',
            "rule book: badge 'b', key 'parts'",
        ),
        (
            '[book]\nid = "x"\n[[rule]]\nid = "r"\non = "kudos.given"\npoints = 1\nsay = "\\u0000"',
            "rule book: rule 'r', key 'say'",
        ),
    ],
)
def test_that_no_text_has_what_no_store_can_keep(text, where):
    with pytest.raises(InvalidRuleBook) as error:
        RuleBook.parse(text)
    assert [fault.where for fault in error.value.faults] == [where]


@pytest.mark.parametrize(
    ("on", "faults"),
    [
        ("anser.posted", {"on": "answer.posted", "say": "words"}),  # as if it were written rightly
        ("zebra", {"on": None}),  # nobody knows what its events have
    ],
)
def test_that_a_misspelt_event_type_is_told_and_not_what_follows_from_it(on, faults):
    rule = f"id = 'r'\non = '{on}'\npoints = 'words * 2'\nwhere = 'words > 3'\nsay = '{{wrds}}'"
    badge = f"id = 'b'\nsum = 'words'\non = '{on}'\nwhere = 'words > 3'\nat_least = 5"
    with pytest.raises(InvalidRuleBook) as error:
        RuleBook.parse(f"[book]\nid = 'b'\n[[rule]]\n{rule}\n[[badge]]\n{badge}")
    of_rule = {each.where.split("'")[3]: each.nearest for each in error.value.faults[:-1]}
    assert of_rule == faults and "badge 'b', key 'on'" in str(error.value.faults[-1])


REFUSED = """
[book]
id = "b"
[event."talk.given"]
requires = ["actor"]
fields = { loud = { type = "boolean" } }
[event."talk.gave"]
requires = ["actor"]
[limit.daily]
point = 3
[[rule]]
id = "loud"
on = "talk.given"
where = "loud"
points = "hearers"
[[rule]]
id = "bounded"
on = "talk.gave"
points = 2
limit = "daily"
[[badge]]
id = "regular"
earned = "points"
rules = "loud"
at_least = 2
[[badge]]
id = "other"
count = "talk.gaven"
at_least = 2
"""


def test_that_what_hangs_on_something_wrong_is_not_told_beside_it():
    """Nor is the author led to another name: the one that they wrote is right, and what is called so isn't."""
    with pytest.raises(InvalidRuleBook) as error:
        RuleBook.parse(REFUSED)
    assert [str(fault).partition(": found")[0] for fault in error.value.faults] == [
        "rule book: event 'talk.given', key 'fields', key 'loud', key 'type'",
        "rule book: limit 'daily', key 'point'",
        "rule book: badge 'other', key 'on'",
    ]


@pytest.mark.parametrize("key", ["run", "sum", "earned"])
def test_that_a_measure_of_a_wrong_kind_is_told_by_its_key(key):
    text = f"[book]\nid = 'b'\n[[badge]]\nid = 'x'\n{key} = {{ of = 'a' }}\nat_least = 2"
    with pytest.raises(InvalidRuleBook, match=f"badge 'x', key '{key}': found {{'of': 'a'}}, exp"):
        RuleBook.parse(text)

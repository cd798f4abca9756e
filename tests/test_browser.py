"""The pages in a real browser: what people see, by eye, by keyboard and by ear.

Pictures of them are kept in ``build/pictures``. Without Chromium these are skipped, and a line says what to install.
"""

import json
import os
import shutil
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from runpy import run_path

import pytest
import uvicorn
from axe_core_python.selenium import Axe
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

import community
from conftest import NO_BROWSER
from pictures import SHOWN, note_of, take
from test_web import NASTY, nasty_events
from wiifm import Engine, Event, RuleBook
from wiifm.culture.page import page as culture_page
from wiifm.showing import by_template, mail
from wiifm.showing.pages import page as statement_page
from wiifm.web import Always, application, everybody

EXAMPLES = Path(__file__).parent.parent / "examples"
PICTURES = Path(__file__).parent.parent / "build" / "pictures"
FLAGS = (
    "headless=new",
    "no-sandbox",
    "disable-gpu",
    "disable-background-networking",
    "disable-component-update",
    "disable-dev-shm-usage",
    "no-first-run",
    "hide-scrollbars",
    "force-color-profile=srgb",
)
WIDTHS = (320, 360, 768, 1280, 1920)
LINKS = by_template("https://esn.example/things/{object}", "https://esn.example/people/{member}")
PAGES = {
    "statement": "/",
    "badges": "/badges",
    "leaderboard": "/leaderboard?over=ever",
    "rules": "/rules",
    "culture": "/culture",
    "kudos": "/kudos",
    "why": "/why?rule=kudos&purse=points",
    "error": "/nothing",
}


@contextmanager
def served(events, member):
    """The address at which the pages of a member are served."""
    engine = Engine(RuleBook.load("plugin:sharing"))
    assert not engine.record_many(events).rejected
    app = application(
        engine,
        who=Always(member),
        owner=everybody,
        writes=True,
        links=LINKS,
        clock=lambda: community.NOW,
    )
    with serving(app) as address:
        yield address


@contextmanager
def serving(app):
    """The address at which an application is served."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def site():
    """The address of the pages of a small community."""
    with served(community.events(), "Ann") as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    """A browser of its own."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        if os.environ.get("WIIFM_REQUIRE_SERVERS"):
            pytest.fail(NO_BROWSER)
        pytest.skip(NO_BROWSER)
    with opened(chromium, driver) as found:
        yield found


@contextmanager
def opened(chromium, driver):
    """A browser, closed in the end."""
    options = Options()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for flag in FLAGS:
        options.add_argument(f"--{flag}")
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


def sized(browser, width, height=900):
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def coloured(browser, scheme):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def picture(browser, name):
    PICTURES.mkdir(parents=True, exist_ok=True)
    browser.save_screenshot(str(PICTURES / f"{name}.png"))


def serious(browser):
    """What axe finds that would keep somebody out."""
    found = Axe().run(browser)["violations"]
    return [
        (each["id"], node["target"], node["failureSummary"])
        for each in found
        if each["impact"] in ("serious", "critical", "moderate")
        for node in each["nodes"]
    ]


@pytest.mark.parametrize("name", PAGES)
def test_that_a_page_is_sound_in_light_and_dark_and_fits_every_screen(browser, site, name):
    for scheme in ("light", "dark"):
        coloured(browser, scheme)
        for width in WIDTHS:
            sized(browser, width)
            if width == WIDTHS[0] or name == "error":
                browser.get(site + PAGES[name])
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} wide on a screen of {width}"
            if width in (360, 1280):
                tall = browser.execute_script("return document.documentElement.scrollHeight")
                sized(browser, width, min(tall, 2600))
                picture(browser, f"{name}-{scheme}-{width}")
        assert not serious(browser)


@pytest.mark.parametrize("name", ["statement", "culture", "leaderboard"])
def test_that_a_page_is_printed_dark_on_white_and_without_what_is_to_be_clicked(
    browser, site, name
):
    dark = {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    try:
        sized(browser, 794, 1123)
        browser.get(site + PAGES[name])
        paper, ink = browser.execute_script(
            "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]"
        )
        assert (paper, ink) == ("rgb(255, 255, 255)", "rgb(33, 31, 27)")
        clicked = browser.find_elements(By.CSS_SELECTOR, "nav a, .why, button, select")
        assert not [each.text for each in clicked if each.is_displayed()]
        picture(browser, f"{name}-print")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


def test_that_axe_would_say_so(browser, site):
    coloured(browser, "light")
    browser.get(site)
    spoilt = "document.querySelector('main').insertAdjacentHTML('beforeend', '<input><p class=faint>hardly to be read</p>');"
    browser.execute_script(spoilt + "document.querySelector('.faint').style.color = '#eee'")
    assert {"label", "color-contrast"} <= {rule for rule, _, _ in serious(browser)}


def test_that_it_needs_no_script_and_no_other_host(browser, site):
    browser.get_log("performance"), browser.get_log("browser")
    for path in PAGES.values():
        browser.get(site + path)
    asked = [
        entry["message"]["params"]["request"]["url"]
        for entry in map(_message, browser.get_log("performance"))
        if entry["message"]["method"] == "Network.requestWillBeSent"
    ]
    # What Chromium draws a calendar by is in its own style sheet, as data: nobody is asked for it.
    assert asked and not [url for url in asked if not url.startswith((site, "data:"))]
    told = [each for each in browser.get_log("browser") if "/nothing" not in each["message"]]
    assert not told
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(site)
        browser.find_element(By.CSS_SELECTOR, "a.why").click()
        WebDriverWait(browser, 5).until(lambda b: "/why?" in b.current_url)
        assert "thanked you" in browser.page_source
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def _message(entry):
    return json.loads(entry["message"])


def test_that_the_keyboard_reaches_everything_in_order_and_is_seen(browser, site):
    sized(browser, 1280)
    browser.get(site)
    seen = []
    for _ in range(60):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        focused = browser.execute_script(
            "const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);"
            "return [e.tagName, e.textContent.trim(), r.top + scrollY, r.width, s.outlineStyle, e.id]"
        )
        if focused[0] == "BODY":
            break
        seen.append(focused)
    words = [each[1] for each in seen]
    assert words[0].startswith("Skip")
    links = browser.find_elements(By.CSS_SELECTOR, "a[href], button, input:not([type=hidden])")
    assert len(seen) == len(links) > 15
    assert all(each[4] != "none" and each[3] > 0 for each in seen), (
        "where the focus is can't be seen"
    )
    assert not [each for each in words if each == "why?"], "all links would be heard as the same"
    browser.get(site)
    browser.switch_to.active_element.send_keys(Keys.TAB, Keys.ENTER)
    assert browser.execute_script("return document.activeElement.id") in ("main", "")
    assert browser.current_url.endswith("#main")


def test_that_why_opens_beside_the_statement_and_closes_by_escape(browser, site):
    coloured(browser, "light")
    sized(browser, 1280)
    browser.get(site)
    link = browser.find_element(By.CSS_SELECTOR, "a.why")
    link.send_keys(Keys.ENTER)
    drawer = WebDriverWait(browser, 5).until(
        lambda b: b.find_element(By.CSS_SELECTOR, "dialog[open]")
    )
    assert (
        browser.current_url == f"{site}/" and "January 2026" in drawer.text
    ) or "2026" in drawer.text
    time.sleep(0.3)  # it slides in
    picture(browser, "drawer-light-1280")
    assert not serious(browser)
    drawer.send_keys(Keys.ESCAPE)
    WebDriverWait(browser, 5).until(lambda b: not b.find_elements(By.CSS_SELECTOR, "dialog[open]"))
    assert browser.switch_to.active_element == link


def test_that_thanks_can_be_given_by_keyboard(browser, site):
    sized(browser, 1280)
    browser.get(f"{site}/kudos")
    for text, wrong in (("", True), ("for <b>the</b> map & more", False)):
        field = browser.find_element(By.ID, "recipient")
        field.clear()
        field.send_keys("Nobody at all" if wrong else "Noor", Keys.TAB, text or "x", Keys.TAB)
        if not wrong:
            browser.find_element(By.ID, "text").clear()
            browser.find_element(By.ID, "text").send_keys(text, Keys.TAB)
        browser.switch_to.active_element.send_keys(Keys.ENTER)
        role = "alert" if wrong else "status"
        told = WebDriverWait(browser, 5).until(
            lambda b, role=role: b.find_element(By.CSS_SELECTOR, f"[role={role}]")
        )
        assert ("Nobody is known here by the name" in told.text) is wrong
        assert not serious(browser)


def test_that_no_half_of_a_report_is_empty_where_there_is_no_matrix(browser, site, tmp_path):
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(run_path(str(EXAMPLES / "culture.py"))["history"]())
    file = tmp_path / "culture.html"
    file.write_text(culture_page(engine.culture()), encoding="utf-8")
    sized(browser, 1280)
    for name, address in (("page", f"{site}/culture"), ("file", file.as_uri())):
        browser.get(address)
        browser.execute_script("for (const e of document.querySelectorAll('.matrix')) e.remove()")
        wide, whole = browser.execute_script(
            "return ['.lorenz', '.pictures'].map(e => document.querySelector(e).clientWidth)"
        )
        assert wide > 0.95 * whole
        browser.execute_script("document.querySelector('.lorenz').scrollIntoView()")
        picture(browser, f"no-matrix-{name}")


def test_that_every_row_of_a_report_begins_with_a_capital_but_for_a_topic(browser, site, tmp_path):
    engine = Engine(RuleBook.load("plugin:sharing"))
    engine.record_many(run_path(str(EXAMPLES / "culture.py"))["history"]())
    file = tmp_path / "culture.html"
    file.write_text(culture_page(engine.culture()), encoding="utf-8")
    for address in (f"{site}/culture", file.as_uri()):
        browser.get(address)
        capitals = browser.execute_script(
            "return ['section:not(.topics) th', '.topics th'].map(e => [...document.querySelectorAll(e)]"
            ".map(row => getComputedStyle(row, '::first-letter').textTransform === 'uppercase'))"
        )
        assert all(capitals[0]) and capitals[1][:2] == [True, True] and not any(capitals[1][2:])


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_that_why_stays_in_one_row_on_a_small_screen_in_every_language(browser, site, language):
    asking = {"headers": {"Accept-Language": language}}
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", asking)
    sized(browser, 320)
    browser.get(f"{site}/")
    browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", {"headers": {}})
    tall = "e.offsetHeight / parseFloat(getComputedStyle(e).fontSize)"
    high = browser.execute_script(
        f"return [...document.querySelectorAll('a.why')].map((e) => {tall})"
    )
    assert high and max(high) < 2.75, "one row and its padding"
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 320


def test_that_what_members_write_runs_nowhere(browser):
    with served(nasty_events(), NASTY) as address:
        browser.get_log("browser")
        for page in ("", "badges", "rules", "leaderboard?over=ever", "why", "kudos", "culture"):
            browser.get(f"{address}/{page}")
        browser.get(f"{address}/why")
        for link in [
            each.get_attribute("href") for each in browser.find_elements(By.CLASS_NAME, "why")
        ]:
            browser.get(link)
            assert NASTY in browser.find_element(By.TAG_NAME, "main").text
        assert not [each for each in browser.get_log("browser") if "favicon" not in each["message"]]


def test_that_what_brought_nothing_and_what_came_earlier_stand_apart_from_entries(browser):
    with served([*community.events(), *read_by_many()], "Ann") as address:
        sized(browser, 360)
        browser.get(f"{address}/why?line=reach.used.a111Ann&over=ever")
        picture(browser, "behind-light-360")
        tops, ends = (
            browser.execute_script(
                "return [...document.querySelectorAll('main .ledger, main .ledger ~ p')]"
                f".map((e) => e.getBoundingClientRect().{side})"
            )
            for side in ("top", "bottom")
        )
        assert len(tops) == 3 and all(
            top - end > 8 for top, end in zip(tops[1:], ends, strict=False)
        )
        assert not serious(browser)


def read_by_many():
    """What brings no points to whoever made it, often enough to fill a page with what else happened to it."""
    at = community.NOW
    return [
        Event(id=f"r{n}", type="object.read", occurred_at=at, actor=f"r{n}", object="a111Ann")
        for n in range(19)
    ]


@pytest.mark.parametrize("name", ["W" * 120, "\u05e9\u05dc\u05d5\u05dd" * 30])
def test_that_no_name_is_wider_than_a_page(browser, monkeypatch, name):
    monkeypatch.setattr("test_web.NASTY", name)
    with served(nasty_events(), name) as address:
        for path in (*PAGES.values(), "/kudos?to=x", "/why/1"):
            for width in (320, 1280):
                sized(browser, width)
                browser.get(address + path)
                wide = browser.execute_script("return document.documentElement.scrollWidth")
                assert wide <= width, f"{path} is {wide} wide on a screen of {width}"


def test_that_the_pictures_of_the_readme_can_be_taken_anew(browser, tmp_path):
    take(browser, serving, tmp_path)
    for path in tmp_path.iterdir():
        assert note_of(path.read_bytes()) == note_of((SHOWN / path.name).read_bytes())
        assert path.stat().st_size < 150_000


@pytest.mark.parametrize("name", ["statement", "culture"])
def test_that_a_page_in_one_file_is_sound_in_light_and_dark_and_fits_every_screen(
    browser, tmp_path, name
):
    engine = Engine(RuleBook.load("plugin:sharing"))
    if name == "statement":
        engine.record_many(community.events())
        html = statement_page(engine.statement("Ann"), links=LINKS)
        assert 'target="_top"' in html
    else:
        engine.record_many(run_path(str(EXAMPLES / "culture.py"))["history"]())
        html = culture_page(engine.culture())
    path = tmp_path / f"{name}.html"
    path.write_text(html, encoding="utf-8")
    for scheme in ("light", "dark"):
        coloured(browser, scheme)
        for width in (320, 1280):
            sized(browser, width)
            browser.get(path.as_uri())
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, f"{name} is {wide} wide on a screen of {width}"
            browser.execute_script(
                "for (const e of document.querySelectorAll('details')) e.open = true"
            )
            assert not serious(browser)
        tall = browser.execute_script("return document.documentElement.scrollHeight")
        sized(browser, width, min(tall, 2600))
        picture(browser, f"file-{name}-{scheme}")


def test_that_a_mail_is_no_wider_than_a_phone_whatever_members_wrote(browser, tmp_path):
    engine, word = Engine(RuleBook.load("plugin:sharing")), "https://esn.example/" + "W" * 300
    engine.record_many(community.events())
    at, thanks = community.NOW, {"text": word}
    engine.record(Event(id="k", type="kudos.given", occurred_at=at, actor="Raj", recipient="Ann", data=thanks))  # fmt: skip
    path = tmp_path / "mail.html"
    statement, me = engine.statement("Ann"), "https://esn.example/me"
    told = mail(statement, link=me, links=LINKS).get_body(("html",))
    path.write_text(told.get_content(), encoding="utf-8")
    for width in (320, 700):
        sized(browser, width)
        browser.get(path.as_uri())
        assert word[:40] in browser.find_element(By.TAG_NAME, "body").text
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_that_no_number_is_broken_on_a_small_screen(browser, tmp_path):
    text = "[book]\nid='b'\n"
    for purse, points in (("points", 1_234_567), ("hours-given-to-mentoring", 14.5)):
        text += f"[purse.{purse}]\ndecimals=2\n"
        text += f"[[rule]]\nid='{purse}'\non='post.shared'\npoints={points}\npurse='{purse}'\n"
    engine = Engine(RuleBook.parse(text))
    at = community.NOW
    engine.record(Event(id="p", type="post.shared", occurred_at=at, actor="Ann", object="p"))
    statement, path = engine.statement("Ann"), tmp_path / "statement.html"
    told = mail(statement).get_body(("html",)).get_content()
    sized(browser, 320)
    for html, where, numbers in (
        (statement_page(statement), ".amount", ["+1,234,567", "+14.50"]),
        (told, "b", ["+1,234,567", "+14.50", "1,234,567", "14.50"]),
    ):
        path.write_text(html, encoding="utf-8")
        browser.get(path.as_uri())
        rows = browser.execute_script(
            """
            return [...document.querySelectorAll(arguments[0])].map(each => {
                const range = document.createRange(), [number] = each.textContent.split(' ');
                range.setStart(each.firstChild, 0);
                range.setEnd(each.firstChild, number.length);
                return [number, range.getClientRects().length];
            })""",
            where,
        )
        assert sorted(rows) == [[number, 1] for number in numbers]
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 320

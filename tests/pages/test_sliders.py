"""The sliders compute in a browser what the library computes, and hold nothing that a page could stumble over."""

import base64
import hashlib
import itertools
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.drivers.lever import Way
from povertystats.forecasts.predictive import Predictive
from povertystats.pages.sliders import Sliders, _outermost, script, sliders
from povertystats.pages.sliders import spec as spec_of
from povertystats.targets.levers import scenario
from povertystats.targets.what_if import direction
from povertystats.words.errors import Refused
from povertystats.words.wording import LANGUAGES, number, odds, say

TO = {"vi": "đến", "en": "to"}
EVIL = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>&amp;\u2028\u2029"


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs Chromium: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def made():
    """Return the scenario of Bắc Kạn, credit with hindsight included."""
    facts = ps.load_facts()
    return scenario(facts.as_of("2020-05-07"), later=facts)


@pytest.fixture(scope="module", params=LANGUAGES)
def told(made, request):
    """Return a scenario with its language: all levers in Vietnamese, without credit in English."""
    return (made if request.param == "vi" else replace(made, levers=made.levers[:2])), request.param


def page_of(*pieces, head=""):
    policy = '<meta charset="utf-8"><title>t</title><link rel="icon" href="data:,">'
    return f"<!doctype html><html><head>{policy}{head}</head><body>{''.join(pieces)}</body></html>"


@pytest.fixture(scope="module")
def faults():
    """Return the list of what went wrong in pages."""
    return []


@pytest.fixture(autouse=True)
def no_fault(faults):
    yield
    found = faults.copy()
    faults.clear()
    assert not found


@pytest.fixture(scope="module")
def opened(browser, faults, tmp_path_factory):
    """Return a function that opens HTML from a file without network; what goes wrong there fails the test.

    What was opened with the same options before goes, unless it is to be ``kept``: a page of its own takes Chromium long.
    """
    folder, count, pages = tmp_path_factory.mktemp("pages"), itertools.count(), {}

    def new(options):
        page = browser.new_page(**options)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: request.url == page.here or faults.append(request.url))
        return page

    def show(html, *, kept=False, **options):
        path = folder / f"{next(count)}.html"
        path.write_text(html, "utf-8")
        if kept or str(options) not in pages:
            pages[str(options)] = new(options)
        page = pages.pop(str(options)) if kept else pages[str(options)]
        # An earlier test may have resized it.
        page.set_viewport_size(options.get("viewport", {"width": 1280, "height": 720}))
        page.here = path.as_uri()
        page.goto(page.here)
        return page

    return show


@pytest.fixture(scope="module")
def common(told, opened):
    made, lang = told
    return opened(page_of(sliders(made, lang).html()), kept=True)


START = """document.querySelector('.reset').click(); document.querySelector('.later input')?.click()"""


@pytest.fixture
def moving(told, common):
    """Return a scenario, its language and its page, the same one for several tests, at the start."""
    common.set_viewport_size({"width": 1280, "height": 720})
    common.evaluate(START)
    return *told, common


def move(page, values, at=0):
    """Set the sliders of the widget ``at`` as a hand would, without waiting for each."""
    page.evaluate(
        """([at, values]) => {
            const inputs = document.querySelectorAll(".sliders")[at].querySelectorAll("input[type=range]");
            values.forEach((value, j) => { inputs[j].value = value; });
            inputs[0].dispatchEvent(new Event("input"));
        }""",
        [at, list(map(str, values))],
    )


def rows(page, at=0):
    """Return of each row of a table that stands there its way, its data attributes as numbers and the texts of its cells."""
    return page.evaluate(
        """(at) => [...document.querySelectorAll(".sliders")[at].querySelectorAll("tbody tr:not([hidden])")].map((row) => ({
            way: [row.dataset.look, row.dataset.estimator, row.dataset.scale],
            rate: ["rate", "low", "high"].map((name) => Number(row.querySelector("td").dataset[name])),
            probabilities: [...row.querySelectorAll("[data-probability]")].map((x) => Number(x.dataset.probability)),
            told: [...row.querySelectorAll("td")].map((cell) => cell.textContent),
        }))""",
        at,
    )


def told_by(page, at=0):
    """Return the sentences of an answer that stand there."""
    answer = page.locator(".sliders").nth(at).locator(".answer p:not([hidden])")
    return answer.all_text_contents()


def positions(spec, n, seed):
    """Return the start, both ends of every slider, and ``n`` positions at random, each a step of its slider."""
    levers = spec["levers"]
    start = [lever["start"] for lever in levers]
    ends = [
        [*start[:j], end, *start[j + 1 :]] for j, one in enumerate(levers) for end in (one["min"], one["max"])
    ]
    rng = np.random.default_rng(seed)
    steps = [round((one["max"] - one["min"]) / one["step"]) for one in levers]
    drawn = [
        [
            round(one["min"] + one["step"] * rng.integers(0, most + 1), 6)
            for one, most in zip(levers, steps, strict=True)
        ]
        for _ in range(n)
    ]
    return [start, *ends, *drawn]


def expected(found, lang):
    """Return what the library says: rates, probabilities and the texts of the cells of each way."""
    for way, rows in found.table.groupby(["way", "estimator", "scale"], sort=False):
        first = rows.iloc[0]
        rate = [first["rate"], first["low80"], first["high80"]]
        was, now = number(first["rate_without"], lang, 1), number(first["rate"], lang, 1)
        arrow = now if was == now else f"{was}% → {now}"
        told = [f"{arrow}%\n({number(rate[1], lang, 1)}% {TO[lang]} {number(rate[2], lang, 1)}%)"]
        for row in rows.itertuples():
            was, now = odds(row.probability_without, lang), odds(row.probability, lang)
            told.append(now if was == now else f"{was} → {now}")
        yield {"way": list(way), "rate": rate, "probabilities": rows["probability"].tolist(), "told": told}


def changes(made, values):
    return {lever.name: value for lever, value in zip(made.levers, values, strict=True)}


def chances(made, found, lang):
    """Return the sentence with the chances of each reading, of the least to the greatest of the ways."""
    told = []
    for reading, (_, rows) in zip(made.readings, found.table.groupby("reading", sort=False), strict=True):
        ends = rows["probability"].min(), rows["probability"].max()
        told.append(say("sliders.reading", lang, label=reading.label(lang), p=ends))
    return say("sliders.readings", lang, year=found.scenario.ahead.year, readings="; ".join(told))


def test_the_page_computes_and_says_what_the_library_does(moving):
    """Positions of a hand, small and large, of one and of several levers: the same numbers, or nothing told by both."""
    made, lang, page = moving
    whole, (one, *_) = positions(spec_of(made, lang), 10, seed=1), made.levers
    start = whole[0]
    near = [
        [round(lever.start + n * lever.step, 9) for lever, n in zip(made.levers, steps, strict=False)]
        for steps in ((1, 1, -1), (-1, 1, 0), (2, 0, -2), (0, 2, 0), (1, 0, 0), (4, 0, -2), (0, -4, 0))
    ]
    seen = set()
    for values in [*whole, *near]:
        move(page, values)
        try:
            found = made.what_if(changes(made, values))
        except Refused as refused:
            beyond = [lever for lever, at in zip(made.levers, values, strict=True) if lever.unseen(at)]
            key = "beyond" if beyond else "together" if "same year" in str(refused) else "ways"
            names = "; ".join(lever.title(lang) for lever in beyond)
            assert told_by(page) == [say(f"sliders.untold.{key}", lang, names=names)] and rows(page) == []
            assert page.locator("svg circle.after").count() == 0
            seen.add(key)
            continue
        wanted, shown = list(expected(found, lang)), rows(page)
        assert [row["way"] for row in shown] == [row["way"] for row in wanted]
        for row, want in zip(shown, wanted, strict=True):
            np.testing.assert_allclose(row["rate"], want["rate"], rtol=0, atol=1e-9)
            np.testing.assert_allclose(row["probabilities"], want["probabilities"], rtol=0, atol=1e-9)
            assert row["told"] == want["told"]
        if values == start:
            assert told_by(page) == [say("sliders.answer.usual", lang), chances(made, found, lang)]
            continue
        clear = sum(abs(estimate) > half for estimate, _, half in found.shifts.values())
        first, *rest = told_by(page)
        assert first == direction(found.counts, clear, lang)
        # The ways that disagree have no chances in common.
        agreed = max(found.counts.values()) == len(found.shifts)
        assert rest == ([chances(made, found, lang)] if agreed else [])
        seen.add("agree" if agreed else "disagree")
    assert {"beyond", "together", "disagree"} <= seen and one.name == "training"


def test_a_slider_says_its_value_and_how_far_that_is_from_what_was_seen(moving):
    made, lang, page = moving
    for j, (lever, shown) in enumerate(zip(made.levers, spec_of(made, lang)["levers"], strict=True)):
        block, warned = page.locator(".lever").nth(j), set()
        assert block.locator("input").get_attribute("aria-valuetext") == say("sliders.value.usual", lang)
        for value in np.arange(shown["min"], shown["max"] + shown["step"] / 2, 5 * shown["step"]).round(6):
            move(page, [other.start if k != j else value for k, other in enumerate(made.levers)])
            key = "unseen" if lever.unseen(value) else "rare" if lever.beyond(value, lever.usual) else None
            warned.add(key)
            size = number(value, lang, 1 if lever.name == "training" else 2)
            size = f"+{size}" if lever.kind == "add" and value > 0 else size
            text = say(f"sliders.value.{lever.kind}", lang, size=size, unit=shown["unit"])
            text = say("sliders.value.usual", lang) if value == lever.start else text
            warning = say(f"sliders.{key}", lang) if key else ""
            shown_now = block.evaluate("""(block) => [".value", ".warning"].map((x) => block.querySelector(x).textContent)
                .concat(block.querySelector("input").getAttribute("aria-valuetext"))""")
            assert shown_now == [text, warning, f"{text}, {warning}" if warning else text]
        assert None in warned and warned - {None}
        move(page, [lever.start for lever in made.levers])


def made_up(rng, readings, *, ways=2, **lever):
    """Return a spec of random distributions on both scales, with one lever."""

    def mixture(center, spread):
        k = int(rng.integers(1, 4))
        return {
            "weights": rng.dirichlet(np.ones(k)).tolist(),
            "df": (2 + 10.0 ** rng.uniform(-1.5, 6, k)).tolist(),
            "location": rng.normal(center, spread, k).tolist(),
            "scale": (spread * 10.0 ** rng.uniform(-1, 1, k)).tolist(),
        }

    plain = {"name": "x", "title": "x", "unit": "u", "kind": "add", "min": -2.0, "max": 2.0, "step": 0.5}
    plain |= {"start": 0.0, "usual": [-1.0, 1.0], "within": [-2.0, 2.0], "later": False, "latest_text": ""}
    plain |= {"note": "", "effects": [{"estimate": -0.1, "se": 0.05, "dof": 20.0}] * ways}
    way = {"look": "plain", "estimator": "within", "of": None, "first": True}
    return {
        "place": "x",
        "year": 2020,
        "indicator_title": "x",
        "baselines": {"log_odds": mixture(-1.5, 0.3), "points": mixture(20.0, 3.0)},
        "readings": [{"label": f"r{i}", "bound": float(bound)} for i, bound in enumerate(readings)],
        "ways": [way | {"scale": scale, "label": scale} for scale in ("log_odds", "points")][:ways],
        "levers": [plain | lever],
        "together": [[-4], [4]],
        "later": "",
        "instrument": "Measured elsewhere.",
    }


def test_every_distribution_is_computed_to_the_last_digits(opened):
    """Few and a million degrees of freedom, the middle and the far tails, on both scales."""
    rng = np.random.default_rng(3)
    specs = [made_up(rng, [0.05, 1, 5, 12, 18, 20, 22, 35, 70, 99.95]) for _ in range(12)]
    page = opened(page_of(*(Sliders(spec, "en").html() for spec in specs)))
    for at, spec in enumerate(specs):
        for row, way in zip(rows(page, at), spec["ways"], strict=True):
            ahead = Predictive(**spec["baselines"][way["scale"]], link=way["scale"])
            wanted = [ahead.level_at(0.5), *ahead.interval(0.80)]
            np.testing.assert_allclose(row["rate"], wanted, rtol=0, atol=1e-9)
            wanted = [ahead.probability(at_most=r["bound"]) for r in spec["readings"]]
            np.testing.assert_allclose(row["probabilities"], wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_probabilities_read_as_the_library_writes_them(opened, lang):
    spec = made_up(np.random.default_rng(4), np.linspace(4, 60, 700), ways=1)
    (row,) = rows(opened(page_of(Sliders(spec, lang).html())))
    assert row["told"][1:] == [odds(p, lang) for p in row["probabilities"]]
    assert len({odds(p, lang) for p in row["probabilities"]}) > 90


def test_without_a_script_the_table_stands_at_the_start(told, opened):
    made, lang = told
    shown = sliders(made, lang)
    still = opened(page_of(shown.html()), java_script_enabled=False)
    assert still.locator("noscript").is_visible() and not still.locator(".levers").is_visible()
    assert (
        still.locator("tbody tr:visible").count() == len(made.ways_of([])) == 1
        and still.locator(".numbers").get_attribute("open") == ""
    )
    texts = [still.locator("tbody td").all_text_contents(), told_by(still)]
    alive = opened(page_of(shown.html()))
    assert not alive.locator("noscript").is_visible() and alive.locator(".levers").is_visible()
    assert texts == [
        alive.locator("tbody td").all_text_contents(),
        told_by(alive),
    ]
    assert " ".join(texts[1]) == shown.text() == shown._repr_mimebundle_()[0]["text/plain"]


def test_keys_move_a_slider_and_the_button_brings_all_back(made, opened):
    shown = sliders(made, "vi")
    page = opened(page_of(shown.html()))
    start = told_by(page)
    page.keyboard.press("Tab")
    label = page.evaluate("document.activeElement.closest('label').querySelector('.name').textContent")
    assert label == shown.spec["levers"][0]["title"]
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.locator("input").first.input_value() == "2"
    moved = made.what_if({"training": 2}).table["rate"][0]
    assert rows(page)[0]["rate"][0] == pytest.approx(moved, abs=1e-9) and told_by(page) != start
    page.locator(".reset").click()
    assert told_by(page) == start


def test_several_on_a_page_do_not_touch_one_another(made, opened):
    pieces = [sliders(made, lang).html() for lang in LANGUAGES]
    page = opened(page_of(*pieces, *pieces))
    before = [rows(page, at) for at in range(4)]
    move(page, [2, 1, 0], at=1)
    after = [rows(page, at) for at in range(4)]
    assert [a != b for a, b in zip(after, before, strict=True)] == [False, True, False, False]
    assert page.locator("[id]").count() == 0
    names = "Object.getOwnPropertyNames(window).sort()"
    assert page.evaluate(names) == opened(page_of()).evaluate(names)


def test_the_figure_shows_each_way_and_says_it(moving):
    made, lang, page = moving
    page.set_viewport_size({"width": 390, "height": 800})
    values = [lever.start + (lever.step if lever.name == "training" else 0) for lever in made.levers]
    move(page, values)
    named = page.locator("svg[role=img]").get_attribute("aria-label")
    labels = {Way(*(way[x] for x in Way._fields)): way["label"] for way in spec_of(made, lang)["ways"]}
    for key, found in made.what_if(changes(made, values)).ahead.items():
        low, high = found.interval(0.80)
        row = {"way": labels[key], "rate": found.level_at(0.5), "low": low, "high": high}
        assert say("sliders.figure.row", lang, **row) in named
    assert all(reading.label(lang) in named for reading in made.readings)
    # One median before and one after for each way, and the two levels that lie near; all inside the picture.
    assert [page.locator(f"svg circle.{kind}").count() for kind in ("before", "after")] == [8, 8]
    labels = page.locator("svg text.goal").all_text_contents()
    assert labels == sorted(f"{number(reading.bound, lang, 2)}%" for reading in made.readings[:2])
    assert all(reading.label(lang) in page.locator(".levels").text_content() for reading in made.readings)
    assert page.evaluate(OUTSIDE) == []


OUTSIDE = """[...document.querySelectorAll("svg text, svg line, svg path")].filter((node) => {
        const [a, b] = [node, node.closest("svg")].map((x) => x.getBoundingClientRect());
        return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
    }).map((node) => node.outerHTML)"""
# Pairs of a text and another text, or a line to look at, in one another's way.
OVER = """(() => {
    const box = (node) => node.getBoundingClientRect();
    const texts = [...document.querySelectorAll("svg text")], lines = [...document.querySelectorAll("svg path")];
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 3 && b.top < a.bottom - 3;
    return texts.flatMap((text, i) => [...texts.slice(i + 1), ...lines].filter((other) => meet(box(text), box(other)))
        .map((other) => text.textContent + " | " + other.outerHTML));
})()"""


def test_no_label_is_cut_or_stands_over_another_or_a_line(moving):
    made, lang, page = moving
    for width in (320, 390, 1100):
        page.set_viewport_size({"width": width, "height": 800})
        for values in positions(spec_of(made, lang), 5, seed=8):
            move(page, values)
            assert page.evaluate(OUTSIDE) == [] and page.evaluate(OVER) == []


@pytest.mark.parametrize("bounds", [(19.0, 19.2, 19.1, 19.25), (12.0, 28.0), (20.0,)])
def test_levels_close_together_or_at_the_ends_keep_their_labels_apart(opened, bounds):
    spec = made_up(np.random.default_rng(9), bounds)
    page = opened(page_of(Sliders(spec, "vi").html()), viewport={"width": 390, "height": 800})
    shown = page.locator("svg text.goal").all_text_contents()
    assert shown and set(shown) <= {f"{number(bound, 'vi', 2)}%" for bound in bounds}
    assert page.evaluate(OUTSIDE) == [] and page.evaluate(OVER) == []


def test_the_ends_of_a_slider_have_their_unit_and_its_start_is_marked(moving):
    made, lang, page = moving
    page.set_viewport_size({"width": 390, "height": 800})
    for j, lever in enumerate(spec_of(made, lang)["levers"]):
        block = page.locator(".lever").nth(j)
        low, high = (block.locator(x).text_content() for x in (".least", ".most"))
        assert low.endswith(f" {lever['unit']}") and high.endswith(f" {lever['unit']}")
        at = block.evaluate("(block) => Number(block.style.getPropertyValue('--start'))")
        assert at == pytest.approx((lever["start"] - lever["min"]) / (lever["max"] - lever["min"]), abs=0.01)
        assert block.locator(".start").text_content() == say("sliders.start", lang)
        boxes = [block.locator(x).bounding_box() for x in (".least", ".most")]
        assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]


def test_the_arrow_is_explained_where_there_is_one(made, opened):
    page = opened(page_of(sliders(made, "vi").html()))
    page.locator(".numbers summary").click()
    legend = page.locator(".legend")
    assert not legend.is_visible() and "→" not in page.locator("tbody").inner_text()
    move(page, [2, 1, 0])
    assert legend.is_visible() and "→" in page.locator("tbody").inner_text()
    page.locator(".reset").click()
    assert not legend.is_visible()


# A page as it is above the sliders: a menu, a title, two paragraphs.
HEAD = (
    "<style>body{margin:0 auto;max-width:50rem;padding:0 1rem}</style><nav>x</nav><h1>x</h1>"
    + "<p>x<br>x</p>" * 2
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sliders_and_answer_stand_in_the_first_screen_and_on_a_phone_the_answer_stays(made, opened, lang):
    html = page_of(sliders(made, lang).html()).replace("<body>", f"<body>{HEAD}")
    page = opened(html, viewport={"width": 1366, "height": 768})
    move(page, [2, 1, 0])
    levers, answer, picture = (
        page.locator(x).bounding_box() for x in (".lever >> nth=1", ".answer", "figure svg")
    )
    assert max(box["y"] + box["height"] for box in (levers, answer, picture)) <= 768
    assert answer["x"] > levers["x"] + levers["width"] and abs(answer["y"] - levers["y"]) < 768 / 2
    page.set_viewport_size({"width": 390, "height": 844})
    for at in (0, 100, 200):
        page.evaluate(f"scrollTo(0, {at})")
        box = page.locator(".answer").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 845 and box["height"] < 844 / 3
    small = page.evaluate(SMALL)
    assert small == [], small
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


SMALL = """[...document.querySelectorAll("button, summary, .lever input, .later")].filter((node) => node.checkVisibility())
    .filter((node) => Math.min(node.getBoundingClientRect().height, node.getBoundingClientRect().width) < 24)
    .map((node) => node.outerHTML)"""


def test_what_was_published_later_is_off_until_its_box_is_ticked(made, opened):
    page = opened(page_of(sliders(made, "en").html()))
    credit, box = page.locator(".lever").nth(2), page.get_by_role("checkbox")
    assert not credit.is_visible() and not box.is_checked()
    label = page.locator(".later").inner_text()
    assert made.levers[2].names["en"] in label and "7 May 2020" in label
    start = told_by(page)
    # Nothing of it counts while it is off, wherever its slider stands.
    move(page, [0, 1, -0.5])
    assert told_by(page) == start
    box.check()
    assert credit.is_visible()
    move(page, [0, 1, -0.5])
    found = made.what_if({"credit": -0.5})
    assert [row["rate"][0] for row in rows(page)] == pytest.approx(
        [*dict.fromkeys(found.table["rate"])], abs=1e-9
    )
    box.uncheck()
    assert told_by(page) == start and not credit.is_visible()
    # Without any there is no box.
    assert "checkbox" not in sliders(made.then, "en").html()


def test_a_link_holds_a_setting_and_what_is_unusable_in_one_is_left_out(made, opened):
    page = opened(page_of(sliders(made, "en").html()))
    page.get_by_role("checkbox").check()
    move(page, [1.5, 1, -0.5])
    wanted = told_by(page), rows(page)
    page.locator(".link").click()
    page.wait_for_function("document.querySelector('.status').textContent !== ''")
    link = page.evaluate("location.hash")
    assert link == "#sliders=1&later=1&d.training=1.5&d.credit=-0.5"

    def given(fragment):
        page.evaluate("(x) => { location.hash = x; }", fragment)
        page.wait_for_timeout(30)
        values = page.evaluate(
            "[...document.querySelectorAll('input[type=range]')].map((x) => Number(x.value))"
        )
        return values, page.locator(".status").text_content()

    assert given("elsewhere")[0] == [1.5, 1, -0.5]  # the anchor of a section moves nothing
    assert given("sliders=1") == ([0, 1, 0], "")
    assert given(link) == ([1.5, 1, -0.5], "") and (told_by(page), rows(page)) == wanted
    # Not ticked, credit is no value that can be used; others: no number, off the steps, off the slider, no lever.
    bad = {
        "d.training": ("abc", "1e0", "0.3", "99", "", "NaN", "<b>"),
        "d.credit": ("-0.5",),
        "d.luck": ("1",),
    }
    for name, values in bad.items():
        for value in values:
            assert given(f"sliders=1&{name}={value}") == ([0, 1, 0], say("sliders.ignored", "en", n=1)), value
    assert given("sliders=1&d.training=1&d.programmes=x&y=z") == (
        [1, 1, 0],
        say("sliders.ignored", "en", n=2),
    )
    assert given("sliders=2&d.training=3")[0] == [1, 1, 0]  # another's, were there two


@pytest.mark.parametrize("n", [0, 1, 6])
def test_any_number_of_levers_fits(opened, n):
    given = made_up(np.random.default_rng(11), [18.0])
    given |= {
        "levers": [given["levers"][0] | {"name": f"x{j}"} for j in range(n)],
        "together": [[2] * n, [-1] * n],
    }
    page = opened(page_of(Sliders(given, "en").html()), viewport={"width": 390, "height": 844})
    assert page.locator("input").count() == n and len(rows(page)) == 2
    if n:
        move(page, [1.0] * n)
        assert len(rows(page)) == 2 and told_by(page)[0].startswith("All 2")
        move(page, [-1.0] * n)
        assert rows(page) == [] and told_by(page) == [say("sliders.untold.together", "en")]


@pytest.mark.parametrize("k", [1, 2, 4])
def test_of_what_was_seen_together_those_that_nobody_outdid_stay(k):
    rows = np.random.default_rng(k).normal(0, 4, (600, k)).astype(int)
    kept = np.array(_outermost(pd.DataFrame(rows).where(rows % 5 != 1)))
    rows[rows % 5 == 1] = 0  # what is not known was not seen

    def reached(most, row):
        return ((most * np.sign(row)) >= np.abs(row)).all(axis=1)

    assert {tuple(row) for row in kept} <= {tuple(row) for row in rows} and len(kept) < len(rows)
    assert all(reached(kept, row).any() for row in rows)
    assert all(reached(kept, row).sum() == 1 for row in kept)


def test_names_and_notes_stay_text(opened):
    spec = made_up(np.random.default_rng(5), [18.0, 21.0], title=EVIL, unit=EVIL, note=EVIL, latest_text=EVIL)
    spec |= {"place": EVIL, "indicator_title": EVIL}
    spec["readings"][0]["label"] = spec["ways"][0]["label"] = EVIL
    html = Sliders(spec, "vi").html()
    assert html.count("<script") == html.count("</script>") == 2 and "<img" not in html
    page = opened(page_of(html))
    move(page, [1.5])
    assert page.evaluate("window.hacked === undefined") and page.locator("img").count() == 0
    assert page.locator("tbody th").first.text_content() == EVIL
    assert EVIL in page.locator(".chances").text_content() and EVIL in page.locator(".value").text_content()
    assert EVIL in page.locator("svg").get_attribute("aria-label")


def test_data_come_back_as_they_were():
    spec = made_up(np.random.default_rng(6), [18.0]) | {"place": EVIL}
    html = Sliders(spec, "en").html()
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', html, flags=re.S)
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)["spec"] == spec


def test_a_figure_that_is_no_number_is_refused():
    spec = made_up(np.random.default_rng(7), [18.0]) | {"year": float("nan")}
    with pytest.raises(ValueError, match="JSON"):
        Sliders(spec, "en").html()


def test_a_policy_with_the_hash_of_the_script_lets_it_run(made, opened):
    shown = sliders(made, "vi")
    digest = base64.b64encode(hashlib.sha256(script().encode()).digest()).decode()
    rule = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    head = f'<meta http-equiv="Content-Security-Policy" content="{rule}">'
    assert opened(page_of(shown.html(), head=head)).locator(".levers").is_visible()
    tags = re.sub(r"<(script|style).*?</\1>", "", shown.html(), flags=re.S)
    assert not re.search(r"\s(on\w+|style)=", tags)


def test_it_is_the_same_each_time_and_marked_as_standing_alone(made):
    data, metadata = sliders(made, "vi")._repr_mimebundle_()
    assert data == sliders(made, "vi")._repr_mimebundle_()[0] and set(data) == {"text/html", "text/plain"}
    assert metadata == {"text/html": {"alone": True}}


def test_latest_figures_are_told_with_their_unit_and_year(made):
    html = sliders(made, "vi").html()
    assert "Số liệu mới nhất: 17,7% (2018)." in html and " 889 nghìn đồng (2017)." in html
    bare = replace(made, levers=(replace(made.levers[0], latest=None),))
    assert say("sliders.no_latest", "en") in sliders(bare, "en").html()


def test_another_language_is_refused(made):
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        sliders(made, "fr")

"""The sliders compute in a browser what the library computes, and hold nothing that a page could stumble over."""

import base64
import hashlib
import itertools
import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

import povertystats as ps
from povertystats.forecasts.predictive import Predictive
from povertystats.pages.sliders import Sliders, script, sliders
from povertystats.targets.levers import scenario
from povertystats.words.wording import LANGUAGES, number, odds, probability, say

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
    """Return a function that opens HTML from a file without network; what goes wrong there fails the test."""
    folder, count = tmp_path_factory.mktemp("pages"), itertools.count()

    def show(html, **options):
        path = folder / f"{next(count)}.html"
        path.write_text(html, "utf-8")
        page = browser.new_page(**options)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: request.url == path.as_uri() or faults.append(request.url))
        page.goto(path.as_uri())
        return page

    return show


@pytest.fixture(scope="module")
def common(told, opened):
    made, lang = told
    return opened(page_of(sliders(made, lang).html()))


@pytest.fixture
def moving(told, common):
    """Return a scenario, its language and its page, the same one for several tests, at the start."""
    common.set_viewport_size({"width": 1280, "height": 720})
    common.evaluate("document.querySelector('button').click()")
    return *told, common


def move(page, values, at=0):
    """Set the sliders of the widget ``at`` as a hand would, without waiting for each."""
    page.evaluate(
        """([at, values]) => {
            const inputs = document.querySelectorAll(".sliders")[at].querySelectorAll("input");
            values.forEach((value, j) => { inputs[j].value = value; });
            inputs[0].dispatchEvent(new Event("input"));
        }""",
        [at, list(map(str, values))],
    )


def rows(page, at=0):
    """Return of each row of a table its data attributes as numbers and the texts of its cells."""
    return page.evaluate(
        """(at) => [...document.querySelectorAll(".sliders")[at].querySelectorAll("tbody tr")].map((row) => ({
            way: [row.dataset.way, row.dataset.scale],
            rate: ["rate", "low", "high"].map((name) => Number(row.querySelector("td").dataset[name])),
            probabilities: [...row.querySelectorAll("[data-probability]")].map((x) => Number(x.dataset.probability)),
            told: [...row.querySelectorAll("td")].map((cell) => cell.textContent),
        }))""",
        at,
    )


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


def expected(made, lang, values):
    """Return what the library says of positions: rates, probabilities and the texts of the cells of each way."""
    table = made.what_if(changes(made, values)).table
    for way, found in table.groupby(["way", "scale"], sort=False):
        first = found.iloc[0]
        rate = [first["rate"], first["low80"], first["high80"]]
        was, now = number(first["rate_without"], lang, 1), number(first["rate"], lang, 1)
        arrow = now if was == now else f"{was}% → {now}"
        told = [f"{arrow}%\n({number(rate[1], lang, 1)}% {TO[lang]} {number(rate[2], lang, 1)}%)"]
        for row in found.itertuples():
            was, now = probability(row.probability_without, lang), probability(row.probability, lang)
            told.append(f"{now if was == now else f'{was} → {now}'}\n({odds(row.probability, lang)})")
        yield {"way": list(way), "rate": rate, "probabilities": found["probability"].tolist(), "told": told}


def changes(made, values):
    return {lever.name: value for lever, value in zip(made.levers, values, strict=True)}


def test_the_page_computes_what_the_library_computes(moving):
    made, lang, page = moving
    for values in positions(made.spec(lang), 6, seed=1):
        move(page, values)
        wanted = list(expected(made, lang, values))
        found = rows(page)
        assert [row["way"] for row in found] == [row["way"] for row in wanted]
        for row, want in zip(found, wanted, strict=True):
            np.testing.assert_allclose(row["rate"], want["rate"], rtol=0, atol=1e-9)
            np.testing.assert_allclose(row["probabilities"], want["probabilities"], rtol=0, atol=1e-9)
            assert row["told"] == want["told"]


def test_the_sentence_says_first_whether_the_ways_agree(moving):
    made, lang, page = moving
    seen = set()
    for values in positions(made.spec(lang), 14, seed=2)[1:]:
        move(page, values)
        what = made.what_if(changes(made, values))
        shifts = list(what.shifts.values())
        lower, ways = sum(estimate < 0 for estimate, *_ in shifts), len(shifts)
        clear = sum(abs(estimate) > half for estimate, _, half in shifts)
        kind = {0: "higher", ways: "lower"}.get(lower, "disagree")
        some = {0: "none", ways: "all"}.get(clear, "some")
        seen |= {kind, some}
        sentences = [
            say(f"sliders.answer.{kind}", lang, lower=lower, higher=ways - lower, ways=ways),
            say(f"sliders.clear.{some}", lang, clear=clear, ways=ways),
        ]
        chances = []
        for reading, (_, found) in zip(made.readings, what.table.groupby("reading", sort=False), strict=True):
            low, high = (
                probability(p, lang) for p in (found["probability"].min(), found["probability"].max())
            )
            chances.append(f"{reading.label(lang)}: {low if low == high else f'{low} {TO[lang]} {high}'}")
        sentences.append(say("sliders.readings", lang, year=2020, readings="; ".join(chances)))
        assert " ".join(page.locator(".answer").all_text_contents()) == " ".join(sentences)
        assert page.locator(".chances").text_content() == sentences[-1]
    assert {"disagree", "lower", "higher", "some"} <= seen


def test_a_slider_says_its_value_and_how_far_that_is_from_what_was_seen(moving):
    made, lang, page = moving
    for j, (lever, shown) in enumerate(zip(made.levers, made.spec(lang)["levers"], strict=True)):
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
        page.locator("button").click()


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
    plain |= {"start": 0.0, "usual": [-1.0, 1.0], "levels": [0.0, 9.0], "latest": None, "latest_text": ""}
    plain |= {"note": "", "effects": [{"estimate": -0.1, "se": 0.05, "dof": 20.0}] * ways}
    return {
        "place": "x",
        "year": 2020,
        "indicator_title": "x",
        "last": 20.0,
        "last_year": 2019,
        "baselines": {"log_odds": mixture(-1.5, 0.3), "points": mixture(20.0, 3.0)},
        "readings": [{"label": f"r{i}", "bound": float(bound)} for i, bound in enumerate(readings)],
        "ways": [{"way": "plain", "scale": scale, "label": scale} for scale in ("log_odds", "points")][:ways],
        "levers": [plain | lever],
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
    assert row["told"][1:] == [f"{probability(p, lang)}\n({odds(p, lang)})" for p in row["probabilities"]]
    assert len({odds(p, lang) for p in row["probabilities"]}) > 25


def test_without_a_script_the_table_stands_at_the_start(told, opened):
    made, lang = told
    shown = sliders(made, lang)
    still = opened(page_of(shown.html()), java_script_enabled=False)
    assert still.locator("noscript").is_visible() and not still.locator(".levers").is_visible()
    texts = [still.locator("tbody td").all_text_contents(), still.locator(".answer").all_text_contents()]
    alive = opened(page_of(shown.html()))
    assert not alive.locator("noscript").is_visible() and alive.locator(".levers").is_visible()
    assert texts == [
        alive.locator("tbody td").all_text_contents(),
        alive.locator(".answer").all_text_contents(),
    ]
    assert " ".join(texts[1]) == shown.text() == shown._repr_mimebundle_()[0]["text/plain"]


def test_keys_move_a_slider_and_the_button_brings_all_back(made, opened):
    shown = sliders(made, "vi")
    page = opened(page_of(shown.html()))
    start = page.locator("tbody").inner_text()
    page.keyboard.press("Tab")
    label = page.evaluate("document.activeElement.closest('label').textContent.trim()")
    assert label == shown.spec["levers"][0]["title"]
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert page.locator("input").first.input_value() == "2"
    moved = made.what_if({"training": 2}).table["rate"][0]
    assert rows(page)[0]["rate"][0] == pytest.approx(moved, abs=1e-9)
    page.locator("button").click()
    assert page.locator("tbody").inner_text() == start


def test_several_on_a_page_do_not_touch_one_another(made, opened):
    pieces = [sliders(made, lang).html() for lang in LANGUAGES]
    page = opened(page_of(*pieces, *pieces))
    before = [rows(page, at) for at in range(4)]
    move(page, [2, 1.2, 0.5], at=1)
    after = [rows(page, at) for at in range(4)]
    assert [a != b for a, b in zip(after, before, strict=True)] == [False, True, False, False]
    assert page.locator("[id]").count() == 0
    names = "Object.getOwnPropertyNames(window).sort()"
    assert page.evaluate(names) == opened(page_of()).evaluate(names)


def test_the_figure_shows_each_way_and_says_it(moving):
    made, lang, page = moving
    page.set_viewport_size({"width": 390, "height": 800})
    values = [lever.start + lever.step for lever in made.levers]
    move(page, values)
    named = page.locator("svg[role=img]").get_attribute("aria-label")
    labels = {(way["way"], way["scale"]): way["label"] for way in made.spec(lang)["ways"]}
    for key, found in made.what_if(changes(made, values)).ahead.items():
        low, high = found.interval(0.80)
        row = {"way": labels[key], "rate": found.level_at(0.5), "low": low, "high": high}
        assert say("sliders.figure.row", lang, **row) in named
    assert all(reading.label(lang) in named for reading in made.readings)
    # One median before and one after for each way, and the two levels that lie near; all inside the picture.
    assert [page.locator(f"svg circle.{kind}").count() for kind in ("before", "after")] == [4, 4]
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
        for values in positions(made.spec(lang), 5, seed=8):
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
    for j, lever in enumerate(made.spec(lang)["levers"]):
        block = page.locator(".lever").nth(j)
        low, high = (block.locator(x).text_content() for x in (".least", ".most"))
        assert low.endswith(f" {lever['unit']}") and high.endswith(f" {lever['unit']}")
        at = block.evaluate("""(block) => {
            const [ends, mark] = [block.querySelector(".ends"), getComputedStyle(block.querySelector(".ends"), "::before")];
            return (parseFloat(mark.left) - 8) / (ends.getBoundingClientRect().width - 16);
        }""")
        assert at == pytest.approx((lever["start"] - lever["min"]) / (lever["max"] - lever["min"]), abs=0.01)
        assert block.locator(".start").text_content() == say("sliders.start", lang)
        boxes = [block.locator(x).bounding_box() for x in (".least", ".most")]
        assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]


def test_the_arrow_is_explained_where_there_is_one(made, opened):
    page = opened(page_of(sliders(made, "vi").html()))
    legend = page.locator(".legend")
    assert not legend.is_visible() and "→" not in page.locator("tbody").inner_text()
    move(page, [2, 1, 0])
    assert legend.is_visible() and "→" in page.locator("tbody").inner_text()
    page.locator("button").click()
    assert not legend.is_visible()


def test_on_a_phone_the_probabilities_stay_in_sight(made, opened):
    page = opened(page_of(sliders(made, "vi").html()), viewport={"width": 390, "height": 844})
    move(page, [5, 1.4, 1])
    page.evaluate("scrollTo(0, 0)")
    box = page.locator(".chances").bounding_box()
    assert box["y"] + box["height"] <= 845 and box["height"] < 0.2 * 844
    assert page.locator(".answer").first.bounding_box()["y"] > 844


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
    spec = made_up(np.random.default_rng(7), [18.0]) | {"last": float("nan")}
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

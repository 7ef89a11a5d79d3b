"""Pages of another country's package: nothing of ours stands on them, and their numbers are those of its own figures."""

import re
import zipfile

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from helpers import inline
from helpers.counties import DRIVERS
from helpers.foreign import AS_OF, BOUND, OUTCOME, PLACE, write_foreign
from helpers.html import Html
from scipy import stats

import povertystats as ps
from povertystats.kinds.ahead import settled
from povertystats.pages import site
from povertystats.targets.verdict import of_both
from povertystats.words.wording import number, odds, probability, say

OURS = ("GSO", "63", "Bắc Kạn", "2.5%", "2,5%", "Việt Nam", "Viet Nam", "Vietnam", "Ha Noi", "Hà Nội")


def make(folder, notebooks=None, lang="en", **package):
    """Write the package and its pages; return its panel and what a reader finds: ``{file: text}``."""
    panel = write_foreign(folder / "package", **package)
    given = {"place": PLACE, "as_of": AS_OF, "data": folder / "package", "notebooks": notebooks}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site, "run_notebooks", inline.run_notebooks)
        site.write_pages(folder / lang, languages=(lang,), report=lambda line: None, **given)
    return panel, {path.name: read(path) for path in (folder / lang).rglob("*.*")}


def read(path):
    """Return all that a file says: of a page also what its images are said to show, of a workbook its texts."""
    if path.suffix == ".html":
        page = Html(path.read_text("utf-8"))
        return "\n".join([page.text, *(attrs["alt"] for _, attrs, _ in page.all("img"))])
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            return " ".join(
                re.sub(r"<[^>]+>", " ", book.read(name).decode())
                for name in book.namelist()
                if "strings" in name.lower()
            )
    return path.read_text("utf-8-sig") if path.suffix == ".csv" else ""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ostland")
    panel, english = make(folder)
    vietnamese = make(folder, "00_brief", "vi")[1]
    return panel, english, vietnamese


def test_nothing_of_ours_stands_on_any_page(made):
    _, english, vietnamese = made
    assert {"brief.en.html", "what-if.en.html", "index.html"} <= english.keys() and len(english) > 20
    for name, text in {**english, **{f"vi/{name}": text for name, text in vietnamese.items()}}.items():
        # A longer number may hold any digits, and a chance any per cent.
        told = text if not name.endswith(".csv") else re.sub(r"\d+\.\d+", "", text)
        left = [
            word
            for word in OURS
            if re.search(rf"(?<![\d.,]){re.escape(word)}(?![\d%]| in 100| trên 100)", told)
        ]
        assert left == [], name
    assert "case-bac-kan.en.html" not in english and "household-register.en.html" not in english


def test_the_pages_name_the_country_its_places_and_its_source(made):
    _, english, vietnamese = made
    assert "Peers, the places it is compared with, are 13 counties of Ostland" in english["forecast.en.html"]
    assert re.search(r"1[34] hạt", vietnamese["brief.vi.html"])
    assert "Yearbook of Ostland" in english["what-is-known.en.html"] and "kip" in english["what-if.en.html"]
    (book,) = (text for name, text in english.items() if name.endswith(".xlsx"))
    for said in (
        "Hardship in the counties of Ostland",
        "CC0 1.0",
        "Office of Counties",
    ):
        assert said in book
    assert "CC BY" not in book and "povertystats developers" not in book


def drift(values, link):
    """Return the location, scale and degrees of freedom of next year's rate by a constant step, written out."""
    z = np.log(values / (100 - values)) if link == "log_odds" else values
    steps = np.diff(z)
    spread = steps.std(ddof=1)
    return z[-1] + steps.mean(), spread * np.sqrt(1 + 1 / len(steps)), len(steps) - 1


def test_chances_and_intervals_are_those_of_its_own_figures(made):
    panel, english, vietnamese = made
    own = panel[panel["place"] == PLACE].set_index("year")[OUTCOME]
    frame = panel[["place", "year", OUTCOME]]
    pooled = {
        link: ps.forecast(own, peers=ps.fit_peers(frame, scale=link), scale=link)
        for link in ("log_odds", "points")
    }
    chance = {link: ahead.probability(at_most=BOUND) for link, ahead in pooled.items()}
    low, high = pooled["log_odds"].interval(0.80)
    told = english["forecast.en.html"]
    assert (
        f"80% interval: {low:.1f}% to {high:.1f}%" in told
        and f"{pooled['log_odds'].level_at(0.5):.2f}" in told
    )
    brief = english["brief.en.html"]
    # Comparable series tell whether log-odds fit better; then theirs is told alone.
    tell = settled(pooled, own.iloc[-1])
    both = [odds(of_both(*chance.values(), tell), lang) for lang in ("en", "vi")]
    assert (
        both[0] in brief and both[0] in english["targets.en.html"] and both[1] in vietnamese["brief.vi.html"]
    )
    assert probability(chance["points"], "en") in told
    alone = []
    for link in ("log_odds", "points"):
        middle, scale, df = drift(own.to_numpy(), link)
        at = np.log(BOUND / (100 - BOUND)) if link == "log_odds" else BOUND
        alone.append(stats.t.cdf((at - middle) / scale, df))
    assert f"{probability(alone[0], 'en')} to {probability(alone[1], 'en')}" in told


def test_the_record_is_that_of_exactly_these_series(made):
    panel, english, _ = made
    errors = []
    for origin in range(2013, 2019):
        past = panel[panel["year"] <= origin]
        peers = ps.fit_peers(past[["place", "year", OUTCOME]])
        for place, rows in past.groupby("place"):
            ahead = ps.forecast(rows.set_index("year")[OUTCOME], peers=peers)
            came = panel[(panel["place"] == place) & (panel["year"] == origin + 1)][OUTCOME].item()
            low, high = ahead.interval(0.80)
            errors.append(
                (ahead.series.values[-1], origin + 1, came - ahead.level_at(0.5), low <= came <= high)
            )
    errors = pd.DataFrame(errors, columns=["last", "year", "error", "held"])
    last = panel[panel["place"] == PLACE].set_index("year")[OUTCOME].sort_index().iloc[-1]
    assert 10 <= last < 90
    errors = errors[errors["last"].between(10, 90, inclusive="left")]
    assert len(errors) >= 30
    misses = errors["error"].abs().groupby(errors["year"]).mean()
    said = {
        "places": 14,
        "years": 6,
        "mae": errors["error"].abs().mean(),
        "held": 100 * errors["held"].mean(),
    }
    said |= {"below": 100 * (errors["error"] < 0).mean(), "worst": misses.idxmax(), "missed": misses.max()}
    level = say("backtest.level.between", "en", low=10, high=90)
    said |= {
        "titles": "people in hardship",
        "ahead": 1,
        "near": f" {say('backtest.near', 'en', level=level)}",
    }
    said["faster"] = say("brief.faster", "en") if said["below"] > 60 else ""
    assert say("brief.track", "en", **said) in english["forecast.en.html"]


def test_the_drivers_estimates_are_those_of_a_regression_on_its_figures(made):
    panel, english, _ = made
    told = english["drivers-annex.en.html"]
    data = panel.assign(log_odds=np.log(panel[OUTCOME] / (100 - panel[OUTCOME])), points=panel[OUTCOME])
    for driver in DRIVERS:
        found = [
            smf.ols(f"{scale} ~ {driver} + C(place) + C(year)", data).fit().params[driver]
            for scale in ("points", "log_odds")
        ]
        assert all(number(one, "en", 3) in told for one in found), (driver, found)


# Packages that hold little: every page is there and says what is missing


@pytest.mark.parametrize(
    ("package", "likely"),
    [
        ({"years": 3, "places": 6, "drivers": False}, True),
        ({"years": 2, "places": 2, "drivers": False, "target": False}, False),
        ({"years": 1, "places": 1, "drivers": True, "target": False}, False),
    ],
)
def test_a_package_that_holds_little_has_every_page_and_says_what_is_missing(tmp_path, package, likely):
    english = make(tmp_path, **package)[1]
    pages = {name: text for name, text in english.items() if name.endswith(".html")}
    assert len(pages) == 10
    assert not [name for name, text in pages.items() if say("page.refused", "en") in text]
    brief, way = pages["brief.en.html"], pages["forecast.en.html"]
    assert (say("brief.no_outlook", "en") in brief) != likely
    assert ("Peers, the places" in way) == likely and say("brief.no_record", "en") in way
    assert (
        say("drivers.lacking.none_declared" if not package["drivers"] else "brief.no_drivers", "en")
        in pages["drivers.en.html"]
    )
    for text in pages.values():
        assert not [word for word in OURS if word in text]

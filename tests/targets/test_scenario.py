"""Scenarios: what they rest on, what they refuse, and the numbers that an interactive page takes from them."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from helpers.counties import ROLES, counties, package
from helpers.panels import FACT
from scipy import stats

import povertystats as ps
from povertystats.drivers.lever import Way
from povertystats.forecasts.outlook import outlook
from povertystats.forecasts.scores import to_scale
from povertystats.pages import sliders
from povertystats.pages.sliders import spec
from povertystats.questions.declared_driver import declared
from povertystats.targets.levers import scenario, what_if
from povertystats.targets.scenario import lever_notes
from povertystats.targets.what_if import NoScenario
from povertystats.words.wording import say

PLACE = "Bắc Kạn"
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def whole(known, facts, fits):
    return scenario(known, place="bac kan", later=facts, fits=fits)


def with_target(view, place, bound):
    """Return a view whose only target is that the rate of a place be at most ``bound`` in the year that is forecast."""
    ahead = outlook(view, place)
    row = view.targets[view.targets["reading"] == "to_2.5"]
    if row.empty:
        row = ps.load_facts().targets.query("reading == 'to_2.5'")
    asked = {"place": place, "where": place, "indicator": ahead.series.indicator, "year": ahead.year}
    asked["available_from"] = pd.Timestamp(f"{ahead.year}-01-01")
    return replace(view, targets=row.assign(bound=bound, **asked))


def test_it_rests_on_the_pooled_forecasts_and_the_targets(known, whole):
    series, peers = known.series("poor_household_pct", place=PLACE), known.peers("poor_household_pct")
    for scale, baseline in whole.baselines.items():
        direct = ps.forecast(series, peers=peers, scale=scale).predictive
        assert baseline.link == scale
        assert baseline.location.tolist() == direct.location.tolist()
    last = series.latest.value
    assert [(r.name, r.bound) for r in whole.readings] == [
        ("by_2.0", last - 2.0),
        ("by_2.5", last - 2.5),
    ]
    assert whole.missing == () and whole.place == PLACE and len(whole.ways) == 8


NO_CREDIT = {
    "vi": "Không xét được tín dụng: quá ít địa phương vừa có số liệu tín dụng vừa biết thay đổi sau đó của tỷ lệ nghèo đa chiều.",
    "en": "Credit cannot be moved: too few places have a figure of credit and a known change of the multidimensional poverty rate after it.",
}


def test_without_a_later_view_credit_is_missing_and_said_to_be(known, fits):
    alone = scenario(known, place=PLACE, fits=fits)
    assert [driver.name for driver in alone.missing] == ["credit"] and [
        lever.name for lever in alone.levers
    ] == [
        "training",
        "programmes",
    ]
    for lang in ("vi", "en"):
        assert alone.text(lang).splitlines()[0] == NO_CREDIT[lang]
    with pytest.raises(ValueError, match="Credit cannot be moved: too few places"):
        alone.what_if({"credit": 1})


def test_the_own_trend_stands_in_where_there_are_no_peers(known, fits):
    own = (known.table["place"] == PLACE) | (known.table["indicator"] != "poor_household_pct")
    lonely = replace(known, indicators=known.indicators.assign(peers=""), table=known.table[own])
    found = scenario(lonely, place=PLACE, fits=fits)
    series = known.series("poor_household_pct", place=PLACE)
    for scale, baseline in found.baselines.items():
        assert baseline.location.tolist() == ps.forecast(series, scale=scale).predictive.location.tolist()
    # Four figures leave two degrees of freedom: no variance to which another could be added.
    short = lonely.table[(lonely.table["place"] != PLACE) | (lonely.table["year"] >= 2016)]
    with pytest.raises(NoScenario) as caught:
        scenario(replace(lonely, table=short), place=PLACE, fits=fits)
    assert caught.value.reason == "spread"


def test_the_table_has_every_association(whole):
    table = whole.table
    assert len(table) == 8 + 5 + 4 and table["lever"].unique().tolist() == [
        "training",
        "programmes",
        "credit",
    ]
    for lever in whole.levers:
        for row in table[table["lever"] == lever.name].itertuples():
            estimator = "within" if lever.name == "credit" else row.estimator
            assert (row.estimate, row.se, row.dof) == lever.ways[row.way, estimator, row.scale]
            assert (row.seen_low, row.seen_high) == lever.seen and row.later == lever.later


@LANGUAGES
def test_the_text_names_every_lever_with_its_evidence(whole, lang):
    *lines, left, last = whole.text(lang).splitlines()
    assert last == say("drivers.association", lang) and len(lines) == 3
    # A second look by another term is left out, and told; what the figures do not carry as well.
    assert declared(whole.known)["programmes_kept"].titles[lang] in left
    lost = replace(whole.levers[0], lacking=(Way("training_before", "fractional_logit", "log_odds"),))
    assert whole.levers[0].looks["training_before"][lang] in replace(whole, levers=(lost,)).text(lang)
    assert left in spec(whole, lang)["levers"][1]["note"]
    for lever, line in zip(whole.levers, lines, strict=True):
        assert lever.names[lang] in line and lever.in_words(*lever.seen, lang) in line
    assert say("lever.later", lang) in lines[2] and say("lever.highest", lang, place=PLACE) in lines[2]
    assert not re.search(r"_pct|_vnd|\{|nan", whole.text(lang))


@pytest.fixture(scope="module")
def defined(known):
    """Return views of which each defines its indicator or target in another way: both languages tell of the same."""
    bare = known.indicators.assign(peers="")
    near = known.targets.assign(
        proxy_indicator=known.targets["target"].map({"trained_labour": "trained_pct"})
    )
    near["proxy_indicator"] = near["proxy_indicator"].fillna("")
    own = known.targets.replace({"indicator": {"trained_labour_pct": "trained_pct"}})
    changes = {
        "bare": {"indicators": bare},
        "near": {"indicators": bare, "targets": near},
        "own": {"targets": own},
    }
    return {name: replace(known, **changed) for name, changed in changes.items()}


@LANGUAGES
def test_a_target_by_another_definition_is_told_beside_its_lever(whole, known, defined, lang):
    (target,) = [t for t in ps.load_targets(known, place=PLACE) if t.target == "trained_labour"]
    told = say("lever.definition", lang, wording=target.wording[lang])
    training, *others = (lever["note"] for lever in spec(whole, lang)["levers"])
    assert training.startswith(told) and "45%" in told
    assert not any(say("lever.definition", lang, wording="|").split("|")[0] in note for note in others)
    # By the target's own indicator there is nothing to tell; by a stand-in that it names there is.
    notes = {
        name: spec(replace(whole, known=view), lang)["levers"][0]["note"] for name, view in defined.items()
    }
    assert told in notes["near"] and told not in notes["bare"] + notes["own"]


@pytest.mark.parametrize(
    ("place", "day"), [("Hà Giang", "2020-05-07"), ("Hà Nội", "2019-05-07"), ("Điện Biên", None)]
)
def test_places_and_days_without_a_target_are_asked_whether_the_rate_rises(facts, fits, place, day):
    view = facts.as_of(day) if day else facts
    found = scenario(view, place=place, fits=fits)
    (reading,) = found.readings
    last = outlook(view, place).series.values[-1]
    assert (reading.name, reading.bound) == ("no_rise", last)
    for lang in ("vi", "en"):
        assert found.text(lang).splitlines()[0] == say("scenario.target", lang, year=found.ahead.year)
        assert reading.label(lang) in found.what_if({"training": -1}).text(lang)
        assert spec(found, lang)["readings"] == [{"label": reading.label(lang), "bound": last}]


@pytest.mark.parametrize(
    ("place", "day"),
    [("Hà Giang", "2020-05-07"), ("Hà Nội", "2020-05-07"), ("Hà Nội", "2019-05-07"), ("Điện Biên", None)],
)
def test_other_places_and_days_have_scenarios_of_their_own(facts, fits, place, day):
    view = facts.as_of(day) if day else facts
    bound = 0.9 * outlook(view, place).series.values[-1]
    found = scenario(with_target(view, place, bound), place=place, fits=fits)
    none = found.what_if({})
    for way, ahead in none.ahead.items():
        assert ahead.probability(at_most=bound) == found.baselines[way.scale].probability(at_most=bound)
    training = found.what_if({"training": 1}, extrapolate=True).table
    training = training[(training["estimator"] == "within") & (training["way"] != "training_before")]
    down = training["probability"] > training["probability_without"]
    # More training goes with less poverty in log-odds and not in points, wherever that is asked.
    assert down[training["scale"] == "log_odds"].all() and not down[training["scale"] == "points"].any()
    assert ("programmes" in {driver.name for driver in found.missing}) == (place == "Hà Nội")
    for lang in ("vi", "en"):
        assert place in found.best_fifth().text(lang)


def test_a_horizon_of_two_years_doubles_credit_alone(facts, known, fits, whole):
    found = scenario(with_target(known, "Hà Giang", 30.0), place="Hà Giang", later=facts, fits=fits)
    assert found.ahead.horizon == 2
    for lever, same in zip(found.levers, whole.levers, strict=True):
        times = 2 if lever.name == "credit" else 1
        way = Way("plain", "within", "points")
        assert lever.effect(way)[0] == pytest.approx(times * same.effect(way)[0])


def test_what_is_no_mapping_and_no_later_view_is_told(known, facts, whole):
    for changes in (["training"], None, "training"):
        with pytest.raises(ValueError, match=r"expected steps by lever, \{'training': 2\}, got"):
            whole.what_if(changes)
    with pytest.raises(ValueError, match="expected a later view than 2020-05-07, got one of 2019-05-07"):
        scenario(known, later=facts.as_of("2019-05-07"))


def test_bounds_of_nought_are_those_that_round_to_it(known, fits):
    found = scenario(with_target(known, "Hà Nội", 0.0), place="Hà Nội", fits=fits)
    assert found.readings[0].bound == 0.05
    with pytest.raises(ps.DataError, match="field bound: '-1.0': expected 0 or more"):
        scenario(with_target(known, "Hà Nội", -1.0), place="Hà Nội", fits=fits)


def test_what_cannot_be_had_is_told_in_both_languages(facts, known, fits):
    cases = {
        "forecast": (facts.as_of("2005-01-01"), fits),
        "lever": (known, {}),
    }
    for reason, (view, made) in cases.items():
        with pytest.raises(NoScenario) as caught:
            scenario(view, place=PLACE, fits=made)
        assert caught.value.reason == reason
        texts = [caught.value.text(lang) for lang in ("vi", "en")]
        assert len(set(texts)) == 2 and "{" not in "".join(texts)
    with pytest.raises(LookupError, match="Bac Kam"):
        scenario(known, place="Bac Kam")


def test_a_package_without_drivers_has_no_lever(tmp_path, facts):
    rows = facts.table[(facts.table["place"] == PLACE) & (facts.table["indicator"] == "poor_household_pct")]
    rows = rows[(rows["status"] != "target") & rows["year"].between(2015, 2019)].drop_duplicates("year")
    mine = rows[FACT].assign(source_id="mine", status="estimate", standard="")
    mine.to_csv(tmp_path / "mine.csv", index=False)
    (tmp_path / "sources.csv").write_text("source_id,title\nmine,Mine\n")
    (tmp_path / "places.csv").write_text(f"code,place,kind\n06,{PLACE},province\n")
    files = [{"name": name, "path": f"{name}.csv"} for name in ("mine", "sources", "places")]
    (tmp_path / "datapackage.json").write_text(
        json.dumps({"name": "mine", "extends": False, "resources": files})
    )
    own = ps.load_facts(tmp_path).as_of("2020-05-07")
    with pytest.raises(NoScenario) as caught:
        scenario(own, place=PLACE)
    assert caught.value.reason == "undeclared"


def test_every_problem_is_told_at_once(whole):
    with pytest.raises(ValueError, match="cannot say what if") as caught:
        whole.what_if({"luck": 1, "training": math.nan, "programmes": -1, "credit": 9})
    lines = str(caught.value).splitlines()[1:]
    assert len(lines) == 4
    assert "no lever 'luck'" in lines[0] and "training is nan" in lines[1]
    assert "factor -1" in lines[2] and "beyond what has been seen" in lines[3]
    assert whole.what_if({"credit": 9}, extrapolate=True).table["beyond"].eq("credit").all()


def test_levers_that_no_place_moved_so_far_at_once_are_refused_together(whole):
    ends = {lever.name: lever.within[1] for lever in whole.levers[:2]}
    for name, step in ends.items():
        assert whole.what_if({name: step}).moving
    with pytest.raises(ValueError, match="no place has moved all of them so far in the same year"):
        whole.what_if(ends)
    found = whole.what_if(ends, extrapolate=True)
    assert len(found.shifts) == 8
    assert all(
        say("scenario.beyond_together", lang) in found.text(lang).splitlines() for lang in ("vi", "en")
    )
    # A lever in points alone and one in log-odds alone have no way in common.
    first, second = whole.levers[:2]
    apart = [
        replace(one, effects=one.effects[one.effects["scale"] == scale])
        for one, scale in ((first, "points"), (second, "log_odds"))
    ]
    with pytest.raises(ValueError, match="no way of computing holds for training, programmes together"):
        replace(whole, levers=tuple(apart)).what_if({"training": 0.5, "programmes": 1.05})


def test_without_hindsight_what_came_later_is_missing(whole, known, fits):
    then = whole.then
    assert [lever.name for lever in then.levers] == ["training", "programmes"]
    assert [driver.name for driver in then.missing] == ["credit"]
    assert then.text("en") == scenario(known, place=PLACE, fits=fits).text("en")
    none = replace(whole, levers=whole.levers[2:]).then
    assert none.levers == () and len(none.needed().table) and none.table.empty
    assert none.needed().display("en").empty and "driver" not in none.needed().text("en").split(".")[0]


def test_the_short_way_is_the_long_way(known, facts, whole):
    short = what_if(known, {"training": 2, "credit": -0.5}, later=facts)
    long = whole.what_if({"credit": -0.5, "training": 2})
    pd.testing.assert_frame_equal(short.table, long.table, rtol=1e-9)
    with pytest.raises(ValueError, match="training 50 lies beyond"):
        whole.what_if({"training": 50})
    assert what_if(known, {"training": 50}, extrapolate=True).table["beyond"].eq("training").all()


@LANGUAGES
def test_a_page_computes_the_same_from_the_spec_alone(whole, lang):
    given = json.loads(json.dumps(spec(whole, lang), ensure_ascii=False, allow_nan=False))
    changes = {"training": 2.5, "programmes": 1.0, "credit": -0.5}
    table = whole.what_if(changes).table
    each = len(given["readings"])
    used = [
        (i, way)
        for i, way in enumerate(given["ways"])
        if all(given["levers"][j]["effects"][i] for j in (0, 2))
    ]
    assert len(table) == each * len(used) == 2 * 6
    for at, (i, way) in enumerate(used):
        shift, variance = 0.0, 0.0
        for lever in given["levers"]:
            step = changes[lever["name"]]
            size = math.log(step) if lever["kind"] == "times" else step
            if not size:
                continue
            effect = lever["effects"][i]
            shift += size * effect["estimate"]
            variance += size**2 * stats.t(effect["dof"], scale=effect["se"]).var()
        base = {name: np.array(part) for name, part in given["baselines"][way["scale"]].items()}
        spread = np.sqrt(base["scale"] ** 2 + variance * (base["df"] - 2) / base["df"])
        for reading, row in zip(
            given["readings"], table.iloc[at * each : (at + 1) * each].itertuples(), strict=True
        ):
            z = float(to_scale(reading["bound"], way["scale"]))
            p = base["weights"] @ stats.t.cdf(z, base["df"], base["location"] + shift, spread)
            assert Way(row.way, row.estimator, row.scale) == Way(*(way[name] for name in Way._fields))
            assert row.bound == reading["bound"]
            assert row.probability == pytest.approx(p, rel=1e-9, abs=1e-13)


@LANGUAGES
def test_the_spec_says_what_a_reader_needs(whole, known, lang):
    given = spec(whole, lang)
    assert (given["place"], given["year"]) == (PLACE, 2020)
    assert given["indicator_title"] == known.title("poor_household_pct", lang)
    assert len({way["label"] for way in given["ways"]}) == len(given["ways"]) == 8
    assert [r["label"] for r in given["readings"]] == [r.label(lang) for r in whole.readings]
    for told, lever in zip(given["levers"], whole.levers, strict=True):
        assert (told["min"], told["max"]) == lever.limits and told["min"] < told["start"] < told["max"]
        assert told["title"] == lever.title(lang) and told["unit"] and told["note"]
    with pytest.raises(ValueError, match="language 'fr'"):
        spec(whole, "fr")


@pytest.fixture(scope="module")
def foreign(known):
    names = ["clinics_per_10k", "grant_kip", "herd_heads", "town_pct"]
    return package(known, counties()[["place", "year", "hardship_pct", *names]], ROLES)


def test_a_foreign_package_moves_its_own_levers(foreign):
    made = scenario(foreign, place="County A")
    assert [lever.name for lever in made.levers] == ["clinics_per_10k", "grant_kip"] and made.missing == ()
    frame = counties()
    fits = smf.ols("hardship_pct ~ clinics_per_10k + C(place) + C(year)", frame).fit()
    others = [frame[frame["place"] != place] for place in frame["place"].unique()]
    without = [
        smf.ols("hardship_pct ~ clinics_per_10k + C(place) + C(year)", part).fit().params["clinics_per_10k"]
        for part in others
    ]
    beta, g = fits.params["clinics_per_10k"], len(without)
    se = np.sqrt((g - 1) / g * np.sum((np.array(without) - beta) ** 2))
    found = made.levers[0].effect(Way("plain", "within", "points"))
    assert found == pytest.approx((beta, se, g - 1), rel=1e-6)
    moved = made.what_if({"clinics_per_10k": 0.5})
    rows = moved.table.query("way == 'plain' and estimator == 'within' and scale == 'points'")
    assert rows["rate"].item() == pytest.approx(rows["rate_without"].item() + 0.5 * beta, abs=1e-4)
    assert made.best_fifth() is not None and len(made.needed().table)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_sentences_and_sliders_of_a_foreign_package_hold_none_of_ours(foreign, lang):
    made = scenario(foreign, place="County A")
    moved = made.what_if({"clinics_per_10k": 0.5, "grant_kip": 500.0}, extrapolate=True)
    html = sliders.sliders(made, lang).html()
    shown = re.sub(r"<(style|script)[^>]*>.*?</\1>", "", html, flags=re.S)
    texts = [made.text(lang), made.needed().text(lang), moved.text(lang), made.best_fifth().text(lang), shown]
    for word in ("GSO", "Bắc Kạn", "Việt Nam", "provinc", "tỉnh", "đồng", "dong", "poverty", "nghèo"):
        assert not [text for text in texts if word in text], word
    assert all("HARDSHIP_PCT" in text for text in texts[2:3])


def test_a_package_without_levers_says_so_and_no_place_is_taken_for_granted(known):
    frame = counties()[["place", "year", "hardship_pct", "roads_km"]]
    facts = package(known, frame, ROLES)
    with pytest.raises(NoScenario) as caught:
        scenario(facts, place="County A")
    assert caught.value.reason == "undeclared"
    with pytest.raises(ps.PovertyStatsError, match="no place is named; say place="):
        scenario(facts)


@LANGUAGES
def test_a_lever_tells_where_the_test_of_its_association_is_doubtful(whole, lang):
    told = {lever.name: " ".join(lever_notes(lever, whole, lang)) for lever in whole.levers}
    assert say("lever.doubtful", lang) in told["programmes"]
    assert say("lever.doubtful", lang) not in told["training"]

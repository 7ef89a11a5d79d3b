"""Each piece of the brief says what the object behind it says, and whatever the data hold stays text."""

import json
import math
from dataclasses import replace
from functools import cache
from html import escape

import pandas as pd
import pytest
from helpers.html import Html
from helpers.markdown import lines, told
from helpers.tables import column

import povertystats as ps
from povertystats.driver_pages import driver_page
from povertystats.driver_pages.driver_page import unmeasured_levers
from povertystats.exhibits import tables
from povertystats.forecasts import outlook
from povertystats.records import backtest
from povertystats.records.record_text import near_words
from povertystats.records.smoothness import counted
from povertystats.sheet import answer, brief, districts, target_list
from povertystats.targets import goals, outcome, sources
from povertystats.targets.sources import settled
from povertystats.words.markdown import bullets
from povertystats.words.wording import dated, number, say

PLACE = "Bắc Kạn"
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@pytest.fixture(scope="module")
def early(facts):
    return facts.as_of("2009-01-01")


# What was known of Bắc Kạn on 7 May 2020


@LANGUAGES
def test_what_would_settle_each_unknown_is_told(card, known, lang):
    found = lines(brief.unknowns(card, known, lang))
    reasons = list({one.target.target: one for one in reversed(card.details) if one.reason}.values())[::-1]
    for one, line in zip(reasons, found, strict=True):
        assert line.startswith(f"**{told(one.target.wording[lang])}")
        assert told(settled(one, lang) or say(f"brief.need.{one.reason}", lang)) in line


@LANGUAGES
def test_what_nobody_measures_is_named_or_counted(known, lang):
    (levers,) = unmeasured_levers(known, lang)
    kinds = known.levers["measure"]
    assert f"{len(known.levers)}" in levers and f"{(kinds != 'proxy').sum()}" in levers
    named = known.levers[~kinds.isin(["proxy", "not_measured"])][f"title_{lang}"]
    assert len(named) > 3 and all(name in levers for name in named)


def test_the_rate_stands_in_three_series_by_instrument(known):
    series = brief.rates(known, PLACE)
    assert [s.indicator for s in series] == ["poor_household_pct", "poor_multidim_pct", "poor_income_pct"]
    for one in series:
        pd.testing.assert_frame_equal(one.table, known.series(one.indicator, place=PLACE).table)


@LANGUAGES
def test_sources_are_links_with_their_dates(known, card, ahead, lang):
    table, cited = tables.sources(known, card, ahead, lang), sources.cited(known, card, ahead)
    rows = zip(table.frame.itertuples(index=False), table.links, cited.itertuples(), strict=True)
    shown = table._repr_html_()
    for (title, day), link, source in rows:
        assert (title, day, link) == (source.title, dated(source.dated, lang), source.url)
        assert (f'href="{escape(link)}"' in shown) == bool(link)
    used = {s for found in card.details for one in found.figures for s in one.table["source_id"]}
    assert used <= set(cited["source_id"]) and len(cited) > 10


@LANGUAGES
def test_the_outlook_is_the_forecast_of_the_yearly_review(known, ahead, lang):
    direct = ps.forecast(
        known.series("poor_household_pct", place=PLACE), peers=known.peers("poor_household_pct")
    )
    pd.testing.assert_frame_equal(ahead.table, direct.table)
    name = known.title("poor_household_pct", lang, short=True)
    text = brief.outlook_text(ahead, known, lang)
    *said, peers, smooth = lines(text)
    some = ps.smoothness(known.peers("poor_household_pct")).table.query("verdict == 'smoothed'")
    counts = some[["changes", "rises", "falls"]].sum().tolist()
    assert smooth == told(say("brief.smooth", lang, counted=counted(*counts, lang))) and counts[:2] == [
        377,
        2,
    ]
    assert said == direct.text(lang, labels={"poor_household_pct": name}).splitlines()
    assert peers == told(known.peer_group("poor_household_pct", PLACE).text(lang)) and "62" in peers
    for value in (direct.level_at(0.5), *direct.interval(0.80)):
        assert f"{number(value, lang, 1)}%" in text


def same(one, other):
    pd.testing.assert_frame_equal(one.table, other.table)
    assert (one.scale, one.horizon, one.shared) == (other.scale, other.horizon, other.shared)
    assert (one.peers is None) == (other.peers is None)


@LANGUAGES
def test_the_record_is_told_of_places_at_a_similar_level(known, record, ahead, lang):
    like, method = brief.near(record, ahead), brief.way(record)
    assert 0 < len(like.forecasts) < len(record.forecasts) and brief.near(None, ahead) is None
    row = like.table.set_index("method").loc[method]
    found = brief.record_text(like, known, lang)
    for value in (row["mae"], like.by_year.query("method == @method")["mae"].max()):
        assert number(value, lang) in found
    names = [known.title(name, lang, short=True) for name in ("poor_multidim_pct", "poor_income_pct")]
    assert all(told(name) in found for name in names) and "_pct" not in found
    assert found != brief.record_text(record, known, lang)
    assert told(near_words(like, lang)) in found
    assert near_words(like, lang) in tables.record(like, lang, by_year=True).caption


def test_the_record_is_that_of_the_peers(known, record):
    methods = ("pooled", "pooled_points", "pooled_apart", "log_odds", "points", "climatology")
    survey = outlook.panel_of(known, "poor_household_pct", PLACE).largest.table
    direct = ps.backtest(survey, methods=methods)
    pd.testing.assert_frame_equal(record.forecasts, direct.forecasts)
    pd.testing.assert_frame_equal(record.left_out, direct.left_out)
    assert record.forecasts["year"].max() <= known.cutoff.year
    assert {"poor_multidim_pct", "poor_income_pct"} == {i.partition("@")[0] for i in record.indicators}


@LANGUAGES
def test_how_much_was_known_is_counted(known, facts, lang):
    assert len(known.table) < len(facts.table)
    text = brief.how_much(known, facts, lang)
    assert number(len(known.table), lang, 0) in text and number(len(facts.table), lang, 0) in text


# Places and days with less


@LANGUAGES
def test_a_place_without_targets_still_has_its_outlook(known, lang):
    card, ahead = ps.scorecard(known, place="Hà Giang"), outlook.outlook(known, "Hà Giang")
    assert goals.goals(card, ahead, lang) == []
    assert target_list.table(card, lang).frame.empty
    assert ahead.series.place == "Hà Giang" and ahead.series.indicator == "poor_multidim_pct"
    assert "Hà Giang" in brief.outlook_text(ahead, known, lang)
    assert tables.required(known, [], lang).frame.empty
    sources = column(tables.sources(known, card, ahead, lang), "brief.source.title", lang)
    used = known.series("poor_multidim_pct", place="Hà Giang").table["source_id"].unique()
    assert sources == known.cite(used)["title"].tolist()


@LANGUAGES
def test_an_early_day_has_no_outlook_and_no_record(early, lang):
    card, ahead = ps.scorecard(early, place=PLACE), outlook.outlook(early, PLACE)
    record = backtest.past_record(early, PLACE)
    assert ahead is None and record is None
    none = say("scorecard.none", lang, day=card.day(lang), place=PLACE)
    assert f"> **{told(none)}**" in brief.answer(card, early, lang).splitlines()
    # Why there is nothing else is told where it would stand.
    none = bullets(say("brief.no_outlook", lang), led=True)
    assert none in brief.unknowns(card, early, lang).splitlines()
    assert told(say("brief.no_drivers", lang)) in driver_page.answer(early, lang)
    assert brief.outlook_text(ahead, early, lang) == say("brief.no_outlook", lang)
    assert brief.record_text(record, early, lang) == say("brief.no_record", lang)
    (only,) = brief.rates(early, PLACE)
    assert column(tables.series([only], early, lang), "brief.fact.year", lang) == ["2006"]
    empty = [
        tables.conflicts(early, PLACE, lang),
        target_list.ways(card, lang),
        tables.sources(early, card, ahead, lang),
    ]
    assert [len(table.frame) for table in empty] == [0] * 3
    assert all(table.frame.columns.size > 1 and "<table" in table._repr_html_() for table in empty)
    assert tables.coverage_counts(early, ["trained_pct"]).loc["trained_pct"].tolist() == [0, 0, 0]


@pytest.mark.parametrize("place", ["Hà Nội", "TP. Hồ Chí Minh"])
@LANGUAGES
def test_rates_near_zero_stay_within_bounds(known, place, lang):
    ahead = outlook.outlook(known, place)
    assert ahead.series.indicator == "poor_multidim_pct" and ahead.table["low95"].iloc[0] > 0
    assert f"{number(ahead.level_at(0.5), lang, 1)}%" in brief.outlook_text(ahead, known, lang)
    for series in (one for one in brief.rates(known, place) if len(one.years) > 2):
        ways = outlook.four_ways(ps.forecast(series, scale="points"), known)
        assert ways["pooled_points"] is not None
        assert (ways["pooled"] is None) == (ways["log_odds"] is None) == (series.values == 0).any()
        for way in filter(None, ways.values()):
            low, high = way.interval(0.95)
            assert 0 <= low < high < 100 and (way.scale == "points" or low > 0)
            assert 0 <= way.level_at(0.5) < 5
        for interval in column(tables.ways(ways, lang), "brief.way.i95", lang):
            assert "−" not in interval


# What came afterwards


def log_odds(percent):
    return math.log(percent / (100 - percent))


@LANGUAGES
def test_what_came_is_set_against_the_peers_and_against_like_places(known, facts, ahead, lang):
    shock = outcome.shock(known, facts, "poor_household_pct", 2020).text(lang).splitlines()
    alone = outcome.shock(facts.as_of("2020-12-31"), facts, "poor_household_pct", 2020)
    first, second, common, like = lines(brief.shock_text(known, facts, ahead, lang))
    assert [first, second] == [*map(told, [*shock, *alone.text(lang).splitlines()])] and len(shock) == 1
    own, gap = log_odds(18.5) - log_odds(ahead.level_at(0.5)), alone.table["gap"].item()
    values = {"year": 2020, "place": PLACE, "own": own, "gap": gap, "share": 100 * gap / own}
    assert common == told(say("outcome.common", lang, **values)) and 0 < gap < own
    panel = outlook.panel_of(known, "poor_household_pct", PLACE).largest.table.set_index(["place", "year"])
    changes = [
        (start, column[place, year + 1] - start)
        for column in (panel[name].dropna() for name in panel)
        for (place, year), start in column.items()
        if (place, year + 1) in column
    ]
    # Comparable places start within a quarter of a log-odds, while that holds enough of them.
    near = [
        (start, change)
        for start, change in changes
        if 0 < start < 100 and abs(log_odds(start) - log_odds(19.57)) <= 0.25
    ]
    low, high = min(near)[0], max(near)[0]
    share = sum(change >= -1.07 - 1e-9 for _, change in near) / len(near)
    values = {"n": len(near), "low": low, "high": high, "share": 100 * share}
    values["moved"] = say("brief.like_places_falls", lang, change=1.07)
    assert like == told(say("brief.like_places", lang, **values)) and len(near) >= 30


@LANGUAGES
def test_nothing_is_told_of_what_is_not_known_yet(known, ahead, lang):
    assert brief.shock_text(known, known, ahead, lang) == say("brief.no_afterwards", lang)
    assert brief.shock_text(known, known, None, lang) == say("brief.no_outlook", lang)


# A data package of one's own


SCRIPT = "<script>alert(1)</script>"
HEADERS = {
    "facts": "place,indicator,year,period,value,bound,unit,status,standard,source_id,available_from,note",
    "places": "code,place,kind,parent,region_vi,region_en,aliases",
    "sources": "source_id,title,publisher,url,dated",
    "targets": "target,reading,place,where,indicator,kind,direction,bound,unit,year,wording_vi,wording_en,"
    "evidence_vi,evidence_en,proxy_indicator,source_id,available_from",
    "levers": "lever,title_vi,title_en,measure,indicator,note_vi,note_en",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Return a function that loads a package whose every free text holds the given one."""

    @cache
    def load(bad):
        folder = tmp_path_factory.mktemp("hostile")
        fact = "{bad},poor_household_pct,{year},{year}-12,{value},,pct,{status},multidim_2016_2020,s,{year}-12-31,{bad}"
        figures = [(2016, 30.0), (2017, 26.0), (2018, 23.5), (2019, 20.0), (2020, 18.0)]
        target = "poverty,{reading},{bad},{bad},poor_household_pct,{kind},at_most,{bound},{unit},2020"
        target += ",{bad},{bad},{bad},{bad},,s,2020-01-01"
        rows = {
            "facts": [fact.format(bad=bad, year=y, value=v, status="official") for y, v in figures]
            + [fact.format(bad=bad, year=2019, value=21.0, status="preliminary")],
            "places": [f"x1,{bad},province,,{bad},{bad},"],
            "sources": [f"s,{bad},{bad},,{bad}"],
            "targets": [
                target.format(bad=bad, reading="down", kind="change", bound=-2.5, unit="pp"),
                target.format(bad=bad, reading="far", kind="change", bound=-50, unit="pp"),
            ],
            "levers": [f"l,{bad},{bad},not_measured,,{bad},{bad}"],
        }
        for role, header in HEADERS.items():
            (folder / f"{role}.csv").write_text("\n".join([header, *rows[role], ""]), "utf-8")
        files = [{"name": role, "role": role, "path": f"{role}.csv"} for role in HEADERS]
        (folder / "datapackage.json").write_text(
            json.dumps({"name": "mine", "extends": "povertystats", "resources": files}), "utf-8"
        )
        return ps.load_facts(folder)

    return load


@pytest.fixture
def ours(monkeypatch, record):
    # Another package is compared with our provinces, so that its record is theirs: it need not be made again.
    for module in (answer, brief):
        monkeypatch.setattr(module, "past_record", lambda known, place: record)


def pieces(facts, place, lang):
    """Return every Markdown piece and every table that speaks of ``place``."""
    known = facts.as_of("2020-05-07")
    card, ahead = ps.scorecard(known, place=place), outlook.outlook(known, place)
    series, came = brief.rates(known, place), ps.outcomes(card, facts)
    markdown = [
        brief.answer(card, known, lang, later=facts),
        brief.unknowns(card, known, lang),
        brief.publishers(known, card, lang),
        brief.outlook_text(ahead, known, lang),
        target_list.bases(card, lang),
        target_list.readings(card, lang),
        districts.within(known, card).answer(lang),
        bullets(came.text(lang)),
        bullets(place),
    ]
    shown = [
        target_list.table(card, lang),
        tables.series(series, known, lang),
        tables.conflicts(known, place, lang),
        tables.ways(outlook.four_ways(ahead, known), lang, came=18.0),
        target_list.ways(card, lang),
        tables.outcomes(came, lang),
        tables.levers(known, lang),
        tables.required(known, ps.load_targets(known, place=place), lang),
        tables.sources(known, card, ahead, lang),
    ]
    return markdown, shown


@LANGUAGES
def test_markup_in_the_data_comes_out_as_text(hostile, ours, lang):
    from nbconvert.filters import markdown2html

    markdown, shown = pieces(hostile(SCRIPT), SCRIPT, lang)
    for piece in markdown:
        page = Html(f"<body>{markdown2html(piece)}</body>")
        assert SCRIPT in page.text and "script" not in page.tags and "<script" not in piece
    for table in shown:
        page = Html(f"<body>{table._repr_html_()}</body>")
        assert SCRIPT in page.text and "script" not in page.tags


@LANGUAGES
@pytest.mark.parametrize("bad", ["![x](https://example.org/x.png)", "[x](javascript:alert%281%29)"])
def test_images_and_scripts_in_the_markdown_of_the_data_come_out_as_text(hostile, ours, bad, lang):
    from nbconvert.filters import markdown2html

    for piece in pieces(hostile(bad), bad, lang)[0]:
        page = Html(f"<body>{markdown2html(piece)}</body>")
        assert "img" not in page.tags and not any(a.startswith("javascript:") for a in page.links)
        assert bad in page.text


def test_another_package_is_compared_with_our_provinces(hostile, facts):
    known = hostile(SCRIPT).as_of("2020-05-07")
    ahead, ours = outlook.outlook(known, SCRIPT), facts.as_of("2020-05-07").peers("poor_household_pct")
    theirs = known.peers("poor_household_pct")
    others = theirs[theirs["place"] != SCRIPT].reset_index(drop=True)
    pd.testing.assert_frame_equal(others, ours, check_dtype=False)
    # Its own figures are one series among them.
    ours = outlook.outlook(facts.as_of("2020-05-07"), PLACE)
    assert ahead.peers.used == ours.peers.used + 1
    # Without anyone to be compared with, it is its own trend.
    alone = replace(known, table=known.table[known.table["place"] == SCRIPT])
    same(outlook.outlook(alone, SCRIPT), ps.forecast(known.series("poor_household_pct", place=SCRIPT)))


@LANGUAGES
def test_no_reading_is_called_the_meant_one_unless_the_data_say_so(hostile, lang):
    known = hostile(SCRIPT).as_of("2020-05-07")
    card = ps.scorecard(known, place=SCRIPT)
    assert not any(target.meant for target in card.targets)
    assert not any(
        say("sheet.correct", lang, printed="", asked="", meant="")[:8] in one
        for one in brief.actions(card, known, lang)
    )

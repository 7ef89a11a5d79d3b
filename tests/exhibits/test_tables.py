"""A table is safe to show and says what the object behind it says, by the rules of each language."""

from contextlib import suppress
from dataclasses import replace

import pandas as pd
import pytest
from helpers.html import Html
from helpers.tables import column

import povertystats as ps
from povertystats.exhibits import picture, tables
from povertystats.exhibits.tables import Table
from povertystats.forecasts import outlook
from povertystats.records import backtest
from povertystats.sheet import brief
from povertystats.words.wording import number, probability, quantity, say

PLACE = "Bắc Kạn"
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
BAD = "<script>alert(1)</script> & \"quoted\" <img src=x onerror='alert(2)'>"


def texts(page):
    return {tag: page.raw(tag) for tag in ("caption", "th", "td")}


@pytest.fixture(scope="module")
def hostile():
    return Html(Table(pd.DataFrame({BAD: [BAD, "b"], "n": [1, 2]}), BAD)._repr_html_())


def test_markup_in_caption_header_and_cell_stays_text(hostile):
    assert texts(hostile) == {"caption": [BAD], "th": [BAD, "n"], "td": [BAD, "1", "b", "2"]}
    assert set(hostile.tags) == {"table", "caption", "thead", "tbody", "tr", "th", "td"}


def test_every_header_says_what_it_heads_and_the_caption_comes_first(hostile):
    assert [attrs["scope"] for _, attrs, _ in hostile.all("th")] == ["col"] * 2
    assert hostile.tags[:2] == ["table", "caption"]
    assert all(not name.startswith("on") for _, attrs, _ in hostile.elements for name in attrs)


def test_cells_bring_their_alignment_where_no_page_gives_it(hostile, monkeypatch, tmp_path):
    cells = [attrs for tag in ("caption", "th", "td") for _, attrs, _ in hostile.all(tag)]
    sides = ["left", "left", "right", "left", "right", "left", "right"]  # figures stand on the right
    assert [attrs.get("style") for attrs in cells] == [f"text-align: {side}" for side in sides]
    monkeypatch.setattr(picture._Shelf, "folder", tmp_path)
    page = Html(Table(pd.DataFrame({"a": [1]}), "c")._repr_html_())
    assert page.tags == ["table", "caption", "thead", "tr", "th", "tbody", "tr", "td"]
    assert not any("style" in attrs for _, attrs, _ in page.elements)


def test_plain_text_is_the_caption_over_the_figures():
    table = Table(pd.DataFrame({"year": ["2019", "2020"], "rate": ["19,57%", "17,54%"]}), "Tỷ lệ")
    assert [line.split() for line in repr(table).splitlines()] == [
        ["Tỷ", "lệ"],
        ["year", "rate"],
        ["2019", "19,57%"],
        ["2020", "17,54%"],
    ]


def test_long_texts_and_long_tables_are_told_in_full():
    long = "một câu rất dài, " * 30 + "hết"
    table = Table(pd.DataFrame({"a": [long] * 150}), "c")
    assert Html(table._repr_html_()).raw("td") == [long] * 150
    assert repr(table).count(long) == 150


def test_a_table_without_rows_keeps_its_headers():
    empty = Html(Table(pd.DataFrame(columns=["a", "b"]), "c")._repr_html_())
    assert texts(empty) == {"caption": ["c"], "th": ["a", "b"], "td": []}


def test_only_web_addresses_become_links_and_only_in_the_first_column():
    links = (
        'https://example.org/?a=1&b="2"',
        "javascript:alert(1)",
        "",
        "http://example.org",
        "HTTPS:x' onclick='y",
    )
    frame = pd.DataFrame({"a": [BAD, "b", "c", "d", "e"], "n": range(5)})
    page = Html(Table(frame, "c", links=links)._repr_html_())
    assert [attrs for _, attrs, _ in page.all("a")] == [{"href": links[0]}, {"href": links[3]}]
    assert page.raw("td")[::2] == frame["a"].tolist() and page.raw("td")[1::2] == list("01234")


# What each table holds, of Bắc Kạn on 7 May 2020


@LANGUAGES
def test_the_table_of_series_has_every_figure_with_its_source(known, lang):
    series = brief.rates(known, PLACE)
    table = tables.series(series, known, lang)
    rows = [(one, row) for one in series for row in one.table.itertuples()]
    assert column(table, "brief.fact.year", lang) == [str(row.year) for _, row in rows]
    assert column(table, "brief.fact.value", lang) == [
        quantity(row.value, one.unit, lang) for one, row in rows
    ]
    titles = known.sources.set_index("source_id")["title"]
    assert column(table, "brief.fact.source", lang) == [titles[row.source_id] for _, row in rows]
    assert set(column(table, "brief.fact.status", lang)) == {
        say(f"status.{s}", lang) for s in ("official", "preliminary")
    }


@LANGUAGES
def test_the_disagreements_are_those_of_the_province_and_its_districts(known, lang):
    table = tables.conflicts(known, PLACE, lang)
    places = known.places.table
    near = {PLACE, *places.loc[places["parent"] == PLACE, "place"]}
    rows = known.conflicts()
    rows = rows[rows["place"].isin(near)]
    assert len(rows) > 10 and column(table, "brief.fact.place", lang) == rows["place"].tolist()
    assert [cell == "✓" for cell in column(table, "brief.fact.taken", lang)] == rows["taken"].tolist()
    units = known.indicators.set_index("indicator")["unit"]
    values = [quantity(row.value, units[row.indicator], lang) for row in rows.itertuples()]
    assert column(table, "brief.fact.value", lang) == values
    assert {"Ngân Sơn", PLACE} <= set(column(table, "brief.fact.place", lang)) and "Hà Giang" not in near


@LANGUAGES
def test_coverage_counts_provinces_and_years(known, lang):
    counts = tables.coverage_counts(known, ["trained_pct", "vbsp_outstanding_vnd_bn"])
    for indicator, told in counts.iterrows():
        panel = known.panel([indicator])
        years = panel.groupby("place")["year"].count()
        assert told.tolist() == [len(years), panel["year"].nunique(), (years >= 3).sum()]
    assert (years == 3).any() and (years < 3).any()
    # A province of two territories is one province.
    assert tables.coverage_counts(known, ["ntp_transfer_vnd_m"])["places"].item() == 63
    table = tables.coverage(known, list(counts.index), lang)
    assert column(table, "brief.coverage.places", lang) == counts["places"].tolist()
    assert column(table, "brief.coverage.indicator", lang) == [known.title(i, lang) for i in counts.index]


@LANGUAGES
def test_the_four_ways_stand_side_by_side(known, ahead, lang):
    ways = outlook.four_ways(ahead, known)
    table = tables.ways(ways, lang)
    assert column(table, "brief.way.way", lang) == [say(f"backtest.method.{name}", lang) for name in ways]
    for at, way in enumerate(ways.values()):
        assert column(table, "brief.way.median", lang)[at] == number(way.level_at(0.5), lang)
        for level in (80, 95):
            low, high = way.interval(level / 100)
            assert column(table, f"brief.way.i{level}", lang)[at] == say(
                "brief.interval", lang, low=low, high=high
            )
    assert table.frame.shape == (4, 4) and PLACE in table.caption and "2020" in table.caption


@LANGUAGES
def test_the_four_ways_are_scored_once_the_outcome_is_known(known, ahead, lang):
    ways = outlook.four_ways(ahead, known)
    before, table = tables.ways(ways, lang), tables.ways(ways, lang, came=18.5)
    pd.testing.assert_frame_equal(table.frame[before.frame.columns], before.frame)
    for at, way in enumerate(ways.values()):
        assert column(table, "brief.way.pit", lang)[at] == probability(way.probability(at_most=18.5), lang)
        assert column(table, "brief.way.crps", lang)[at] == number(way.predictive.crps(18.5), lang)
    outcome = f"{number(18.5, lang)}%"
    assert outcome in table.caption and outcome not in before.caption


@LANGUAGES
def test_the_outcomes_are_those_that_came(card, facts, lang):
    came = ps.outcomes(card, facts)
    table = tables.outcomes(came, lang)
    pd.testing.assert_frame_equal(table.frame, came.display(lang))
    assert table.caption == say("brief.outcomes", lang, place=PLACE) and len(table.frame) == len(card.table)


def scores_told(table, rows, lang):
    """Check the figures of a table of the record against the forecasts of each of its rows."""
    for at, (_, cases) in enumerate(rows):
        naive = cases["naive_crps"].sum()
        told = {
            "n": number(len(cases), lang, 0),
            "mae": number(cases["error"].abs().mean(), lang),
            "bias": number((cases["observed"] - cases["median"]).mean(), lang),
            "crps": number(cases["crps"].mean(), lang),
            "log_score": number(cases["log_score"].mean(), lang),
            "below": f"{number(100 * (cases['observed'] < cases['median']).mean(), lang, 0)}%",
            "coverage": f"{number(100 * cases['covered80'].mean(), lang, 0)}%",
            "skill": f"{number(100 * (1 - cases['crps'].sum() / naive), lang, 0)}%",
        }
        if cases["crps"].isna().all():  # A chance of the event alone.
            told |= dict.fromkeys(("mae", "bias", "crps", "below", "coverage", "skill"), "–")
        assert {name: column(table, f"brief.record.{name}", lang)[at] for name in told} == told


@pytest.fixture(scope="module")
def judged(record):
    """Return the forecasts of the record, beside each the CRPS of no change in the same case."""
    case = ["indicator", "place", "origin", "horizon"]
    wide = record.forecasts.pivot(index=case, columns="method", values="crps")
    beside = pd.DataFrame(
        {"naive_crps": wide["naive"], "by_all": wide.drop(columns="climatology").notna().all(axis=1)}
    )
    return record.forecasts.join(beside, on=case)


@LANGUAGES
def test_the_record_compares_the_methods_in_the_cases_that_all_could_make(record, judged, lang):
    shared = judged[judged["by_all"]]
    methods = ["pooled", "pooled_points", "pooled_apart", "log_odds", "points", "climatology", "naive"]
    assert 100 < len(shared) / 7 < (judged["method"] == "pooled").sum()
    table = tables.record(record, lang)
    assert column(table, "brief.record.method", lang) == [say(f"backtest.method.{m}", lang) for m in methods]
    assert say("brief.record.year", lang) not in table.frame
    scores_told(table, [(m, shared[shared["method"] == m]) for m in methods], lang)


@LANGUAGES
def test_the_record_by_year_is_that_of_the_way_in_which_places_are_forecast(record, judged, lang):
    years = list(judged[judged["method"] == backtest.WAY].groupby("year"))
    table = tables.record(record, lang, by_year=True)
    assert column(table, "brief.record.year", lang) == [str(year) for year, _ in years] and len(years) >= 3
    assert say("brief.record.method", lang) not in table.frame
    scores_told(table, years, lang)


@LANGUAGES
def test_a_rule_without_a_distribution_has_dashes_for_its_scores(lang):
    rate = [30.0, 26.0, 23.5, 20.0, 18.2, 16.0]
    panel = pd.DataFrame({"place": "A", "year": range(2010, 2016), "rate_pct": rate})
    past = ps.backtest(panel, methods=("traffic_light",))
    table = tables.record(past, lang)
    assert past.table["method"].tolist() == ["traffic_light", "naive"]
    for name in ("mae", "bias", "crps", "below", "coverage", "skill"):
        rule, naive = column(table, f"brief.record.{name}", lang)
        assert rule == "–" and naive != "–"
    assert column(table, "brief.record.log_score", lang)[0] == number(past.table["log_score"][0], lang)


@LANGUAGES
def test_every_lever_is_there_measured_or_not(known, lang):
    table = tables.levers(known, lang)
    assert column(table, "brief.lever.lever", lang) == known.levers[f"title_{lang}"].tolist()
    for cell, indicator in zip(
        column(table, "brief.lever.indicator", lang), known.levers["indicator"], strict=True
    ):
        assert cell == (known.title(indicator, lang) if indicator else "–")


@LANGUAGES
def test_what_each_target_requires_of_each_place(known, lang):
    targets = ps.load_targets(known, place=PLACE)
    table = tables.required(known, targets, lang)
    pairs = [(t, r) for t in targets for r in ps.required_change(t, known)]
    assert column(table, "brief.required.place", lang) == [r.place for _, r in pairs]
    assert column(table, "brief.required.evidence", lang) == [t.evidence[lang] for t, _ in pairs]
    baselines, changes = (column(table, f"brief.required.{key}", lang) for key in ("baseline", "change"))
    for (target, required), baseline, change in zip(pairs, baselines, changes, strict=True):
        assert baseline == "–" if required.baseline is None else f"({required.baseline_year})" in baseline
        if target.reading == "to_2.5":
            assert (baseline, change) == (
                f"{quantity(19.57, 'pct', lang)} (2019)",
                quantity(-17.07, "pp", lang),
            )
        if target.kind == "count":
            assert change == quantity(target.bound, target.unit, lang)


@LANGUAGES
def test_a_target_that_is_met_already_requires_no_change(known, lang):
    insurance = [t for t in ps.load_targets(known, place=PLACE) if t.target == "health_insurance"]
    assert ps.scorecard(known).table.set_index("target").at["health_insurance", "verdict"] == "already_met"
    assert column(tables.required(known, insurance, lang), "brief.required.change", lang) == ["–"]


@LANGUAGES
def test_the_sources_are_those_of_targets_their_figures_and_the_forecast(known, card, ahead, lang):
    titles = column(tables.sources(known, card, ahead, lang), "brief.source.title", lang)
    used = {t.source_id for t in card.targets} | {s for t in card.targets for s in t.evidence_sources}
    for target in card.targets:
        # The nearest indicator stands in where there is no figure of the target's own.
        for name in filter(None, (target.indicator, target.proxy_indicator)):
            with suppress(LookupError):
                used |= {s for p in target.places for s in known.series(name, place=p).table["source_id"]}
                break
    used |= set(known.series("poor_household_pct", place=PLACE).table["source_id"])
    assert sorted(titles) == sorted(known.cite(used)["title"]) and len(set(titles)) == len(titles)
    table = tables.sources(known, card, ahead, lang)
    assert sorted(table.links) == sorted(known.cite(used)["url"])
    other = replace(card, targets=(replace(card.targets[0], source_id="vbsp-other", evidence_sources=()),))
    with pytest.raises(LookupError, match="vbsp-other"):
        tables.sources(known, other, ahead, lang)


@LANGUAGES
def test_zeros_have_no_log_odds_and_so_one_scale_alone(known, lang):
    zeros = known.series("poor_income_pct", place="TP. Hồ Chí Minh")
    assert (zeros.values == 0).any()
    ways = outlook.four_ways(ps.forecast(zeros, scale="points"), known)
    told = column(tables.ways(ways, lang), "brief.way.way", lang)
    assert told == [say(f"backtest.method.{name}", lang) for name in ("pooled_points", "points")]
    table = tables.series([zeros], known, lang)
    assert column(table, "brief.fact.value", lang).count("0%") == (zeros.values == 0).sum()


def test_what_is_folded_stands_whole_in_a_notebook_and_folded_on_a_page(known, monkeypatch):
    found = tables.glossary("vi", known)
    whole = found._repr_html_()
    assert whole.startswith("<table") and found.folded
    monkeypatch.setattr(tables.picture, "kept", lambda: True)
    page = found._repr_html_()
    assert page.startswith(f"<details><summary>{found.caption}</summary>") and page.count(
        "<tr"
    ) == whole.count("<tr")

"""What came is told as it was published, scored by what the card had said, and never before it was known."""

import json
import math
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

import povertystats as ps
from povertystats.sheet import banner
from povertystats.targets import outcome
from povertystats.targets.outcome import came_to, outcomes, shock
from povertystats.targets.verdict import chance
from povertystats.words.wording import date, number, probability, quantity, say

PLACE = "Bắc Kạn"
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
# The day on which each figure of 2020 came out (data/bac_kan.csv).
JOBS, POVERTY = "2020-12-31", "2021-02-15"


@pytest.fixture(scope="module")
def came(card, facts):
    return outcomes(card, facts)


@pytest.fixture(scope="module")
def latest(facts):
    return ps.scorecard(facts)


@pytest.fixture(scope="module")
def came_by(card, facts):
    """Return a function that gives the outcomes as known on a day."""
    return cache(lambda day: outcomes(card, facts.as_of(day)))


@pytest.fixture(scope="module")
def rows(came):
    return came.table.set_index(["target", "reading"])


# What came of the targets of Bắc Kạn


def test_poverty_missed_in_all_three_readings(rows):
    poverty = rows.loc["poverty"]
    assert poverty.index.tolist() == ["by_2.0", "by_2.5", "to_2.5"]
    assert poverty["outcome"].tolist() == ["missed"] * 3
    assert poverty["value"].tolist() == [18.5] * 3 and set(poverty["value_year"]) == {2020}
    assert set(poverty["value_period"]) == {"2020-12"} and set(poverty["unit"]) == {"pct"}


def test_scores_are_those_of_the_probabilities_that_the_card_gave(card, rows):
    said = card.table.set_index(["target", "reading"])
    for reading, row in rows.loc["poverty"].iterrows():
        p = said.at[("poverty", reading), "probability"]
        assert row["probability"] == p and 0 < p < 1
        assert row["log_score"] == pytest.approx(-math.log1p(-p)) and row["brier"] == pytest.approx(p**2)
    others = rows[rows.index.get_level_values("target") != "poverty"]
    assert len(others) == 11 and others[["log_score", "brier"]].isna().all(axis=None)


def test_the_jobs_were_found_and_carry_no_score_for_want_of_a_probability(rows):
    jobs = rows.loc[("new_jobs", "as_printed")]
    assert (jobs["outcome"], jobs["value"], jobs["value_year"]) == ("met", 5500, 2020)
    assert jobs["verdict"] == "not_assessable" and pd.isna(jobs["probability"]) and pd.isna(jobs["log_score"])


def test_a_figure_of_spring_is_no_outcome_however_good(rows):
    insurance = rows.loc[("health_insurance", "as_printed")]
    assert (insurance["outcome"], insurance["value"], insurance["value_period"]) == ("unknown", 97, "2020-04")
    assert insurance["verdict"] == "already_met" and pd.isna(insurance["log_score"])


def test_a_change_without_its_base_is_no_outcome(rows):
    schools = rows.loc[("schools", "as_printed")]
    assert (schools["outcome"], schools["value"], schools["value_year"]) == ("unknown", 96, 2020)


def test_every_row_of_the_card_is_there_in_its_order_with_what_was_said(card, came):
    said = ["target", "reading", "year", "verdict", "probability", "probability_points", "settled"]
    said += ["own", "own_points"]
    pd.testing.assert_frame_equal(came.table[said], card.table[said])
    assert [(t.target, t.reading) for t in card.targets] == list(
        came.table[["target", "reading"]].itertuples(index=False, name=None)
    )
    assert set(came.table["outcome"]) == {"met", "missed", "unknown"}
    assert came.card is card and [d.target for d in came.details] == list(card.targets)
    verdicts = [d.verdict if d.verdict in ("met", "missed") else "unknown" for d in came.details]
    assert came.table["outcome"].tolist() == verdicts


# What was known when


@pytest.mark.parametrize(
    ("day", "met", "missed"),
    [
        ("2020-12-30", set(), set()),
        (JOBS, {"new_jobs"}, set()),
        ("2021-02-14", {"new_jobs"}, set()),
        (POVERTY, {"new_jobs"}, {"poverty"}),
        ("2021-03-01", {"new_jobs"}, {"poverty"}),
    ],
)
def test_an_outcome_is_known_from_the_day_it_came_out(came_by, day, met, missed):
    table = came_by(day).table
    assert set(table.loc[table["outcome"] == "met", "target"]) == met
    assert set(table.loc[table["outcome"] == "missed", "target"]) == missed
    assert table["log_score"].notna().sum() == 3 * len(missed)
    poverty = table[table["target"] == "poverty"]
    # The figure of 2019 stands for no other year.
    assert poverty["value"].dropna().tolist() == [18.5] * 3 * len(missed)
    assert poverty["value_year"].dropna().tolist() == [2020] * 3 * len(missed)
    assert poverty["value_period"].tolist() == ["2020-12" if missed else ""] * 3


def published(facts, **figure):
    """Return facts with one more figure of poverty, like that of 2018."""
    table = facts.table
    like = table[(table["place"] == PLACE) & (table["indicator"] == "poor_household_pct")]
    row = like[like["year"] == 2018].iloc[[0]].assign(available_from=pd.Timestamp("2022-02-01"), **figure)
    return replace(facts, table=pd.concat([table, row], ignore_index=True))


def without_2020(facts):
    gone = (facts.table["place"] == PLACE) & (facts.table["indicator"] == "poor_household_pct")
    return replace(facts, table=facts.table[~(gone & (facts.table["year"] == 2020))])


@pytest.mark.parametrize(
    "figure",
    [
        {"year": 2021, "period": "2021-12", "value": 2.0},
        {"year": 2021, "period": "2021-12", "value": 17.02, "standard": "multidim_2022_2025"},
        {"year": 2023, "period": "", "value": 1.0, "standard": "multidim_2022_2025"},
        {"year": 2021, "period": "2021-12", "value": 2.0, "status": "preliminary"},
        {"year": 2020, "period": "2020-12", "value": 2.0, "status": "plan"},
        {"year": 2020, "period": "2020-10", "value": 2.0},
        {"year": 2020, "period": "2020-12", "value": 2.0, "standard": "income_2011_2015"},
        {"year": 2020, "period": "2020-12", "value": 2.0, "illustrative": True},
    ],
    ids=lambda figure: "-".join(map(str, figure.values())),
)
def test_an_outcome_is_the_figure_of_the_year_whatever_else_is_known(
    card, latest, came, facts, ahead, figure
):
    more = published(facts, **figure)
    now = outcomes(card, more)
    pd.testing.assert_frame_equal(now.table, came.table)
    assert came_to(ahead, more) == 18.5
    # Nor does it stand in where that of the year is not known.
    less = published(without_2020(facts), **figure)
    lacking = outcomes(card, less)
    poverty = lacking.table[lacking.table["target"] == "poverty"]
    assert set(poverty["outcome"]) == {"unknown"} and poverty["log_score"].isna().all()
    final = figure["year"] == 2020 and figure.get("status") != "plan" and len(figure) == 3
    assert poverty["value"].dropna().tolist() == ([2.0] * 3 if final else [])
    assert came_to(ahead, without_2020(more)) is None
    anew = ps.scorecard(more)
    for lang in ("vi", "en"):
        assert now.text(lang) == came.text(lang)
        assert anew.headline(lang) == latest.headline(lang)
        told = banner.came(card, facts, facts, lang)
        assert banner.came(card, facts, more, lang) == told
        assert banner.came(card, facts, less, lang) == told[1:]


@LANGUAGES
def test_the_change_is_told_from_the_base_as_it_is_known_now(card, facts, lang):
    later = published(facts, year=2019, period="2019-12", value=20.6)
    revised = outcomes(card, later)
    assert revised.table["outcome"].tolist()[:3] == ["met", "missed", "missed"]  # 18.5 - 20.6
    assert number(2.1, lang) in banner.came(card, facts, later, lang)[0]


@pytest.mark.parametrize(
    ("bound", "value", "outcome"),
    [("lower", 5000, "met"), ("lower", 4900, "unknown"), ("upper", 4900, "unknown"), ("upper", 5200, "unknown"),
     ("", 4900, "missed")],
)  # fmt: skip
def test_a_bound_is_an_outcome_only_where_it_shows_that_the_target_is_met(card, facts, bound, value, outcome):
    table = facts.table
    jobs = (table["place"] == PLACE) & (table["indicator"] == "new_jobs_persons")
    jobs &= (table["year"] == 2020) & (table["status"] == "official")
    other = replace(
        facts,
        table=table.assign(
            bound=table["bound"].where(~jobs, bound), value=table["value"].where(~jobs, value)
        ),
    )
    assert jobs.sum() == 1
    assert outcomes(card, other).table.set_index("target").at["new_jobs", "outcome"] == outcome


@LANGUAGES
def test_of_two_districts_the_one_that_missed_is_told_and_who_lacks_a_figure(card, facts, lang):
    def known(**figures):
        table = facts.table
        like = table[(table["place"] == "Pác Nặm") & (table["indicator"] == "poor_household_pct")]
        row = like[like["year"] == 2019].iloc[[0]].assign(status="official", standard="multidim_2016_2020")
        rows = [
            row.assign(place=place, year=year, value=value, period=f"{year}-12", available_from=pd.Timestamp("2021-02-15"))
            for place, values in figures.items()
            for year, value in zip((2019, 2020), values, strict=False)
        ]  # fmt: skip
        others = table[~((table["indicator"] == "poor_household_pct") & table["place"].isin(figures))]
        return replace(facts, table=pd.concat([others, *rows], ignore_index=True))

    came = outcomes(card, known(**{"Pác Nặm": (40.0, 30.0), "Ngân Sơn": (34.0, 33.0)}))
    rows = came.table[came.table["reading"].isin(["by_3.5", "by_4.0"])]
    assert set(rows["outcome"]) == {"missed"} and set(rows["value"]) == {33.0}
    came = outcomes(card, known(**{"Pác Nặm": (44.4,), "Ngân Sơn": (34.0, 33.0)}))
    rows = came.table[came.table["reading"].isin(["by_3.5", "by_4.0"])]
    assert set(rows["outcome"]) == {"missed"} and set(rows["value"]) == {33.0}
    told = came.text(lang).splitlines()[came.table.index.get_loc(rows.index[0]) - len(came.table)]
    assert f"Pác Nặm {say('scorecard.lacking', lang, year=2020)}" in told and "44" not in told


def test_what_stands_in_for_an_indicator_is_no_figure_of_it(card, facts):
    proxies = [at for at, found in enumerate(card.details) if found.proxy]
    now = outcomes(card, facts.as_of("2020-12-01"))
    assert len(proxies) and now.table.loc[proxies, "value"].isna().all()
    assert set(now.display("en").loc[proxies, say("outcome.column.value", "en")]) == {"–"}


def test_what_is_asked_of_the_last_view_is_asked_of_a_view_of_the_day(came_by, came):
    pd.testing.assert_frame_equal(came_by("2021-03-01").table, came.table)


@pytest.mark.parametrize("day", ["2020-05-07", "2020-05-06", "2009-01-01"])
def test_figures_known_no_later_than_the_card_are_refused(card, facts, day):
    told = rf"expected figures known later than the scorecard \(2020-05-07\), got {day}"
    with pytest.raises(ValueError, match=told):
        outcomes(card, facts.as_of(day))


def test_a_card_of_today_has_nothing_later(latest, facts):
    with pytest.raises(ValueError, match="later than the scorecard"):
        outcomes(latest, facts)


@LANGUAGES
def test_a_place_without_targets_has_no_outcomes(known, facts, lang):
    none = outcomes(ps.scorecard(known, place="Hà Giang"), facts)
    assert none.table.empty and none.display(lang).empty and len(none.text(lang).splitlines()) == 1
    assert "Hà Giang" in none.text(lang)


# What is told


def mean_score(came):
    """Return the mean log score of the two readings that were meant, both missed."""
    p, q = came.card.table["probability"][:2]
    return (-math.log1p(-p) - math.log1p(-q)) / 2


def last_figures(detail, lang):
    """Return the last figures known, each with its month, with places where there are several."""
    told = []
    for one in detail.figures:
        year, month = one.latest.period.split("-")
        name = {"12": "December", "11": "November", "04": "April"}[month]
        when = f"{int(month)}/{year}" if lang == "vi" else f"{name} {year}"
        place = f"{one.place} " if len(detail.figures) > 1 else ""
        told.append(f"{place}{quantity(one.latest.value, one.unit, lang)} ({when})")
    return "; ".join(told) or "–"


@LANGUAGES
def test_the_headline_is_the_score_of_the_meant_readings_and_the_counts(card, came, lang):
    score, counts = came.headline(lang).splitlines()
    mean, table = mean_score(came), came.table
    kind = "worse" if mean > math.log(2) else "better"
    assert score == say(
        f"outcome.{kind}", lang, score=mean, n=2, coin=math.log(2), same=say("outcome.same", lang)
    )
    known = table["outcome"] != "unknown"
    told = {"readings": 14, "known": 4, "met": 1, "unknown": 7}
    assert (len(table), known.sum(), table.loc[~known, "target"].nunique()) == (14, 4, 7)
    assert counts == say("outcome.summary", lang, day=date(card.as_of, lang), place=PLACE, **told)


@LANGUAGES
def test_a_target_with_a_reading_that_came_out_is_not_unknown(came, lang):
    readings = came.table["reading"].where(came.table["target"] == "poor_districts").dropna()
    told = came.table["outcome"].where(came.table.index != readings.index[-1], "missed")
    more = replace(came, table=came.table.assign(outcome=told))
    counts = {"readings": 14, "known": 5, "met": 1, "unknown": 6}
    day = date(came.card.as_of, lang)
    assert len(readings) == 4
    assert more.headline(lang).splitlines()[-1] == say(
        "outcome.summary", lang, day=day, place=PLACE, **counts
    )


@LANGUAGES
def test_the_text_goes_on_with_a_line_a_reading(card, came, lang):
    head, lines = came.headline(lang), came.text(lang)
    assert lines.startswith(head + "\n")
    told = zip(card.targets, came.table.itertuples(), came.details, strict=True)
    for line, (target, row, detail) in zip(lines[len(head) + 1 :].splitlines(), told, strict=True):
        then = (
            probability(chance(row), lang)
            if row.verdict == "probable"
            else say(f"scorecard.verdict.{row.verdict}", lang)
        )
        words = {"wording": target.wording[lang], "then": then, "value": last_figures(detail, lang)}
        assert line == say(f"outcome.{row.outcome}", lang, **words)
    assert "nan" not in lines and "None" not in lines
    assert f"{number(18.5, lang, 1)}%" in lines and quantity(5500, "persons", lang) in lines


@LANGUAGES
@pytest.mark.parametrize(
    ("scores", "kind"), [((0.9, 0.6), "worse"), ((0.9, 0.4), "better"), ((0.2, 1.1), "better")]
)
def test_a_mean_above_that_of_a_coin_is_told_as_worse(came, scores, kind, lang):
    table = came.table.assign(log_score=came.table["log_score"].where(came.table.index >= 2, np.nan))
    table.loc[:1, "log_score"] = scores
    first = outcome.Outcomes(came.card, came.details, table).headline(lang).splitlines()[0]
    assert first == say(
        f"outcome.{kind}", lang, score=sum(scores) / 2, n=2, coin=math.log(2), same=say("outcome.same", lang)
    )


@LANGUAGES
def test_the_reading_that_nobody_meant_lowers_no_mean(came, lang):
    meant = [target.meant for target in came.card.targets]
    assert meant[:3] == [True, True, False] and came.table.loc[2, "log_score"] < 1e-6
    changed = came.table.assign(log_score=came.table["log_score"].where(came.table.index != 2, 30.0))
    assert outcome.Outcomes(came.card, came.details, changed).text(lang) == came.text(lang)


@LANGUAGES
def test_before_any_outcome_no_score_is_told(card, came_by, lang):
    early = came_by("2020-12-30")
    assert len(early.headline(lang).splitlines()) == 1
    assert len(early.text(lang).splitlines()) == 1 + len(card.targets)
    assert early.table["log_score"].isna().all()


@LANGUAGES
def test_the_table_for_readers_says_the_same_by_the_rules_of_the_language(card, came, lang):
    shown = came.display(lang)
    columns = ("target", "then", "outcome", "value", "log_score")
    assert shown.columns.tolist() == [say(f"outcome.column.{c}", lang) for c in columns]
    target, then, result, value, score = (shown[c].tolist() for c in shown)
    assert target == [t.wording[lang] for t in card.targets]
    assert result == [say(f"outcome.result.{x}", lang) for x in came.table["outcome"]]
    assert value == [last_figures(detail, lang) for detail in came.details]
    assert score[:3] == [number(x, lang) for x in came.table["log_score"][:3]]
    assert set(score[3:]) == {"–"} and then[0] == probability(chance(next(card.table.itertuples())), lang)
    assert (
        f"5{',' if lang == 'en' else '.'}500" in value[[one.target for one in card.targets].index("new_jobs")]
    )


# What the rate of a forecast came to


def test_a_rate_came_to_its_final_figure_once_that_was_out(ahead, facts):
    assert came_to(ahead, facts) == came_to(ahead, facts.as_of(POVERTY)) == 18.5
    assert came_to(ahead, facts.as_of("2021-02-14")) is None


def test_a_rate_has_not_come_to_a_year_without_a_figure(known, facts):
    series = known.series("poor_household_pct", place=PLACE)
    assert came_to(ps.forecast(series, horizon=9), facts) is None
    assert came_to(ps.forecast(series, horizon=1), facts.as_of("2015-01-01")) is None


def test_a_rate_is_not_judged_by_another_standard(ahead, facts):
    indicator, standard = ahead.series.basis.split("@")
    other = replace(ahead, series=replace(ahead.series, basis=f"{indicator}@income_2011_2015"))
    assert standard == "multidim_2016_2020" and came_to(other, facts) is None


def test_a_rate_on_a_new_basis_is_judged_by_its_figure(facts):
    whole = facts.series("trained_pct", place="Hà Giang")
    table = whole.table
    series = replace(whole, table=table.iloc[:-1])
    ahead = ps.forecast(series, peers=facts.peers("trained_pct"))
    assert ahead.series.basis == "trained_pct@2015"
    assert (ahead.year, came_to(ahead, facts)) == (table["year"].iloc[-1], table["value"].iloc[-1])


# What a year did to all peers together


def world(figures, standard=""):
    """Return what ``shock`` asks of a Facts view: one panel of peers, from ``{(indicator, place, year): rate}``."""
    table = pd.Series(figures).rename_axis(["name", "place", "year"]).unstack("name").reset_index()
    return SimpleNamespace(peers=lambda indicator, place=None: table)


def figures(jump=0.0, *, name="a_pct", places=12, years=range(2008, 2021), seed=3):
    """Return rates that fall by .15 log-odds a year, with shocks to all and own ones; a jump ends the last year."""
    rng = np.random.default_rng(seed)
    common = -0.15 + 0.05 * rng.standard_normal(len(years))
    common[-1] += jump
    found = {}
    for place in range(places):
        steps = common + 0.03 * rng.standard_normal(len(years))
        steps[0] = logit(rng.uniform(0.1, 0.4))
        for year, z in zip(years, steps.cumsum(), strict=True):
            found[name, f"p{place}", year] = 100 * float(expit(z))
    return found


def before(found, year):
    return {key: value for key, value in found.items() if key[2] < year}


def test_the_shock_is_the_peers_path_from_the_last_known_year(known, facts):
    table = shock(known, facts, "poor_household_pct", 2020).table
    peers = ps.fit_peers(known.peers("poor_household_pct"))
    panel = facts.peers("poor_household_pct")
    assert len(table) > 0
    for row in table.itertuples():
        assert row.origin == max(peers.paths[row.indicator]) < row.year == 2020
        mean, cov, df = peers.shared(row.indicator, (row.origin, row.year))
        now, then = (
            panel[panel["year"] == y].set_index("place")[row.indicator].dropna()
            for y in (row.year, row.origin)
        )
        both = [p for p in now.index.intersection(then.index) if 0 < now[p] < 100 and 0 < then[p] < 100]
        assert row.places == len(both) > 50
        level = np.mean([math.log(then[p] / (100 - then[p])) for p in both])
        ahead = ps.Predictive(1.0, df, level + mean[1] - mean[0], math.sqrt(cov[1, 1]))
        assert row.expected == pytest.approx(ahead.level_at(0.5))
        assert (row.low80, row.high80) == pytest.approx(ahead.interval(0.80))
        came = np.mean([math.log(now[p] / (100 - now[p])) for p in both])
        assert row.came == pytest.approx(100 / (1 + math.exp(-came)))
        assert row.pit == pytest.approx(ahead.probability(at_most=row.came))
        assert row.low80 < row.expected < row.high80 and 0 < row.pit < 1


def test_a_jump_beyond_all_known_years_lies_in_the_tail_of_its_side():
    pits = []
    for jump in (-0.6, 0.6):
        every = figures(jump)
        (row,) = shock(world(before(every, 2020)), world(every), "any", 2020).table.itertuples()
        assert (row.origin, row.year, row.places) == (2019, 2020, 12)
        assert (row.came < row.low80, row.came > row.high80) == (jump < 0, jump > 0)
        pits.append(row.pit)
    # A rise: less of a fall than was to be expected.
    assert 0 < pits[0] < 0.02 < 0.98 < pits[1] < 1


def test_years_like_all_others_fall_evenly_into_what_was_expected():
    pits = []
    for seed in range(60):
        every = figures(seed=seed)
        pits.append(shock(world(before(every, 2020)), world(every), "any", 2020).table["pit"].item())
    inside = np.mean([0.1 <= pit <= 0.9 for pit in pits])
    # Three standard errors of a share of .8 in 60 trials, of a mean of uniform ones.
    assert abs(inside - 0.8) < 3 * math.sqrt(0.8 * 0.2 / 60)
    assert abs(np.mean(pits) - 0.5) < 3 * math.sqrt(1 / 12 / 60)


def test_what_known_does_not_hold_is_not_expected_from():
    every = figures(0.6)
    calm = figures(0.0)
    wild, quiet = (
        shock(world(before(every, 2020)), world(later), "any", 2020).table.iloc[0] for later in (every, calm)
    )
    for column in ("low80", "expected", "high80", "origin", "places"):
        assert wild[column] == quiet[column]
    assert wild["came"] > quiet["came"]


def test_places_without_both_years_and_without_log_odds_are_left_out():
    every = figures()
    some = dict(every)
    del some["a_pct", "p0", 2020]  # gone
    some["a_pct", "p1", 2020] = 0.0  # no log-odds
    some["a_pct", "new", 2020] = 99.0  # only just begun
    row = shock(world(before(every, 2020)), world(some), "any", 2020).table.iloc[0]
    kept = [f"p{n}" for n in range(2, 12)]
    expected = 100 * expit(np.mean([logit(every["a_pct", p, 2020] / 100) for p in kept]))
    assert row["places"] == 10 and row["came"] == pytest.approx(expected)


def test_peers_without_a_figure_of_the_year_are_left_out_and_the_others_keep_their_order():
    old, one, two = (figures(name=name, seed=seed) for seed, name in enumerate(("old", "b_one", "c_two")))
    every = before(old, 2016) | one | two
    found = shock(world(before(every, 2020)), world(every), "any", 2020)
    assert found.table["indicator"].tolist() == ["b_one", "c_two"]


@pytest.mark.parametrize("year", [2021, 2030, 1999])
def test_a_year_without_figures_is_refused(year):
    every = figures()
    with pytest.raises(LookupError, match=f"no peer of any has new figures of {year}"):
        shock(world(before(every, 2020)), world(every), "any", year)


def test_a_year_that_was_known_already_is_no_shock(known, facts):
    every = figures()
    for year in (2019, 2015):
        with pytest.raises(LookupError, match="no peer of any has new figures"):
            shock(world(before(every, 2020)), world(every), "any", year)
    with pytest.raises(LookupError, match="no peer of poor_household_pct has new figures of 2020"):
        shock(known, known, "poor_household_pct", 2020)


def test_an_indicator_without_peers_is_refused(known, facts):
    with pytest.raises(ValueError, match="expected 3 or more peers"):
        shock(known, facts, "new_jobs_persons", 2020)


@LANGUAGES
def test_the_shock_is_told_in_a_line_an_indicator(known, facts, lang):
    every = figures(name="b_one") | figures(0.5, name="c_two", seed=1)
    for found in (
        shock(world(before(every, 2020)), world(every), "any", 2020),
        shock(known, facts, "poor_household_pct", 2020),
    ):
        lines = found.text(lang).splitlines()
        for row, line in zip(found.table.itertuples(), lines, strict=True):
            told = [f"{number(x, lang)}%" for x in (row.expected, row.low80, row.high80, row.came)]
            told += [f"{number(100 * row.pit, lang, 0)}%", str(row.origin), str(row.year), str(row.places)]
            assert [text for text in told if text not in line] == []


@pytest.mark.parametrize("lang", ["fr", "", None])
def test_an_unknown_language_is_refused(came, known, facts, lang):
    told = f"language {lang!r} is not known; choose one of vi, en"
    for say_it in (came.text, came.display, shock(known, facts, "poor_household_pct", 2020).text):
        with pytest.raises(ValueError, match=told):
            say_it(lang)


def test_a_place_that_has_joined_others_is_judged_by_its_former_territory(tmp_path):
    """Thái Nguyên of 2025 is another territory: no outcome of what was forecast for the one of 2024."""
    head = "place,indicator,year,value,unit,status,standard,source_id,available_from\n"
    rates = [(2022, 6.2), (2023, 5.0), (2024, 4.1), (2025, 9.0)]
    rows = [
        f"Thái Nguyên,poor_household_pct,{year},{rate},pct,official,multidim_2022_2025,mine,{year + 1}-02-01\n"
        for year, rate in rates
    ]
    (tmp_path / "mine.csv").write_text(head + "".join(rows), "utf-8")
    (tmp_path / "sources.csv").write_text("source_id,title\nmine,Review\n", "utf-8")
    about = {"name": "mine", "resources": [{"name": n, "path": f"{n}.csv"} for n in ("mine", "sources")]}
    (tmp_path / "datapackage.json").write_text(json.dumps(about), "utf-8")
    facts = ps.load_facts(tmp_path)
    known = facts.as_of("2025-06-30").series("poor_household_pct", place="Thái Nguyên")
    assert came_to(ps.forecast(known), facts) is None
    assert came_to(SimpleNamespace(series=known, year=2024), facts) == 4.1

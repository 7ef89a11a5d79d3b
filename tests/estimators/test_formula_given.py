"""Fits of formulas: equal to pyfixest and statsmodels, told in words, refused with the place in the text."""

import unicodedata

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.formula.api as smf

from povertystats.associations.associations import fit_drivers
from povertystats.checks.placebo import placebo
from povertystats.checks.sensitivity import sensitivity
from povertystats.checks.specification_curve import specification_curve
from povertystats.estimators.formula_given import given_by
from povertystats.words.errors import Refused


def communes(n=30, years=6, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"place": np.repeat([f"P{i:02d}" for i in range(n)], years), "year": [*range(2010, 2010 + years)] * n}
    )
    who = np.repeat(np.arange(n), years)
    frame["region"] = np.array(["North", "South", "East"])[who % 3]
    frame["sector"] = rng.choice(["a", "b", "c"], len(frame))
    frame["trained"], frame["z"] = rng.normal(size=len(frame)), np.exp(rng.normal(size=len(frame)))
    frame["treated"], frame["post"] = who % 2, (frame["year"] > 2012) * 1
    slope = np.where(frame["region"] == "South", -0.5, -2)
    noise = rng.normal(size=len(frame)) + np.repeat(rng.normal(size=n) * 3, years)
    return frame.assign(
        poor_pct=np.clip(
            20 + slope * frame["trained"] + 2 * frame["treated"] * frame["post"] + noise, 0.5, 99
        )
    )


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "formula",
    [
        "poor_pct ~ trained * region | place + year",
        "poor_pct ~ trained:region + log(z) | place + region^year",
        "poor_pct ~ treated * post | place + year",
        "poor_pct ~ trained + C(post):z | place + sector",
        "log(poor_pct) ~ trained * log(z) | place + year",
        "poor_pct ~ trained + sector | place + sector^year",
    ],
)
def test_absorbed_fits_equal_pyfixest(formula):
    frame = communes()
    fit = fit_drivers(frame, formula, errors="crv1", draws=0)
    # pyfixest counts effects nested in the clusters otherwise: errors are compared as ratios of one another.
    theirs = pyfixest.feols(formula, frame, vcov={"CRV1": "place"})
    named = {name.replace("[T.", "[").replace("C(post)", "post"): name for name in theirs.coef().index}
    named |= {":".join(reversed(name.split(":"))): own for name, own in named.items() if ":" in name}
    order = [named[driver] for driver in fit.table["driver"]]
    np.testing.assert_allclose(fit.table["estimate"], theirs.coef()[order], rtol=1e-9)
    ratio = fit.table["se"].to_numpy() / theirs.se()[order].to_numpy()
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)
    assert abs(ratio[0] - 1) < 0.05
    assert len(order) == len(theirs.coef())


def test_pooled_fits_and_the_driver_in_each_level_equal_statsmodels():
    frame = communes()
    fit = fit_drivers(frame, "poor_pct ~ trained * region + sector", errors="crv1", draws=0)
    theirs = smf.ols("poor_pct ~ trained * region + sector", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["place"].factorize()[0]}, use_t=True
    )
    names = {name.replace("[T.", "["): name for name in theirs.params.index}
    order = [names[driver] for driver in fit.table["driver"]]
    np.testing.assert_allclose(fit.table["estimate"], theirs.params[order], rtol=1e-9)
    np.testing.assert_allclose(fit.table["se"], theirs.bse[order], rtol=1e-9)
    south = theirs.t_test("trained + trained:region[T.South] = 0")
    inside = fit.inside.table.set_index("driver").loc["trained:region[South]"]
    assert inside["estimate"] == pytest.approx(south.effect[0], rel=1e-9)
    assert inside["se"] == pytest.approx(south.sd.item(), rel=1e-9)
    assert "names no fixed effects after |" in fit.text("en") and "dấu |" in fit.text("vi")


def test_words_say_where_a_driver_of_a_product_is_told():
    text = fit_drivers(communes(), "poor_pct ~ trained * region | place + year", draws=0).text(
        "en", labels={"trained": "training"}
    )
    assert (
        "In percentage points, in South (region), training higher by one unit goes with poor_pct lower by"
        in text
    )
    assert "compared with East (region), in South training higher by one unit" in text
    assert (
        "points, training higher" not in text and "region: East is what the others are compared with." in text
    )
    assert "told already by the fixed effects or by other terms: region North; region South." in text
    two = fit_drivers(communes(), "poor_pct ~ trained * log(z) | place + year", draws=0)
    assert "where the logarithm of z is 0, trained higher by one unit" in two.text("en")
    assert two.inside is None and "khi trained bằng 0" in two.text("vi")
    every = fit_drivers(communes(), "poor_pct ~ trained * region * sector | place", draws=0)
    assert "where region is East and sector is a, trained higher by one unit" in every.text("en")


def test_a_formula_of_plain_terms_is_the_list_of_drivers(tmp_path):
    frame = communes()
    want = fit_drivers(frame, "poor_pct", ["trained", "log(z)"], scales=["points"], seed=3)
    got = fit_drivers(frame, "poor_pct ~ trained + log(z) | place + year", seed=3)
    pd.testing.assert_frame_equal(got.table, want.table)
    odds = fit_drivers(frame, "log_odds(poor_pct) ~ trained | place + year", draws=0)
    assert odds.table["scale"].tolist() == ["log_odds"]
    both = fit_drivers(frame, "poor_pct ~ trained | place + year", scales=["points", "log"], draws=0)
    assert both.table["scale"].tolist() == ["points", "log"]
    frame.to_csv(tmp_path / "a.csv", index=False)
    filed = fit_drivers(str(tmp_path / "a.csv"), "poor_pct ~ trained + log(z) | place + year", draws=0)
    np.testing.assert_allclose(filed.table["estimate"], want.table["estimate"], rtol=1e-9)
    with pytest.raises(Refused, match="trained : region needs rows in memory"):
        fit_drivers(str(tmp_path / "a.csv"), "poor_pct ~ trained:region | place + year")


def test_shares_in_products_are_turned_into_per_cent_with_the_others():
    frame = communes().assign(roads_pct=lambda f: 50 + 10 * f["trained"])
    formula = "poor_pct ~ roads_pct * region | place + year"
    want = fit_drivers(frame, formula, draws=0).table["estimate"]
    shares = frame.assign(roads_pct=frame["roads_pct"] / 100, poor_pct=frame["poor_pct"] / 100)
    with pytest.raises(Refused, match="roads_pct.*shares may be meant"):
        fit_drivers(shares, formula)
    np.testing.assert_allclose(fit_drivers(shares, formula, units="share", draws=0).table["estimate"], want)


def test_columns_may_be_called_anything():
    frame = communes()
    odd = frame.rename(
        columns={"poor_pct": "tỷ lệ (%)", "trained": "a*b", "region": "log(x)", "place": "xã", "year": "năm"}
    )
    want = fit_drivers(frame, "poor_pct ~ trained * region | place + year", draws=0).table["estimate"]
    formula = "`tỷ lệ (%)` ~ `a*b` * `log(x)` | xã + năm"
    for form in ("NFC", "NFD"):
        spelled = odd.rename(columns=lambda name, form=form: unicodedata.normalize(form, name))
        keys = {"place": unicodedata.normalize(form, "xã"), "year": unicodedata.normalize(form, "năm")}
        np.testing.assert_allclose(fit_drivers(spelled, formula, draws=0, **keys).table["estimate"], want)


@pytest.mark.parametrize(
    "formula", ["poor_pct ~ `log(z)` + z", "poor_pct ~ `trained:z` + trained:z", "poor_pct ~ trained:z"]
)
def test_a_column_called_as_a_term_is_written_is_not_taken_for_another(formula):
    frame = communes()
    named = "log(z)" if "log" in formula else "trained:z"
    with pytest.raises(Refused, match="is called as a term of the formula is; rename it"):
        fit_drivers(frame.assign(**{named: frame["trained"] ** 2}), formula, draws=0)


@pytest.mark.parametrize(
    ("formula", "options", "told"),
    [
        ("poor_pct ~ trainedd | place + yaer", {}, ["character 12, 'trainedd': no such column", "did you mean trained", "character 31, 'yaer'"]),
        ("log(poor_pct) ~ trained | place", {"scales": ["points"]}, ["the formula says the scale 'log'"]),
        ("poor_pct ~ trained | place", {"entity": None}, ["entity is said by the formula"]),
        ("poor_pct ~ region | place + year", {}, ["nothing is left to fit"]),
        ("poor_pct ~ treated + trained | place + year", {}, ["treated is constant within every place"]),
        ("poor_pct ~ C(z) | place", {}, ["levels; expected at most 50: name it after |"]),
        ("poor_pct ~ log(region) | place", {}, ["field region: "]),
    ],
)  # fmt: skip
def test_bad_formulas_are_refused(formula, options, told):
    with pytest.raises(Refused) as refused:
        fit_drivers(communes(), formula, **options)
    for part in told:
        assert part in str(refused.value)


def test_regions_have_many_rows_a_year():
    frame = communes()
    got = fit_drivers(frame, "poor_pct ~ trained | region + year", cluster="region", draws=0).table[
        "estimate"
    ]
    theirs = smf.ols("poor_pct ~ trained + C(region) + C(year)", frame).fit().params["trained"]
    assert got.tolist() == pytest.approx([theirs], rel=1e-9)


def test_a_column_that_stands_twice_is_named():
    twice = pd.concat([communes(), communes()[["region"]]], axis=1)
    with pytest.raises(Refused, match="there is more than one column 'region'"):
        fit_drivers(twice, "poor_pct ~ trained * region | place")


def test_a_verb_with_effects_of_its_own_takes_these_or_none():
    for effects in ("", " | place + year"):
        assert given_by(
            communes(), f"poor_pct ~ trained{effects}", {"units": None}, two_way="placebo"
        ).drivers == ("trained",)
    with pytest.raises(Refused, match="placebo takes out effects of places and years"):
        given_by(communes(), "poor_pct ~ trained | place", {}, two_way="placebo")


def test_no_drivers_and_no_formula_is_refused():
    with pytest.raises(Refused, match="drivers are empty"):
        fit_drivers(communes(), "poor_pct")


def test_checks_read_the_same_formulas():
    frame = communes()
    pd.testing.assert_frame_equal(
        placebo(frame, "poor_pct ~ trained + log(z) | place + year").table,
        placebo(frame, "poor_pct", ["trained", "log(z)"]).table,
    )
    curve = specification_curve(frame, "poor_pct ~ trained", estimators=["within"])
    pd.testing.assert_frame_equal(
        curve.table, specification_curve(frame, "poor_pct", ["trained"], estimators=["within"]).table
    )
    assert set(
        specification_curve(frame, "log(poor_pct) ~ trained", estimators=["within"]).table["scale"]
    ) == {"log"}
    assert set(placebo(frame, "log(poor_pct) ~ trained:region").table["driver"]) >= {"trained:region[South]"}
    for verb in (placebo, specification_curve):
        with pytest.raises(Refused, match=f"{verb.__name__} takes out effects of places and years"):
            verb(frame, "poor_pct ~ trained | place")
        with pytest.raises(Refused, match="character 12, 'trainedd': no such column"):
            verb(frame, "poor_pct ~ trainedd")
    fit = fit_drivers(frame, "poor_pct ~ trained * region | place + year", draws=0)
    assert sensitivity(fit.moments["within", "points"], "trained").table is not None


def test_a_driver_in_a_level_and_a_difference_from_the_base_have_names_of_their_own():
    frame = communes()
    text = fit_drivers(frame, "poor_pct ~ trained * region", draws=0, scales=["points"])
    for lang, inside in (("en", "trained in East (region)"), ("vi", "trained tại East (region)")):
        lines = text.warnings(lang)
        assert len(lines) == len(set(lines)) and not any(":region[" in line for line in lines)
        assert any(inside in line for line in lines), lines

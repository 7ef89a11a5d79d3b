"""Points and slopes between places and within them."""

import numpy as np
import pandas as pd
import pytest

from povertystats.associations.associations import fit_drivers
from povertystats.associations.scatter import scatter

# Between places and within them.
OUTCOME, DRIVER = "poor_income_pct", "trained_pct"


@pytest.fixture(scope="module")
def panel(known):
    return known.panel([OUTCOME, DRIVER], standard="any")


@pytest.fixture(scope="module")
def both(panel):
    return scatter(panel, OUTCOME, DRIVER)


def test_the_slopes_are_those_of_the_estimators(panel, both):
    options = {"scales": ["points"], "estimators": ["between", "within"], "draws": 0}
    fit = fit_drivers(panel, OUTCOME, [DRIVER], **options).table.set_index("estimator")
    for view, slope in both.slopes.items():
        assert slope == pytest.approx(fit.at[view, "estimate"], rel=1e-12)
        assert len(both.points(view)) == fit.at[view, "n"]
        points = both.points(view)
        assert np.polyfit(points[DRIVER], points[OUTCOME], 1)[0] == pytest.approx(slope, rel=1e-8)


def test_a_line_runs_through_the_means_from_end_to_end(both):
    for view in both.slopes:
        points, line = both.points(view), both.line(view)
        assert line[DRIVER].tolist() == [points[DRIVER].min(), points[DRIVER].max()]
        height = np.interp(points[DRIVER].mean(), line[DRIVER], line[OUTCOME])
        assert height == pytest.approx(points[OUTCOME].mean())


def test_what_effects_leave_sums_to_nothing_in_each_place_and_year(both):
    within = both.points("within")
    for effect in ("place", "year"):
        assert within.groupby(effect)[[DRIVER, OUTCOME]].sum().abs().max().max() < 1e-9
    assert both.points("between")["year"].isna().all()


def test_a_panel_that_cannot_be_read_is_refused(panel):
    with pytest.raises(TypeError, match="must be a pandas DataFrame"):
        scatter(panel.to_dict(), OUTCOME, DRIVER)
    with pytest.raises(ValueError, match="'income'"):
        scatter(panel, "income", DRIVER)
    with pytest.raises(ValueError, match="constant"):
        scatter(panel.assign(**{DRIVER: 5.0}), OUTCOME, DRIVER)
    assert isinstance(scatter(panel, OUTCOME, DRIVER).table, pd.DataFrame)

"""Each estimate without one place: which place decides a sign."""

import numpy as np
from helpers.panels import provinces

from povertystats.associations.associations import fit_drivers
from povertystats.associations.check import Check


def test_leaving_one_place_out_is_a_check_that_says_which_place_decides_a_sign():
    rng = np.random.default_rng(1)
    panel = provinces(places=9)
    lone = panel.place == "P04"
    panel["trained_pct"] = np.where(lone, 8, 1) * rng.normal(size=len(panel))
    panel["trained_pct"] += 3 * panel.place.str[1:].astype(int)
    panel["poor_pct"] = 50 + np.where(lone, 1, -1) * panel.trained_pct + 0.1 * rng.normal(size=len(panel))
    fit = fit_drivers(
        panel, "poor_pct", ["trained_pct"], scales=["points"], estimators=["within", "between"], draws=0
    )
    check = fit.leave_one_out
    table = check.table
    assert isinstance(check, Check) and set(table.check) == {"leave_one_out"}
    assert table.way[:2].tolist() == ["within, points, P00", "within, points, P01"]
    own = table[table.estimator == "within"]
    assert (own.whole == fit.table.estimate[0]).all() and own.place[~check.clear[own.index]].tolist() == [
        "P04"
    ]
    first, second, last = check.text("en", labels={"trained_pct": "training"}).splitlines()
    assert first.startswith(
        "One place decides the sign for training in percentage points (within places): it turns without P04."
    )
    assert second.startswith(
        "Without any one place, the estimate for training in percentage points (between places)"
    )
    assert "do not say what a change of policy" in last and "đổi khi bỏ P04" in check.text("vi")
    assert check.names("en")[0] == "percentage points (within places), P00"
    assert repr(check).startswith(
        "<LeaveOneOut> trained_pct without one place in turn: 18 estimates, 1 with another sign"
    )
    assert len(repr(check).splitlines()) <= 15


def test_what_one_place_alone_tells_is_left_out_and_takes_nothing_else_away():
    panel = provinces(places=12).assign(pilot=lambda f: ((f.place == "P03") & (f.year > 2012)).astype(float))
    how = {"scales": ["points"], "draws": 0}
    fit = fit_drivers(panel, "poor_pct", ["pilot", "trained_pct"], **how)
    assert set(fit.leave_one_out.table["driver"]) == {"trained_pct"}
    rest = panel[panel["place"] != "P05"]
    mine = fit.leave_one_out.table.set_index("place")["estimate"]
    own = fit_drivers(rest, "poor_pct", ["pilot", "trained_pct"], **how).table.set_index("driver")["estimate"]
    assert np.isclose(mine["P05"], own["trained_pct"], rtol=1e-9)
    about = fit.diagnostics.query("column == 'pilot'")["quantity"].tolist()
    assert "largest share of variation" in about and "lowest without one place" not in about

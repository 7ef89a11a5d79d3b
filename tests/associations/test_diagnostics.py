"""Diagnostics: rows, influence and overlap, by name."""

import pytest
from helpers.panels import DRIVERS, provinces, with_gaps

from povertystats.associations.associations import fit_drivers


def test_diagnostics_count_rows_and_clusters():
    fit = fit_drivers(with_gaps(), "poor_pct", DRIVERS, draws=0)
    table = fit.diagnostics
    log_odds = table[table.scale == "log_odds"].drop_duplicates("quantity").set_index("quantity").value
    assert (
        log_odds["rows"]
        == 150
        == log_odds["rows used"] + log_odds["dropped: missing"] + log_odds["dropped: no_log_odds"]
    )
    assert log_odds["clusters"] == 25
    assert (log_odds["smallest cluster"], log_odds["largest cluster"]) == (3, 6)
    assert 0 < log_odds["largest leverage"] < 1 + 6
    assert 0 < log_odds["within R²"] < 1


def test_influence_and_overlap_name_the_places():
    fit = fit_drivers(provinces(), "poor_pct", DRIVERS, scales=["points"], draws=0)
    table = fit.diagnostics[fit.diagnostics["column"] == "trained_pct"].set_index("quantity")
    own = fit.leave_one_out.table[fit.leave_one_out.table.driver == "trained_pct"].set_index("place").estimate
    for end, place in (("lowest", own.idxmin()), ("highest", own.idxmax())):
        assert table.loc[f"{end} without one place", ["place", "value"]].tolist() == [place, own[place]]
    assert (
        1 / 25 < table.value["largest share of variation"] < 1 < table.value["places of equal variation"] < 25
    )
    pair = table.loc["moved most by two places"]
    rest = provinces()[~provinces().place.isin(pair.place.split(", "))]
    again = fit_drivers(rest, "poor_pct", DRIVERS, scales=["points"], draws=0).table.estimate[0]
    assert pair.value == pytest.approx(again, rel=1e-9)
    assert abs(again - fit.table.estimate[0]) >= (own - fit.table.estimate[0]).abs().max()

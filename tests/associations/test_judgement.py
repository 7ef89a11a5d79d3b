"""What tests are worth, in words: in both languages, the worst first, with the p to be read."""

import numpy as np
import pandas as pd
import pytest

from povertystats.associations.associations import fit_drivers
from povertystats.associations.judgement import doubts

REASONS = ("few_clusters", "few_treated", "few_untreated", "one_cluster", "uneven", "shared", "rows")


def pilots(treated, places=30):
    rng = np.random.default_rng(1)
    rows = [(f"P{g:02}", t) for g in range(places) for t in range(2010, 2018)]
    frame = pd.DataFrame(rows, columns=["place", "year"])
    frame["pilot"] = (frame.place.isin([f"P{g:02}" for g in range(treated)]) & (frame.year > 2013)).astype(
        int
    )
    return frame.assign(poor_pct=20 + rng.normal(size=len(frame)))


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("read", ["p", "p_wild", "p_random", ""])
def test_every_reason_has_words(lang, read):
    row = {
        "driver": "x",
        "read": read,
        "p": 0.01,
        "p_wild": 0.2,
        "p_random": 0.3,
        "places": 30,
        "effective": 2.5,
        "treated": 2.0,
    }
    table = pd.DataFrame([row | {"verdict": v, "why": "; ".join(REASONS)} for v in ("doubtful", "none")])
    lines = [*doubts(table, lang, {"x": "tín dụng"}, lambda rows, _: "points")]
    assert len(lines) == 2 and all(
        "tín dụng" in line and "{" not in line and "nan" not in line for line in lines
    )
    assert lines[0].startswith({"en": "No test of", "vi": "Không có kiểm định"}[lang])


def test_bad_news_stands_before_the_estimate_and_names_its_reason():
    fit = fit_drivers(pilots(2), "poor_pct", ["pilot"], scales=["points"], draws=0)
    first, row, *_ = fit.text("en").splitlines()
    assert first.startswith(
        "The test of pilot in percentage points is doubtful: only 2 of 30 places ever have it."
    )
    assert row.startswith("In percentage points, pilot")
    assert fit.headline("vi").startswith(
        "Kiểm định của pilot khi tính theo điểm phần trăm kém tin cậy: chỉ 2 trong 30"
    )
    assert "doubtful" in fit.summary() and "only 2 of 30" in fit.summary() and "doubtful" in repr(fit)


def test_one_place_has_an_estimate_and_no_interval_in_words():
    frame = pilots(1).assign(money=lambda f: np.arange(len(f)) % 7)
    fit = fit_drivers(frame, "poor_pct", ["pilot", "money"], scales=["points"], draws=0)
    told = fit.text("en").splitlines()
    assert told[0].startswith(
        "No test of pilot in percentage points exists: only 1 of 30 places ever has it."
    )
    assert "without an interval" in told[1] and "nan" not in fit.text("vi") + fit.summary().lower()


def test_how_a_p_came_about_is_told_only_where_it_is():
    how = {"scales": ["points"], "errors": "crv1", "draws": 199}
    none, doubtful = (fit_drivers(pilots(n, 14), "poor_pct", ["pilot"], **how) for n in (1, 2))
    assert none.table["verdict"].item() == "none" and none.table["p_wild"].notna().all()
    assert "second p" not in none.text("en") and "second p" in doubtful.text("en")


def test_where_nothing_speaks_against_a_test_that_is_said():
    fit = fit_drivers(pilots(14), "poor_pct", ["pilot"], scales=["points"], draws=0)
    assert fit.table["verdict"].item() == "holds"
    assert (
        "Nothing was found that speaks against the tests: the least effective number of clusters is"
        in fit.text("en")
    )
    assert "doubtful" not in fit.text("en") + fit.summary() + repr(fit)

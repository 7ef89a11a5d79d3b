"""Verdicts on tests of coefficients: what is held against one, and which p is to be read."""

import numpy as np
import pandas as pd
import pytest
from helpers.panels import gappy

from povertystats.clusters.verdict import judge
from povertystats.regression.inference import solve
from povertystats.regression.moments import Moments
from povertystats.rows import rows
from povertystats.rows.row_moments import RowMoments


def told(frame, column="d", errors="cv3", known=("p", "p_wild"), p=0.5, **options):
    moments = Moments.from_frame(frame, "y", [column], **options)
    return judge(moments, solve(moments), column, errors=errors, known=dict.fromkeys(known, p))


def panel(places, treated, seed=1, years=8, **kept):
    rng = np.random.default_rng(seed)
    rows = pd.MultiIndex.from_product([range(places), range(years)], names=["place", "year"])
    frame = pd.DataFrame({"y": rng.normal(size=len(rows))}, rows).reset_index()
    return frame.assign(d=frame.place.isin(treated) & (frame.year > 3))


@pytest.mark.parametrize("errors", ["cv3", "crv1"])
@pytest.mark.parametrize(
    ("treated", "reason"), [(range(2), "few_treated"), (range(2, 30), "few_untreated"), (range(12), None)]
)
def test_few_treated_and_few_untreated_are_doubtful(treated, reason, errors):
    found = told(panel(30, treated), errors=errors)
    assert found.treated == len(treated)
    if reason is None:
        assert (found.verdict, found.read, found.why) == ("holds", "p", ()) and found.effective > 20
    else:
        # A bootstrap of signs never rejects there: it is never to be read.
        assert (found.verdict, found.read, found.why) == ("doubtful", "", (reason,)) and found.effective < 3
        assert told(panel(30, treated), errors=errors, known=("p", "p_random")).read == "p_random"


@pytest.mark.parametrize(
    ("treated", "reason"), [([4], "few_treated"), ([*range(4), *range(5, 14)], "few_untreated")]
)
def test_of_one_treated_place_no_test_exists_but_by_randomisation(treated, reason):
    frame = panel(14, treated)
    found = told(frame)
    assert (found.verdict, found.read, found.why) == ("none", "", (reason,))
    randomised = told(frame, known=("p_random",))
    assert (randomised.verdict, randomised.read) == ("doubtful", "p_random")


def test_a_driver_that_moves_in_few_places_only_is_uneven():
    rng = np.random.default_rng(3)
    frame = panel(30, []).assign(d=lambda f: rng.normal(size=len(f)) * np.where(f.place < 3, 10, 0.1))
    found = told(frame)
    assert (found.verdict, found.read, found.why) == ("doubtful", "p_wild", ("uneven",))
    assert np.isnan(found.treated) and found.effective < 4
    one = told(frame.assign(d=lambda f: f.d * np.where(f.place == 0, 10, 1)))
    assert (one.verdict, one.read, one.why) == ("doubtful", "", ("one_cluster",))


def test_few_clusters_are_doubtful_and_read_by_the_bootstrap_where_there_is_one():
    rng = np.random.default_rng(3)
    frame = panel(9, []).assign(d=lambda f: rng.normal(size=len(f)))
    assert told(frame).why == ("few_clusters",) and told(frame).read == "p_wild"
    assert told(frame, known=("p",)).read == "p"


def test_errors_that_go_together_where_the_driver_does_are_shared():
    rng = np.random.default_rng(4)
    frame = panel(60, []).assign(region=lambda f: f.place % 6)
    common = rng.normal(size=(2, 6, 8))[:, frame.region, frame.year]
    own = rng.normal(size=(2, len(frame)))
    found = told(frame.assign(d=common[0] + own[0], y=common[1] + own[1]))
    assert (found.verdict, found.read, found.why) == ("doubtful", "", ("shared",))
    # Neither alone matters: the driver is shared and the errors are not, or the other way round.
    assert told(frame.assign(d=common[0] + own[0], y=own[1])).verdict == "holds"
    assert told(frame.assign(d=own[0], y=common[1] + own[1])).verdict == "holds"


def test_errors_of_independent_rows_are_doubtful():
    frame = panel(30, range(12))
    assert told(frame, errors="classical").why == ("rows",) and told(frame, errors="robust").read == "p_wild"


@pytest.mark.parametrize(
    "options", [{"time": None}, {"entity": None}, {"entity": None, "time": None}], ids=str
)
def test_other_effects_have_a_verdict_too(options):
    frame = gappy(places=30)
    moments = Moments.from_frame(frame, "y", ["x", "z"], **options)
    for column in ("x", "z"):
        found = judge(moments, solve(moments), column)
        assert found.verdict in ("holds", "doubtful") and 1 <= found.effective <= 30


def test_years_of_small_regions_make_nothing_look_shared():
    for seed in range(12):
        rng = np.random.default_rng(seed)
        frame = panel(40, [], seed).assign(d=lambda f: rng.normal(size=len(f)), region=lambda f: f.place % 10)  # noqa: B023
        assert "shared" not in told(frame, years_by="region").why


def test_an_answer_that_turns_on_what_is_shared_is_doubtful():
    rng = np.random.default_rng(5)
    frame = panel(20, []).assign(region=lambda f: f.place % 6)
    common, own = rng.normal(size=(2, 6, 8))[:, frame.region, frame.year], rng.normal(size=(2, len(frame)))
    frame = frame.assign(d=0.7 * common[0] + own[0], y=0.7 * common[1] + own[1])
    why = [told(frame, p=p).why for p in (0.2, 0.04, 1e-6)]
    assert why == [(), ("shared",), ()]


def test_of_two_kinds_of_clusters_either_can_be_too_few():
    rng = np.random.default_rng(2)
    panel = pd.DataFrame([(g, t) for g in range(40) for t in range(12)], columns=["place", "year"])
    panel = panel.assign(
        y=rng.normal(size=480),
        few=(panel.place < 2) & (panel.year > 5),
        late=panel.year.eq(11) * rng.normal(size=480),
    )
    for column, reason in (("few", "few_treated"), ("late", "one_cluster")):
        m = RowMoments.of(panel.astype({"few": float}), "y", [column], other="year")
        assert reason in judge(m, solve(m), column).why
        assert [view.cluster for view in m.by_kind] == ["place", "year"]


def test_more_effects_than_columns_can_be_leave_the_size_of_a_test_unknown(monkeypatch):
    monkeypatch.setattr(rows, "_CELLS", 10)
    rng = np.random.default_rng(2)
    panel = pd.DataFrame([(g, t) for g in range(12) for t in range(6)], columns=["place", "year"])
    panel = panel.assign(y=rng.normal(size=72), x=rng.normal(size=72))
    m = RowMoments.of(panel, "y", ["x"])
    told = judge(m, solve(m), "x")
    assert (told.verdict, told.read, told.why) == ("doubtful", "p", ("unsized",))


def test_what_places_share_is_looked_for_in_rows_in_memory_as_well():
    rng = np.random.default_rng(5)
    frame = panel(40, []).assign(region=lambda f: f.place % 6)
    common, own = rng.normal(size=(2, 6, 8))[:, frame.region, frame.year], rng.normal(size=(2, len(frame)))
    frame = frame.assign(d=common[0] + own[0], y=common[1] + own[1])

    def of_rows(**options):
        m = RowMoments.of(frame, "y", ["d"], **options)
        return judge(m, solve(m), "d").why

    # An effect that takes nothing more away leaves the verdict as it is; what counts it leaves nothing to be told.
    assert told(frame).why == of_rows() == of_rows(effects=["region"]) == ("shared",)
    assert "shared" not in of_rows(years_by="region") + of_rows(other="year") + of_rows(other="region")

"""A curve against chance: the same statistic as the bootstrap's, its level when nothing is there, refusals."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import povertystats as ps
from povertystats.checks.null_curve import _draws, _t, null_curve
from povertystats.checks.specification_curve import SpecificationCurve, specification_curve
from povertystats.clusters.bootstrap import wild
from povertystats.regression.moments import Moments


def curve_of(moments, level=0.95):
    question = ps.load_facts().specifications["training"]
    return SpecificationCurve(question, level, table=pd.DataFrame(), moments=dict(enumerate(moments)))


def looks(seed, effect=0.0, places=30, years=6):
    """Four looks at one panel whose errors hang together within places."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(years)], columns=["place", "year"])
    frame["x"] = rng.normal(size=(places, years)).cumsum(axis=1).ravel()
    noise = rng.normal(size=(places, years)).cumsum(axis=1).ravel()
    frame["z"], frame["y"] = rng.normal(size=len(frame)), effect * frame["x"] + noise
    scan = Moments.from_frame(frame, "y", ["x", "z"])
    pooled = Moments.from_frame(frame, "y", ["x"], entity=None)
    late = Moments.from_frame(frame[frame.year > 1], "y", ["x"])
    return [scan, scan.only(regressors=["x"]), late, pooled]


@pytest.mark.parametrize("look", range(4))
def test_the_statistic_is_the_bootstraps(look):
    moments = looks(3, effect=0.1)[look]
    ours = _draws(moments, np.random.default_rng(5).choice([-1.0, 1.0], size=(30, 9999)))
    found = wild(moments, ["x"]).table.iloc[0]
    assert _t(moments) == pytest.approx(found.t, rel=1e-10)
    p = (np.abs(ours) >= abs(_t(moments))).mean()
    # Two sets of 9,999 draws: four standard errors of their difference.
    assert p == pytest.approx(found.p, abs=4 * np.sqrt(2 * found.p * (1 - found.p) / 9999) + 1e-4)


def test_signs_that_change_nothing_give_t_of_the_restricted_fit():
    """With all signs as they are and the null true of the estimate, t* is t itself."""
    moments = looks(3)[1]
    y = dataclasses.replace(moments)
    ones = np.ones((30, 1))
    assert _draws(y, ones)[0] == pytest.approx(_t(moments), rel=1e-9)
    assert _draws(y, -ones)[0] == pytest.approx(-_t(moments), rel=1e-9)


def test_a_strong_association_is_told_from_chance():
    row = null_curve(curve_of(looks(1, effect=1.0))).table.iloc[0]
    assert (row.n, row.clear_positive, row.clear_negative, row.draws) == (4, 4, 0, 999)
    assert row.p < 0.02 and row.expected < 1.5
    falls = null_curve(curve_of(looks(1, effect=-1.0))).table.iloc[0]
    assert falls.clear_negative == 4


def test_chance_alone_is_called_clear_as_often_as_it_should_be():
    """200 panels without an association: p at most 0.1 in at most 10 % of them, plus three standard errors."""
    found = [null_curve(curve_of(looks(seed)), draws=99).table.p[0] for seed in range(200)]
    assert np.mean(np.array(found) <= 0.1) <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 200)
    # Not by always answering one: a curve without any clear result is the only one that must.
    assert min(found) < 0.2


def test_the_same_seed_gives_the_same_answer():
    curve = curve_of(looks(2))
    pd.testing.assert_frame_equal(null_curve(curve, draws=50).table, null_curve(curve, draws=50).table)
    assert (
        null_curve(curve, draws=50, seed=2).table.expected[0] != null_curve(curve, draws=50).table.expected[0]
    )


def test_the_sentence_in_both_languages():
    found = null_curve(curve_of(looks(1, effect=1.0)))
    assert found.table.expected[0].round(1) == 0.4
    assert found.text("en") == (
        "Of the 4 specifications within places and by first differences, 4 are clear with the same sign (the more "
        "frequent one). If there were no association, chance would give 0.4 such results on average, and 4 or more with "
        "probability 1%."
    )
    assert found.text("vi") == (
        "Trong 4 cách tính so trong từng địa phương và sai phân bậc nhất, 4 cách cho kết quả rõ rệt cùng một dấu (dấu "
        "thường gặp hơn). Nếu thực ra không có tương quan nào, ngẫu nhiên cho bình quân 0,4 cách như vậy; xác suất gặp từ "
        "4 cách trở lên là 1%."
    )
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        found.text("fr")


def test_a_curve_without_a_clear_result_says_so_and_nothing_of_chance():
    found = null_curve(curve_of(looks(1), level=0.9999), draws=99)
    assert found.table[["clear_negative", "clear_positive", "p"]].iloc[0].tolist() == [0, 0, 1]
    assert found.text("en") == "Of the 4 specifications within places and by first differences none is clear."
    assert found.text("vi") == (
        "Trong 4 cách tính so trong từng địa phương và sai phân bậc nhất, không cách nào cho kết quả rõ rệt."
    )
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        found.text("fr")


def test_a_driver_of_one_place_is_refused_not_called_clear():
    frame = pd.DataFrame([(i, t) for i in range(10) for t in range(6)], columns=["place", "year"])
    frame["x"] = (frame["place"] == 3) * frame["year"] ** 2
    frame["y"] = np.random.default_rng(2).normal(size=len(frame))
    moments = Moments.from_frame(frame, "y", ["x"], time=None)
    with pytest.raises(ValueError, match="x varies on its own in too few clusters"):
        null_curve(curve_of([moments]), draws=9)


def test_refusals(facts):
    empty = specification_curve(facts.as_of("2008-01-01"), "training")
    with pytest.raises(ValueError) as told:
        null_curve(empty, draws=0, seed=-1)
    for part in ("no estimate by a linear estimator", "draws is 0", "seed is -1"):
        assert part in str(told.value)

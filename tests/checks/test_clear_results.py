"""Clear results of a curve whose driver few places have are told as doubtful, and no others."""

import numpy as np
import pandas as pd
import pytest

from povertystats.checks.specification_curve import specification_curve


def curve(treated, effect):
    frame = pd.DataFrame([(p, t) for p in range(14) for t in range(8)], columns=["place", "year"])
    frame["d"] = ((frame.place < treated) & (frame.year > 3)) * 1
    frame["y_pct"] = 30 + effect * frame.d + np.random.default_rng(1).normal(size=112)
    return specification_curve(
        frame, "y_pct", ["d"], scales=["points"], estimators=["within", "first_differences"]
    )


@pytest.mark.parametrize(("treated", "effect", "told"), [(2, 9, True), (2, 0, False), (7, 9, False)])
def test_clear_results_of_few_places_are_doubtful(treated, effect, told):
    found = curve(treated, effect)
    en, vi = found.text("en"), found.text("vi")
    assert ("rest on a doubtful test: only 2 of 14 places ever have it" in en) == told
    assert ("kiểm định kém tin cậy: chỉ 2 trong 14 địa phương từng có" in vi) == told

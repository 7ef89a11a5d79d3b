"""The method of a fit in words: effects, clusters, errors, degrees of freedom."""

import numpy as np
import pandas as pd
import pytest

from povertystats.associations.methods import method_lines
from povertystats.rows.row_moments import RowMoments


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        ("classical", "classical standard errors, t with 35 degrees"),
        ("robust", "(HC1), t with 35 degrees"),
        ("crv1", "clusters of two kinds, place and year (CRV1), t with 4 degrees"),
        ("cv3", "clusters of two kinds, place and year (CV3, the largest of three), t with 4 degrees"),
    ],
)
def test_each_kind_of_errors_is_told(errors, told):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"place": np.repeat(range(10), 5), "year": np.tile(range(5), 10), "x": rng.normal(size=50)}
    )
    m = RowMoments.of(frame.assign(y=rng.normal(size=50)), "y", ["x"], other="year")
    assert told in method_lines({("within", "points"): m}, errors, False, "en")[0]
    assert method_lines({("within", "points"): m}, errors, False, "vi")[0].startswith(
        "Phương pháp: hồi quy tác động cố định"
    )

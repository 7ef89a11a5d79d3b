"""What a reader is told of the estimates of a survey."""

import pytest
from helpers.samples import sample

from povertystats.surveys.estimates import survey_estimates

pytest.importorskip("ibis")
DESIGN = {"stratum": "stratum", "psu": "psu"}


def test_sentences_tell_domain_measure_and_interval():
    found = survey_estimates(sample(), rates=["poor"], by="ethnic", **DESIGN)
    first = found.table.iloc[0]
    said = f"Dao: poor: {first['estimate']:.1f} (95% interval {first['low']:.1f} to {first['high']:.1f}"
    assert found.text("en").startswith(said)
    assert "khoảng tin cậy 95%" in found.text("vi")
    assert "Estimates of a survey, 2 of 3 too uncertain" in repr(found)

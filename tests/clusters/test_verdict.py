"""Verdicts on tests of coefficients: what is held against one, and which p is to be read."""

from helpers.panels import gappy

from povertystats.clusters.verdict import judge
from povertystats.regression.moments import Moments


def test_a_test_that_rests_on_few_clusters_is_doubtful():
    frame = gappy(places=30)
    frame["d"] = ((frame.place < 2) & (frame.year > 3)).astype(float)
    moments = Moments.from_frame(frame, "y", ["x", "d"])
    fine, few = judge(moments, "x"), judge(moments, "d")
    assert (fine.verdict, fine.read, fine.why) == ("holds", "p", ()) and fine.treated != fine.treated
    assert (few.verdict, few.treated, few.why) == ("doubtful", 2, ("few_clusters",)) and few.effective < 3

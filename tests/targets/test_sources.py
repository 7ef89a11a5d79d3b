"""The sources of what a scorecard and a forecast say."""

from povertystats.targets.sources import cited


def test_each_source_of_figures_and_targets_stands_once(known, card, ahead):
    both = cited(known, card, ahead)["source_id"].tolist()
    assert len(set(both)) == len(both) > 5
    assert set(cited(known, card, None)["source_id"]) <= set(both)
    assert {target.source_id for target in card.targets} < set(both)

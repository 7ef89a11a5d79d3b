"""The sources of what a scorecard and a forecast say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from povertystats.facts.facts import Facts
    from povertystats.forecasts.forecast import Forecast
    from povertystats.targets.scorecard import Scorecard


def cited(known: Facts, card: Scorecard, ahead: Forecast | None) -> pd.DataFrame:
    """Return the sources of the figures and targets in a scorecard and in a forecast, each once, as ``Facts.cite``."""
    used = [target.source_id for target in card.targets]
    used += [source for target in card.targets for source in target.evidence_sources]
    for series in (one for found in card.details for one in found.figures):
        used += [source for one in getattr(series, "members", (series,)) for source in one.table["source_id"]]
    if ahead is not None:
        used += known.series(ahead.series.indicator, place=ahead.series.place).table["source_id"].tolist()
    return known.cite(used)

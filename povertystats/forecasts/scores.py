"""Scores of forecasts: what one is worth once the outcome is known, and skill against a reference."""

import numpy as np
from scipy.special import stdtrit

LEVELS = (50, 80, 95)
# Who gives both outcomes of an event the same chance has this mean log score.
COIN = float(np.log(2))
# A spread between years can be told from three on.
FEWEST_YEARS = 3
_ENDS = [0.5] + [(1 + side * level / 100) / 2 for level in LEVELS for side in (-1, 1)]
# Wrong beyond doubt costs a finite log score (34.5).
_SURE = 1e-15


def score(predictive, observed, bound):
    """Return the scores of one forecast, as a dict, when ``observed`` came (percent).

    median, low50 … high95 (percent), observed, error (observed minus median, points), crps (points), covered50,
    covered80, covered95 (1 or 0), pit (``F(observed)``), and those of the event "at most ``bound``".

    >>> from povertystats.forecasts.predictive import Predictive
    >>> scores = score(Predictive(1.0, 4, -1.5, 0.2), observed=19.0, bound=17.0)
    >>> {name: round(scores[name], 2) for name in ("median", "error", "covered50", "pit", "probability", "brier")}
    {'median': 18.24, 'error': 0.76, 'covered50': 1.0, 'pit': 0.59, 'probability': 0.35, 'brier': 0.12}
    """
    median, *ends = predictive.level_at(_ENDS).tolist()
    intervals = dict(zip(LEVELS, zip(ends[::2], ends[1::2], strict=True), strict=True))
    found = {"median": median}
    for level, (low, high) in intervals.items():
        found |= {f"low{level}": low, f"high{level}": high}
    found |= {"observed": observed, "error": observed - median, "crps": predictive.crps(observed)}
    found |= {f"covered{level}": float(low <= observed <= high) for level, (low, high) in intervals.items()}
    found["pit"] = predictive.probability(at_most=observed)
    return found | event_score(predictive.probability(at_most=bound), observed <= bound)


def event_score(probability, met):
    """Return the scores of one probability: probability, met (1 or 0), log_score, brier; less is better.

    ``log_score = −ln`` of the chance given to what came (a coin: ln 2 = .693), ``brier = (p − met)²`` (a coin:
    .25).

    Source: Gneiting & Raftery 2007, doi:10.1198/016214506000001437.

    >>> event_score(0.75, True)["brier"], round(event_score(0.75, False)["log_score"], 2)
    (0.0625, 1.39)
    """
    right = np.clip(probability if met else 1 - probability, _SURE, 1.0)
    scores = {"log_score": float(-np.log(right)), "brier": (probability - met) ** 2}
    return {"probability": probability, "met": float(met)} | scores


def skill(own, reference, years):
    """Return skill against a reference and its 95 % interval: ``1 − Σ own / Σ reference``, low, high.

    ``own``, ``reference``, ``years``: (n,) scores of the same cases, less is better, and the years that these
    belong to; cases without both scores are dropped. Cases share the shocks of a year, so that the G years are
    the sample: with ``l = ln(Σ own / Σ reference)`` and ``l_(g)`` the same without year g, the standard error
    of l is ``√((G − 1)/G Σ (l_(g) − l̄)²)``, its interval that of Student's t with G − 1 degrees of freedom;
    the logarithm keeps skill below 1. Low and high are NaN below 3 years, all where the reference has no
    positive score.

    Source: Efron & Stein 1981, doi:10.1214/aos/1176345462 (jackknife).

    >>> [round(x, 3) for x in skill([1.0, 2.0, 2.0], [4.0, 4.0, 5.0], [2013, 2014, 2015])]
    [0.615, 0.211, 0.813]
    """
    own, reference, years = (np.asarray(part, dtype=float) for part in (own, reference, years))
    both = np.isfinite(own) & np.isfinite(reference)
    names, at = np.unique(years[both], return_inverse=True)
    ours, theirs = np.bincount(at, own[both]), np.bincount(at, reference[both])
    if not theirs.sum() > 0:
        return (np.nan,) * 3
    ratio, count = ours.sum() / theirs.sum(), len(names)
    if count < FEWEST_YEARS or not np.all((ours < ours.sum()) & (theirs < theirs.sum())):
        return float(1 - ratio), np.nan, np.nan
    without = np.log((ours.sum() - ours) / (theirs.sum() - theirs))
    error = np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum())
    reach = stdtrit(count - 1, 0.975) * error
    return tuple(float(1 - ratio * np.exp(side * reach)) for side in (0, 1, -1))

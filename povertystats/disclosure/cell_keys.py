"""The cell-key method: random noise on counts that is the same wherever the same households are counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import logsumexp

from povertystats.engines.record_keys import KEYED, KEYS
from povertystats.words.errors import InvalidValue

# The column that tells of how many households at most a count is off.
NOISE = "noise_at_most"


def scale(smallest: int) -> tuple[int, int]:
    """Return the largest noise and its variance where no count below ``smallest`` is told: twice that, and that.

    So every count from 1 on may be told as nought or as one of ``smallest`` or more, with no bias.

    >>> scale(10)
    (20, 10)
    """
    return 2 * smallest, smallest


@lru_cache
def noise_table(largest: int, variance: float, smallest: int = 1) -> np.ndarray:
    """Return the probability of each noise, -largest to largest (columns), for counts of 0, 1, 2, … (rows).

    The last row holds for all larger counts. A count of 0 stays 0; none becomes negative, or one of 1 to ``smallest`` - 1.
    The noise has mean 0 and the variance given, and of all such distributions the greatest entropy: p(x) is proportional to
    exp(a x + b x²), where a and b minimise the convex log Σ exp(a x + b (x² - variance)). A count i below ``smallest``
    has a variance of i (smallest - i) or more: where that is more, it becomes 0 or ``smallest``.

    References: Fraser, B. and Wooton, J. 2005, A proposed method for confidentialising tabular output to protect against
    differencing, UNECE work session on statistical data confidentiality; Marley, J. K. and Leaver, V. L. 2011, A method
    for confidentialising user-defined tables: statistical properties and a risk-utility analysis, 58th ISI World
    Statistics Congress (the greatest entropy, as in the R package ptable).

    Raises ValueError where a count cannot have such noise.

    >>> table = noise_table(2, 1)
    >>> table[1].round(3).tolist()[1:], table[2].round(3).tolist()
    ([0.398, 0.306, 0.194, 0.102], [0.064, 0.245, 0.383, 0.245, 0.064])
    """
    noise = np.arange(-largest, largest + 1)
    rows = [np.where(noise == 0, 1.0, 0.0)]
    for count in range(1, largest + smallest + 1):
        told = count + noise
        possible = (told == 0) | (told >= smallest)
        rows.append(np.zeros(len(noise)))
        rows[-1][possible] = _distribution(noise[possible], variance, count * max(smallest - count, 0))
    return np.array(rows)


def _distribution(noise, variance, least):
    """Return the probabilities of the greatest entropy with mean 0 and a variance, or the least that there can be."""
    low, high = noise[0], noise[-1]
    if least >= variance:
        high = noise[noise > 0][0]
        return np.where(noise == low, high, np.where(noise == high, -low, 0)) / (high - low)
    if -low * high <= variance:
        raise InvalidValue(f"no noise of {low} to {high} has mean 0 and variance {variance}")
    size = np.sqrt(variance)
    terms = np.array([noise / size, noise**2 / variance - 1])

    def surplus(weights):
        chances = np.exp(weights @ terms - logsumexp(weights @ terms))
        mean = terms @ chances
        return logsumexp(weights @ terms), mean, (terms * chances) @ terms.T - np.outer(mean, mean)

    found = minimize(
        lambda w: surplus(w)[:2],
        [0.0, -0.5],
        jac=True,
        hess=lambda w: surplus(w)[2],
        method="trust-exact",
        options={"gtol": 1e-12},
    ).x
    return np.exp(found @ terms - logsumexp(found @ terms))


def perturbed(counts: np.ndarray, keys: np.ndarray, secret: str, name: str, smallest: int) -> np.ndarray:
    """Return counts with noise: of each the row of the table, and in it the place that the cell key names.

    ``keys``: sums of record keys of the households counted. The cell key is that sum modulo KEYS, mixed with a number of
    the column's own: without it a place where all are poor would have the same noise twice, and that be known.

    >>> perturbed(np.array([0, 5, 800]), np.array([0, 12, 10**9]), "a secret of the office", "poor_households", 10).tolist()
    [0, 10, 795]
    """
    largest, variance = scale(smallest)
    table = noise_table(largest, variance, smallest).cumsum(axis=1)
    own = np.uint64(int.from_bytes(sha256(f"{secret}|{name}".encode()).digest()[:8], "big"))
    place = (_mixed((keys % KEYS).astype(np.uint64) + own) >> np.uint64(11)) * 2.0**-53
    rows = table[np.minimum(counts, len(table) - 1)]
    return counts + (place[:, None] > rows[:, :-1]).sum(axis=1) - largest


def with_noise(table: pd.DataFrame, columns: Sequence[str], secret: str, smallest: int) -> pd.DataFrame:
    """Return a table with noise on counts, from the sums of keys beside them, and columns that tell its size.

    >>> table = pd.DataFrame({"poor": [0, 5, 800], "keys of poor": [0, 12, 10**9]})
    >>> with_noise(table, ["poor"], "a secret of the office", 10)[["poor", "noise_at_most"]].values.tolist()
    [[0, 20], [0, 20], [795, 20]]
    """
    told = {}
    for name in columns:
        count, keys = (table[column].to_numpy(np.int64) for column in (name, f"{KEYED}{name}"))
        told[name] = pd.array(perturbed(count, keys, secret, name, smallest), dtype="Int64")
    largest, variance = scale(smallest)
    return table.assign(**told, **{NOISE: largest, "noise_variance": variance})


def _mixed(numbers):
    """Return numbers of 64 bits, each from one given, close ones far apart.

    Steele, G. L., Lea, D. and Flood, C. H. 2014, Fast splittable pseudorandom number generators (SplitMix64),
    doi:10.1145/2660193.2660195.
    """
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))

"""A panel whose errors are correlated, its model on dummies, and variables left out of it of any given strength."""

import numpy as np
import pandas as pd
import statsmodels.api as sm


def provinces(seed=4, places=20, years=7, effect=-0.6):
    """An unbalanced panel with errors that are correlated within places."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(i, t) for i in range(places) for t in range(years)], columns=["place", "year"])
    frame["z"] = rng.normal(size=len(frame)) + frame.year
    frame["x"] = rng.normal(size=len(frame)) + 0.3 * frame.z
    noise = rng.normal(size=places)[frame.place] * frame.year / 3 + rng.normal(size=len(frame))
    frame["y"] = 30 + effect * frame.x + 0.4 * frame.z + noise
    return frame[rng.random(len(frame)) < 0.85].reset_index(drop=True)


def dense(frame):
    """The model as a matrix: the driver, the other regressor, dummies of place and year."""
    dummies = pd.get_dummies(frame[["place", "year"]].astype(str), drop_first=True, dtype=float)
    return sm.add_constant(pd.concat([frame[["x", "z"]], dummies], axis="columns"))


def omitted(frame, r2_driver, r2_outcome, seed=1):
    """Build a variable with exactly these partial R² with x, and with y beside x, against the estimate's sign."""
    rest = dense(frame)
    others = rest.drop(columns="x")

    def left(of, design):
        e = sm.OLS(of, design).fit().resid.to_numpy()
        return e / np.sqrt(e @ e)

    d, y = left(frame.x, others), left(frame.y, rest)
    noise = np.random.default_rng(seed).normal(size=len(frame))
    noise = left(pd.Series(noise), rest.assign(y=frame.y))
    sign = np.sign(sm.OLS(frame.y, rest).fit().params["x"])
    a, b, c = r2_driver, (1 - r2_driver) * r2_outcome, (1 - r2_driver) * (1 - r2_outcome)
    return sign * np.sqrt(a) * d + np.sqrt(b) * y + np.sqrt(c) * noise

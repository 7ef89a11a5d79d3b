"""What differs where moments have rows in memory: kinds of clusters, effects within them, effects beside place and time."""

from __future__ import annotations

from povertystats.regression.moments import Moments
from povertystats.rows.row_moments import RowMoments


def kinds(moments: Moments) -> tuple[str, ...]:
    """Return the kinds of clusters, by the names of their columns: one or two.

    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabb"), "x": [0.0, 1, 0, 2], "y": [0.0, 1, 0, 3]})
    >>> kinds(Moments.from_frame(panel, "y", ["x"], time=None))
    ('place',)
    """
    if isinstance(moments, RowMoments):
        return tuple(kind.name for kind in moments.rows.clusters)
    return (moments.cluster,)


def by_kind(moments: Moments) -> tuple[Moments, ...]:
    """Return the same rows by each kind of clusters alone.

    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "x": [0.0, 1, 0, 2], "y": [0.0, 1, 0, 3]})
    >>> [m.cluster for m in by_kind(RowMoments.of(panel, "y", ["x"], other="year"))]
    ['place', 'year']
    """
    return moments.by_kind if isinstance(moments, RowMoments) else (moments,)


def sizes(moments: Moments) -> tuple[int, ...]:
    """Return the number of clusters of each kind.

    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabb"), "x": [0.0, 1, 0, 2], "y": [0.0, 1, 0, 3]})
    >>> sizes(Moments.from_frame(panel, "y", ["x"], time=None))
    (2,)
    """
    return moments.sizes if isinstance(moments, RowMoments) else (len(moments.n),)


def absorbs(moments: Moments) -> bool:
    """Return whether effects within the clusters are absorbed, so that nothing of what a cluster has in common is left.

    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabb"), "x": [0.0, 1, 0, 2], "y": [0.0, 1, 0, 3]})
    >>> absorbs(Moments.from_frame(panel, "y", ["x"], time=None))
    True
    """
    return moments.nested if isinstance(moments, RowMoments) else bool(moments.entity)


def further(moments: Moments) -> tuple[str, ...]:
    """Return the names of absorbed effects beside those of the entity and the time.

    >>> import pandas as pd
    >>> panel = pd.DataFrame({"place": list("aabb"), "year": [1, 2] * 2, "x": [0.0, 1, 0, 2], "y": [0.0, 1, 0, 3]})
    >>> further(RowMoments.of(panel.assign(sector=[1, 1, 1, 2]), "y", ["x"], time=None, effects=["sector"]))
    ('sector',)
    """
    effects = moments.effects if isinstance(moments, RowMoments) else ()
    return tuple(name for name in effects if name not in (moments.entity, moments.time))

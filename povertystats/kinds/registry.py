"""Every kind of target, by the name that targets.csv gives it."""

from povertystats.kinds.changes import Change, ChangeSince, PerYear, Relative
from povertystats.kinds.counts import AllOf, Count
from povertystats.kinds.kind import Kind
from povertystats.kinds.levels import Level
from povertystats.kinds.ranks import Rank

_ALL: tuple[Kind, ...] = (Level(), Change(), ChangeSince(), PerYear(), Relative(), Rank(), Count(), AllOf())

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}

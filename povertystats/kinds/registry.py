"""Every kind of target, by the name that targets.csv gives it."""

from povertystats.kinds.changes import Change
from povertystats.kinds.counts import AllOf, Count
from povertystats.kinds.kind import Kind
from povertystats.kinds.levels import Level

KINDS: dict[str, Kind] = {kind.name: kind for kind in (Level(), Change(), Count(), AllOf())}

"""What rests on facts is worked out once: facts are frozen, so that each result can be kept with those it rests on."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def remembered(work: Callable[P, R]) -> Callable[P, R]:
    """Let a function of Facts be worked out once for each Facts and other arguments.

    The result lives as long as the Facts. A dict is handed out as a copy; tables of a ``Result`` always are.

    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2009-01-01")
    >>> ps.scorecard(known) is ps.scorecard(known, place="bac kan")
    True
    """
    signature = inspect.signature(work)

    @wraps(work)
    def once(*arguments: P.args, **options: P.kwargs) -> R:
        bound = signature.bind(*arguments, **options)
        bound.apply_defaults()
        facts, *others = bound.arguments.values()
        # By kind as well: True is no 1 where a number of months is asked for.
        key = (work, *((type(other), other) for other in others))
        try:
            hash(key)
        except TypeError:
            return work(*arguments, **options)
        results = vars(facts).setdefault("_remembered", {})
        if key not in results:
            results[key] = work(*arguments, **options)
        kept: Any = results[key]
        own: Any = dict(kept) if isinstance(kept, dict) else kept
        return own

    return once

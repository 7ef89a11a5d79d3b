"""One object a data package and day for a whole process, where that is asked for: what rests on it is worked out once."""

from functools import wraps

_views = None


def share():
    """From now on hand out the same view to all who ask for it in this process: pages do, whose notebooks ask for the same.

    Whoever changes a table of it in place changes it for all, which is why this is not the rule.
    """
    global _views
    _views = _views or {}


def shared(key, make):
    """Return ``make()``, or while views are shared what it returned the first time for ``key``.

    >>> shared(("package", "2020-05-07"), lambda: "a view")
    'a view'
    """
    if _views is None:
        return make()
    if key not in _views:
        _views[key] = make()
    return _views[key]


def once_a_view(work):
    """Let a function of a view be worked out once for each view and arguments, while views are shared."""

    @wraps(work)
    def shared_work(*arguments, **options):
        key = (work, *arguments, *sorted(options.items()))
        return shared(key, lambda: work(*arguments, **options))

    return shared_work

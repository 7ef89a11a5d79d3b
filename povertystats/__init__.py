"""Will a province reach its poverty targets, and which drivers go with faster poverty reduction?

Public names are flat (``import povertystats as ps``), listed in ``__init__.pyi`` for editors and type checkers, and
load their module when first used, so that importing the package costs nothing: pandas, scipy and matplotlib come in
with the verb that needs them.
"""

from importlib import import_module

__version__ = "0.1.0"


def _homes(stub):
    """Return ``{public name: module}``, read from the lines ``from .module import name as name`` of the stub."""
    with open(stub, encoding="utf-8") as file:
        statements = [line.split() for line in file if line.startswith("from .")]
    return {name: module.removeprefix(".") for _, module, _, name, *_ in statements}


_HOMES = _homes(f"{__file__}i")
__all__ = sorted(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'povertystats' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__():
    return [*globals(), *__all__]

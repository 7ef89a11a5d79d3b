"""Will a province reach its poverty targets, and which drivers go with faster poverty reduction?

Public names are flat (``import povertystats as ps``), listed in ``__init__.pyi``, and load their module when first
used, so that importing the package costs nothing: pandas, scipy and matplotlib come in with the verb that needs them.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

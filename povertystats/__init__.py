"""Will a province reach its poverty targets, and which drivers go with faster poverty reduction?

Public names are flat (``import povertystats as ps``) and load their module when first used, so that
importing the package costs nothing: pandas, scipy and matplotlib come in with the verb that needs them.
"""

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

# public name -> the module that holds it
_HOME = {
    name: module
    for module, names in {
        "facts.facts": ["Facts", "AnnualSeries", "DataError", "load_facts"],
        "words.names": ["plain"],
        "facts.places": ["Places"],
        "forecasts.predictive": ["Predictive"],
        "targets.targets": ["Required", "Target", "load_targets", "required_change"],
        "regression.moments": ["Moments"],
        "forecasts.peers": ["Peers", "fit_peers"],
        "forecasts.forecast": ["Forecast", "ForecastError", "forecast"],
        "forecasts.reference_class": ["Reference", "comparable_changes"],
        "forecasts.yearly_totals": ["exit_rate", "needed_rate", "yearly_total"],
        "forecasts.joint": ["Event", "probability_of_all", "sample_jointly"],
        "forecasts.backtest_result": ["Backtest"],
        "forecasts.backtest": ["backtest"],
        "drivers.result": ["DriverFit"],
        "drivers.estimators": ["fit_drivers"],
        "regression.scan": ["scan"],
        "facts.standards": ["NationalStandard", "adjusted_headcount", "national_standard"],
        "register.reader": ["Register", "open_register"],
        "register.review": ["Review", "review"],
        "register.transitions": ["Transitions", "histories", "transitions"],
        "register.cell_logit": ["CellLogit", "cell_logit"],
        "register.disclosure": ["audit", "protect"],
        "register.illustrative": ["IllustrativeRegister", "illustrative_register"],
        "register.data_package": ["write_package"],
        "drivers.fractional": ["FractionalLogit", "fractional_logit"],
        "regression.bootstrap": ["WildBootstrap", "wild"],
        "drivers.sensitivity": ["Sensitivity", "sensitivity"],
        "drivers.placebo": ["Placebo", "placebo"],
        "drivers.specification_curve": ["SpecificationCurve", "control_sets", "specification_curve"],
        "drivers.null_curve": ["NullCurve", "null_curve"],
        "drivers.long_difference": [
            "Driver",
            "LongDifference",
            "known_driver",
            "long_difference",
            "programme_coverage",
        ],
        "drivers.credit": ["CreditStudy", "credit_near", "credit_study"],
        "targets.scorecard": ["Scorecard", "grades", "scorecard"],
        "targets.outcome": ["outcomes"],
        "targets.scenario": ["NoScenario", "Scenario", "scenario", "what_if"],
        "targets.what_if": ["WhatIf"],
        "targets.needed": ["BestFifth", "Needed"],
        "words.glossary": ["glossary"],
        "exhibits.workbook": ["write_workbook"],
    }.items()
    for name in names
}
__all__ = sorted(_HOME)


class _Package(ModuleType):
    """A verb may share its name with its module (``ps.forecast`` lives in ``forecast.py``): the verb wins."""

    def __setattr__(self, name, value):
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"module 'povertystats' has no attribute {name!r}; it has {', '.join(__all__)}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    return value


def __dir__():
    return [*globals(), *__all__]

"""The drivers that the data package declares, and the models that are fitted to them."""

from contextlib import suppress

from povertystats.drivers.associations import fit_drivers
from povertystats.drivers.long_difference import programme_coverage
from povertystats.drivers.placebo import placebo
from povertystats.drivers.sensitivity import sensitivity
from povertystats.drivers.specification_curve import specification_curve
from povertystats.facts.specifications import load_grid
from povertystats.facts.views import once_a_view
from povertystats.regression.estimators import ESTIMATORS
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES
from povertystats.words.errors import Refused
from povertystats.words.wording import say

OUTCOME = "poor_income_pct"
# Fit -> driver, its term, years, and whether provinces with the same initial rate are compared. "training": all
# years (2008 stands on the older poverty line; year effects take that change away); "training_before": on one
# line and before the share was re-based. "programmes": money per head, 2013-2016 (before, the programmes share a
# column; after, the income series ends), on its logarithm and so without zeros; "programmes_kept" on ln(1 + x).
_MODELS = {
    "training": ("trained_pct", "{}", None, False),
    "training_before": ("trained_pct", "{}", (2010, 2014), False),
    "training_start": ("trained_pct", "{}", None, True),
    "programmes": ("ntp_transfer_pc_vnd_k", "log({})", (2013, 2016), False),
    "programmes_kept": ("ntp_transfer_pc_vnd_k", "log1p({})", (2013, 2016), False),
    "programmes_start": ("ntp_transfer_pc_vnd_k", "log({})", (2013, 2016), True),
}
# A rate far from the others' comes back to them: programmes go where it is high, and high rates fall by more.
_INITIAL = "initial_rate_by_year"


def driver_panel(known, name):
    """Return the panel and the term of one of the fits of ``driver_fits``."""
    driver, term, years, _ = _MODELS[name]
    return known.panel([OUTCOME, driver], years=years, standard="any"), term.format(driver)


def with_initial(panel):
    """Return a panel with each place's first rate times the years since: what comes of where it started."""
    rated = panel.dropna(subset=[OUTCOME]).sort_values("year").drop_duplicates("place")
    first = panel["place"].map(rated.set_index("place")[OUTCOME]).astype(float)
    return panel.assign(**{_INITIAL: first * (panel["year"] - panel["year"].min())})


def driver_names(known, lang):
    """Return the names of the outcome, the drivers and the initial rate inside a sentence."""
    indicators = dict.fromkeys([OUTCOME, *(driver for driver, *_ in _MODELS.values())])
    names = {i: known.title(i, lang, short=True) for i in indicators}
    return names | {_INITIAL: say("brief.initial", lang)}


@once_a_view
def driver_fits(known):
    """Return a DriverFit by name, without those that the figures do not carry.

    Income poverty on the trained share and on programme money, within places: in points, in log-odds and,
    where the zeros allow, as the average partial effect of a fractional logit.
    """
    fits = {}
    for name, (*_, start) in _MODELS.items():
        within_alone = name == "programmes_kept" or start
        estimators = ["within"] if within_alone else ["within", "fractional_logit"]
        fits[name] = driver_fit(known, name, estimators=estimators)
    return {name: fit for name, fit in fits.items() if fit is not None}


def driver_fit(known, name, **options):
    """Return one of the fits of ``driver_fits`` by options of ``fit_drivers``, or None where there is none."""
    panel, term = driver_panel(known, name)
    if _MODELS[name][-1]:
        panel, options["controls"] = with_initial(panel), [_INITIAL]
    return fitted(panel, OUTCOME, [term], **options)


def fitted(panel, outcome, drivers, **options):
    """Return the DriverFit of a panel, or None when the figures do not carry one."""
    with suppress(Refused):
        return fit_drivers(panel, outcome, drivers, **options)
    return None


def every_way(known, name):
    """Return the DriverFit of one of ``driver_fits`` by every estimator that its years allow, or None.

    On one poverty line, from 2010 on: without year effects of their own, long differences and means of places
    must not join two.
    """
    panel, term = driver_panel(known, name)
    panel, scales = panel[panel["year"] >= 2010], tuple(SCALES)
    whole = fitted(panel, OUTCOME, [term], scales=scales, estimators=ESTIMATORS)
    if whole is not None:
        return whole
    usable = [e for e in ESTIMATORS if fitted(panel, OUTCOME, [term], scales=scales, estimators=[e], draws=0)]
    return fitted(panel, OUTCOME, [term], scales=scales, estimators=usable)


@once_a_view
def curves(known):
    """Return the SpecificationCurves by question, without those in which nothing can be fitted."""
    found = {}
    for question in load_grid():
        with suppress(Refused):
            curve = specification_curve(known, question)
            if len(curve.fitted):
                found[question] = curve
    return found


def timing(known, name):
    """Return the Placebo tests of one of the fits of ``driver_fits``, or None."""
    panel, term = driver_panel(known, name)
    with suppress(Refused):
        return placebo(panel, OUTCOME, [term])
    return None


def hidden(known, name, scale, *, benchmark="urban_pct"):
    """Return the Sensitivity of one fit on a scale, with ``benchmark`` held and compared with, or None."""
    driver, term, years, _ = _MODELS[name]
    panel = known.panel([OUTCOME, driver, benchmark], years=years, standard="any")
    with suppress(Refused):
        moments = Moments.from_frame(panel, SCALES[scale].format(OUTCOME), [term.format(driver), benchmark])
        return sensitivity(moments, term.format(driver), benchmarks=[benchmark])
    return None


def coverage(known):
    """Return the LongDifference of programme coverage, or None when the figures do not carry one."""
    with suppress(Refused):
        return programme_coverage(known)
    return None

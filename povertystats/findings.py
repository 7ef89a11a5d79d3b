"""What the provinces' figures say about the drivers, each piece ready to be shown by a notebook in either language."""

from contextlib import suppress

import numpy as np

from povertystats.drivers import fit_drivers
from povertystats.markdown import bullets
from povertystats.terms import parse
from povertystats.wording import say


def which_driver(fits, known, lang):
    """Return which drivers have an association that stands on every scale and in every treatment."""
    if not fits:
        return say("brief.no_drivers", lang)
    steady = {}
    for fit in fits.values():
        column = parse(fit.table["driver"].iloc[0])[1]
        clear = fit.clear.all() and not fit.flips
        steady[column] = steady.get(column, True) and clear
    names = [known.title(column, lang, short=True) for column, stands in steady.items() if stands]
    return say("brief.steady", lang, names=", ".join(names)) if names else say("brief.no_driver", lang)


def driver_names(known, lang):
    """Return the names of the outcome and drivers of ``driver_fits``."""
    indicators = ("poor_income_pct", "trained_pct", "ntp_transfer_pc_vnd_k")
    return {i: known.title(i, lang, short=True) for i in indicators}


def driver_fits(known):
    """Return a DriverFit by name, without those that the figures do not carry.

    Income poverty on the trained share: "training" in all years (2008 stands on the older poverty line; year
    effects take that change away), "training_before" on one line and before the share was re-based. On
    programme money per head, 2013-2016 (before, the programmes share a column; after, the income series
    ends): "programmes" on its logarithm, without the zeros, "programmes_kept" on ln(1 + x).
    """
    models = {
        "training": ("trained_pct", "{}", None),
        "training_before": ("trained_pct", "{}", (2010, 2014)),
        "programmes": ("ntp_transfer_pc_vnd_k", "log({})", (2013, 2016)),
        "programmes_kept": ("ntp_transfer_pc_vnd_k", "log1p({})", (2013, 2016)),
    }
    fits = {}
    for name, (driver, term, years) in models.items():
        with suppress(ValueError):
            panel = known.panel(["poor_income_pct", driver], years=years, standard="any")
            fits[name] = fit_drivers(panel, "poor_income_pct", [term.format(driver)])
    return fits


def drivers_text(fits, known, lang):
    """Return the headline of each fit and what may be concluded, as a Markdown list."""
    # Inside a sentence the step says what a logarithm means: "twice as high".
    names = driver_names(known, lang)
    labels = names | {f"log({column})": name for column, name in names.items()}
    main = [fits[name] for name in ("training", "programmes") if name in fits]
    lines = [line for fit in main for line in fit.headline(lang, labels=labels).splitlines()]
    lines += [say(f"brief.but.{name}", lang) for name in _overturned(fits)]
    return bullets("\n".join([*lines, say("drivers.association" if lines else "brief.no_drivers", lang)]))


def _overturned(fits):
    """Return which second looks change what the first said: other drivers flip, or a clear sign is lost."""
    pairs = (("training", "training_before"), ("programmes", "programmes_kept"))
    return [
        second
        for first, second in pairs
        if {first, second} <= set(fits) and _verdicts(fits[first]) != _verdicts(fits[second])
    ]


def _verdicts(fit):
    """Return by scale the sign of an association, 0 where its interval holds zero."""
    signs = np.sign(fit.table["estimate"]).where(fit.clear, 0)
    return dict(zip(fit.table["scale"], signs, strict=True))


def fit_text(fits, name, known, lang):
    """Return all that one fit of ``driver_fits`` says, as a Markdown list, or that there is none."""
    if name not in fits:
        return say("brief.no_drivers", lang)
    return bullets(fits[name].text(lang, labels=driver_names(known, lang)))


def credit_years(known, lang):
    """Return how many provinces have any figure of policy credit, and of how many years on average."""
    years = known.panel(["vbsp_outstanding_vnd_bn"]).groupby("place")["year"].nunique()
    return say("brief.credit", lang, n=len(years), mean=years.mean() if len(years) else 0)

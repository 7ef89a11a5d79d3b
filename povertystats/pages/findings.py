"""What results say, as Markdown ready to be shown by a notebook in either language, and the drivers of the brief."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from povertystats.drivers.declared import curves, driver_fits, driver_names
from povertystats.exhibits.driver_plots import coefficients
from povertystats.exhibits.figure import Picture
from povertystats.questions.declared_driver import declared, own_drivers
from povertystats.regression.terms import parse
from povertystats.words.markdown import bullets
from povertystats.words.wording import say

if TYPE_CHECKING:
    from povertystats.drivers.result import DriverFit
    from povertystats.facts.facts import Facts


def listed(result: Any, lang: str, **options: Any) -> str:
    """Return what a result says, as a Markdown list, or that there is none (None).

    ``options`` are those of the result's ``text``, such as ``labels={column: name}``.
    """
    return say("brief.no_drivers", lang) if result is None else bullets(result.text(lang, **options))


def illustrative(result: Any, lang: str, **options: Any) -> str:
    """Return what a result of generated data says, as a Markdown list that begins by saying so."""
    return bullets(f"{say('review.illustrative', lang)}\n{result.text(lang, **options)}")


def same(fit: DriverFit, lang: str) -> str:
    """Return that another package gives the first estimate of a fit."""
    return say("brief.same", lang, **fit.table.loc[0, ["estimate", "se", "n"]])


def which_driver(fits: dict[str, DriverFit], known: Facts, lang: str) -> str:
    """Return which drivers have an association that stands in every way and in every treatment."""
    if not fits:
        return say("brief.no_drivers", lang)
    steady: dict[str, bool] = {}
    for fit in fits.values():
        column = parse(fit.table["driver"].iloc[0])[1]
        clear = fit.clear.all() and not fit.flips
        steady[column] = steady.get(column, True) and clear
    names = [known.title(column, lang, short=True) for column, stands in steady.items() if stands]
    if names:
        return say("brief.steady", lang, names=", ".join(names))
    every = declared(known).values()
    looked = [one.titles[lang] for one in every if one.name in fits and not one.look_of]
    few = [one.titles[lang] for one in every if one.evidence == "cross_section"]
    thin = say("brief.thin", lang, names=", ".join(few)) if few else ""
    return say("brief.no_driver", lang, names=", ".join(looked), thin=thin)


def drivers_plot(known: Facts, lang: str) -> list[Picture]:
    """Return the picture of the drivers by the main ways of computing; none without figures."""
    fits = driver_fits(known)
    main = [fits[name] for name in own_drivers(known) if name in fits]
    return [coefficients(main, lang, labels=driver_names(known, lang), plain=True)] if main else []


def drivers_text(known: Facts, lang: str) -> str:
    """Return how many specifications say what, a driver a line, as a Markdown list."""
    lines = [" ".join(curve.text(lang).splitlines()[:2]) for curve in curves(known).values()]
    return bullets("\n".join([*lines, say("drivers.association" if lines else "brief.no_drivers", lang)]))

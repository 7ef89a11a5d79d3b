"""What the provinces' figures say about the drivers, each piece ready to be shown by a notebook in either language."""

from povertystats.drivers.declared import declared
from povertystats.regression.terms import parse
from povertystats.words.markdown import bullets
from povertystats.words.wording import say


def which_driver(fits, known, lang):
    """Return which drivers have an association that stands in every way and in every treatment."""
    if not fits:
        return say("brief.no_drivers", lang)
    steady = {}
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


def counted(found, lang):
    """Return of ``curves`` how many specifications say what, a driver a line, as a Markdown list."""
    lines = [" ".join(curve.text(lang).splitlines()[:2]) for curve in found.values()]
    return bullets("\n".join([*lines, say("drivers.association" if lines else "brief.no_drivers", lang)]))


def told(finding, lang, **options):
    """Return what a finding says, as a Markdown list, or that there is none (``finding`` None)."""
    return say("brief.no_drivers", lang) if finding is None else bullets(finding.text(lang, **options))

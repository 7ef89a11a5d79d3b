"""The levels of a rate that its targets require in the year of a forecast, and their labels."""

from povertystats.words.wording import quantity, say


def required(targets, ahead):
    """Return ``[(Target, level)]``: the level in per cent that each of the targets requires of the rate that is forecast.

    Those of another place, indicator or year are none of it; nor is a change on the year before when the last
    figure is older.
    """
    found = []
    for target in targets:
        if (target.indicator, target.year, target.places) != (
            ahead.series.indicator,
            ahead.year,
            (ahead.series.place,),
        ):
            continue
        if target.kind == "level":
            found.append((target, target.bound))
        elif target.kind == "change" and ahead.horizon == 1:
            found.append((target, float(ahead.series.values[-1] + target.bound)))
    return found


def goal(target, level, lang):
    """Return the label of a level that a target requires: with its change, or that it is the printed one."""
    change = quantity(target.bound, target.unit, lang, signed=True) if target.kind == "change" else ""
    return say(f"brief.goal.{target.kind}", lang, level=level, change=change)


def goals(card, ahead, lang):
    """Return ``[(label, level)]``: the levels that the targets of a Scorecard require of the rate that is forecast."""
    if ahead is None:
        return []
    return [(goal(target, level, lang), level) for target, level in required(card.targets, ahead)]

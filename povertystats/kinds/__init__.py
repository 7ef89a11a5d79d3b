"""What may be asked of a place: targets and their kinds, each one object that knows when it is met and what it requires,
and the evidence on which the chance of each rests, or the reason why there is none.

Never here: the reading of files, a card of all targets, a plot, a page.
"""

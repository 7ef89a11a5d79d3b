"""The figures and what may be said of them: a data package read and checked, places, poverty standards, what was
known on a day, and the panels, series and peers that are taken from it.

Never here: a model, a probability, a plot.
"""

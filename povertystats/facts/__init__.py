"""The data package, read and checked; places and poverty standards; what was known on a day; panels, series
and peers.

Never here: no model, no plot.
"""

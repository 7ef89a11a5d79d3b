"""Checks of an association: its timing, variables left out, every specification, chance alone, regions in place of places,
each as one table with its sentences.

Never here: what a data package declares, a plot, a claim of cause and effect.
"""

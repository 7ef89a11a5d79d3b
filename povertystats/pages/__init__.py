"""Notebooks run and turned into the pages and prints that an advisor reads; the pieces of the brief; sliders.

Never here: no model.
"""

"""Surveys of households: rates, totals, means, ratios and transitions with weights, and errors by how the sample was drawn.

Never here: a census counted (``register``), a model of households (``regression`` takes weights itself).
"""

"""Predictive distributions, what peers teach, forecasts, their record, and several events at once.

Never here: no regression, no target.
"""

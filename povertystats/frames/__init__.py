"""The frames and series that a user hands over: their places, years and numbers read in one way, whatever they are
written in, and what is wrong or doubtful in them named.

Never here: a file, a fit, a forecast.
"""

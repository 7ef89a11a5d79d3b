"""Rows of a model that stay in memory: any number of effects taken out exactly, clusters of two kinds at once, errors of
rows that are independent.

Never here: files and engines, which are read as sums, what a test is worth, what a driver is, a sentence for readers.
"""

"""Registers of households: records and their problems, review, transitions, disclosure, illustrative
registers.

Never here: nothing that must fit in memory; no record leaves it, counts do.
"""

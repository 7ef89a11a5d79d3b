"""Registers of households of any size, in DuckDB or Spark: records and their problems, questions where they may
mean two things, reviews and transitions.

Never here: what must fit in memory, a record that leaves the engine, a plot.
"""

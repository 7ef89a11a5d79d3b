"""Registers of households of any size, in DuckDB or Spark: records and their problems, questions where they may
mean two things, reviews, transitions, exact logits of counted cells, and illustrative registers to try it all on.

Never here: what must fit in memory, a record that leaves the engine, a plot.
"""

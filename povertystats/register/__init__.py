"""Registers of households of any size, in DuckDB or Spark: records and their problems, reviews, transitions, exact
logits of counted cells, small counts hidden, and illustrative registers to try it all on.

Never here: what must fit in memory, a record that leaves the engine, a plot.
"""

"""Where pyspark is not installed, the examples in the docstrings of what needs it are passed over."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("pyspark") else ["recsys_core/spark"]

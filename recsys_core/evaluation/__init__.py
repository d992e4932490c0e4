"""Offline evaluation: splits, protocols, confidence intervals, and results on disk."""

from recsys_core.evaluation.bootstrap import Interval
from recsys_core.evaluation.calibration import calibration_table, interval_coverage
from recsys_core.evaluation.protocols import ListResults, evaluate_lists, evaluate_stars
from recsys_core.evaluation.results import Results, read_results, write_results
from recsys_core.evaluation.splits import Split
from recsys_core.evaluation.summary import summarise_lists, summarise_stars

__all__ = [
    "Interval",
    "ListResults",
    "Results",
    "Split",
    "calibration_table",
    "evaluate_lists",
    "evaluate_stars",
    "interval_coverage",
    "read_results",
    "summarise_lists",
    "summarise_stars",
    "write_results",
]

"""The commands of ``python -m recsys_core``, one module each."""

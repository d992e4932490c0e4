"""Train on Apache Spark. Nothing imports this package unless ``--spark`` is given: see :mod:`recsys_core.cli.train`."""

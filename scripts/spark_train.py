"""What spark-submit runs, which knows no ``-m``: ``spark-submit scripts/spark_train.py train SOURCE --spark``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from recsys_core.__main__ import main

sys.exit(main())

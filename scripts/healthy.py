"""Whether the app answers: ``python scripts/healthy.py`` ends with 0 or 1, for a container's health check; it reads ``PORT``."""

from __future__ import annotations

import os
import sys
import urllib.request
from urllib.error import HTTPError

SECONDS = 4.0


def healthy(port: int) -> bool:
    """Whether the app at this port of this machine is up. A refusal of the name "localhost" (``RECSYS_HOSTS``) is an answer, too."""
    base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    address = f"http://localhost:{port}/{f'{base}/' if base else ''}_stcore/health"
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            return bool(answer.status == 200)
    except HTTPError as error:
        return error.code == 400
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not healthy(int(os.environ.get("PORT", "8501"))))

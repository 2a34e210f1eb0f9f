"""The peak memory of a process."""

from __future__ import annotations

import resource
import sys


def peak_mb() -> float:
    """Return the peak memory of this process so far, in MB (2**20 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10

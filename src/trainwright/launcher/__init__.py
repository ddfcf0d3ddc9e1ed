"""One run of an executor: recorded from its beginning, published whole, tidied up after.

:func:`launch` opens the lineage database, records the run as RUNNING with its inputs, lets the
executor write into a working directory, and then either makes its outputs appear and records
COMPLETE, or removes them and records FAILED or CANCELED with the reason; then only checkpoints
stay, which :func:`resumable` finds. A run that has been done already is CACHED.
"""

from trainwright.launcher.request import LaunchRequest, LaunchResult
from trainwright.launcher.resuming import Resumable, resumable
from trainwright.launcher.run import launch

__all__ = ["LaunchRequest", "LaunchResult", "Resumable", "launch", "resumable"]

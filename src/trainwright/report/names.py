"""Names of the files that runs leave for people to look at, in ``model_run``."""

__all__ = ["PROGRESS_FILE", "REPORT_FILE"]

PROGRESS_FILE = "progress.jsonl"
REPORT_FILE = "report.html"

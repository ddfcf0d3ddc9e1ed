"""Everything trainwright raises on purpose, in one tree.

```
TrainwrightError                 1  anything below
├── InvalidArgumentError         2  a wrong argument, property or option (also a ValueError)
├── ArtifactError                3  an input artifact is absent or malformed
│   ├── SplitError               3  a split that is not there, or is empty
│   └── SchemaError              3  no schema.pbtxt, more than one, or one that does not parse
├── DataError                    4  records that cannot be read
│   └── CorruptRecordError       4  names the file, the record and the byte offset
├── UserModuleError              5  the module file or its function cannot be loaded
├── UserCodeError                6  the user's own function raised, or returned the wrong thing
├── TrainingError                7  training or evaluation could not go on
│   ├── CheckpointError          7  a checkpoint is corrupt or does not fit the model
│   └── NonFiniteLossError       7  the loss became NaN or infinite
├── ExportError                  8  no model could be exported or published
├── LineageError                 9  the lineage database cannot be used
│   └── RunNotFoundError         9  no run of that id or name
└── IncompleteError             10  the input ended before what was asked for was done

TrainwrightWarning                  something works, but not as its user may believe
```

The number is the exit code of the command line. 130 and 143 are a run stopped by SIGINT and
SIGTERM. Each error owns its exit code and how it is shown: `message` says what was received and
what is accepted, `hint` says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "ArtifactError",
    "CheckpointError",
    "CorruptRecordError",
    "DataError",
    "ExportError",
    "IncompleteError",
    "InvalidArgumentError",
    "LineageError",
    "NonFiniteLossError",
    "RunNotFoundError",
    "SchemaError",
    "SplitError",
    "TrainingError",
    "TrainwrightError",
    "TrainwrightWarning",
    "UserCodeError",
    "UserModuleError",
    "did_you_mean",
]


class TrainwrightError(Exception):
    """The root of the tree.

    Args:
        message: what was received, what is accepted, and where.
        hint: what to do about it, as one sentence; shown on a line of its own.

    Example:
        >>> str(TrainwrightError("No module file.", hint="Name one with --module-file."))
        'No module file. Name one with --module-file.'
    """

    exit_code = 1
    title = "Error"

    def __init__(self, message: str, *, hint: str | None = None):
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class InvalidArgumentError(TrainwrightError, ValueError):
    """A wrong argument, property or option."""

    exit_code = 2
    title = "Invalid argument"


class ArtifactError(TrainwrightError, ValueError):
    """An input artifact is absent or malformed; the message names its URI."""

    exit_code = 3
    title = "Bad input artifact"


class SplitError(ArtifactError):
    """A split that an Examples artifact does not have, or that holds no files."""


class SchemaError(ArtifactError):
    """A Schema artifact without exactly one readable ``schema.pbtxt``."""


class DataError(TrainwrightError):
    """Records that cannot be read."""

    exit_code = 4
    title = "Unreadable data"


class CorruptRecordError(DataError):
    """One damaged record file.

    Args:
        path: the file.
        record: index of the first unreadable record, from 0.
        offset: where it begins, in bytes of the uncompressed stream.
        problem: what is wrong with it.
    """

    def __init__(self, path: str, record: int, offset: int, problem: str):
        super().__init__(
            f"{path} is damaged: {problem}, at record {record} (byte {offset} of its "
            "uncompressed contents).",
            hint="Write the file again, or remove it from the split.",
        )
        self.path = path
        self.record = record
        self.offset = offset
        self.problem = problem


class UserModuleError(TrainwrightError):
    """The module file, or the function wanted from it, cannot be loaded."""

    exit_code = 5
    title = "Cannot load the module"


class UserCodeError(TrainwrightError):
    """The user's own function raised, or returned something else than it must."""

    exit_code = 6
    title = "The module failed"


class TrainingError(TrainwrightError):
    """Training or evaluation could not go on."""

    exit_code = 7
    title = "Training failed"


class CheckpointError(TrainingError, ValueError):
    """A checkpoint that is corrupt, or that does not fit the model; the message names it."""


class NonFiniteLossError(TrainingError):
    """The loss became NaN or infinite; the last checkpoint before it is untouched."""


class ExportError(TrainwrightError):
    """No model could be exported or published."""

    exit_code = 8
    title = "Export failed"


class LineageError(TrainwrightError):
    """The lineage database cannot be opened, read or written."""

    exit_code = 9
    title = "Lineage database"


class RunNotFoundError(LineageError):
    """No run of that id or name in the database."""


class IncompleteError(TrainwrightError):
    """The input ended before what was asked for was done."""

    exit_code = 10
    title = "Not completed"


class TrainwrightWarning(UserWarning):
    """Something works, but not as its user may believe; the text names the cure."""


def did_you_mean(received: str, accepted: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known one, or all of them.

    Example:
        >>> did_you_mean("exmaples", ["examples", "schema"])
        'Did you mean "examples"?'
        >>> did_you_mean("x", ["schema", "examples"])
        'Known: examples, schema.'
    """
    names = sorted(accepted)
    near = get_close_matches(received, names, n=1)
    if near:
        return f'Did you mean "{near[0]}"?'
    return f"Known: {', '.join(names)}." if names else "There are none."

"""How a finished model gets into the model artifact: complete, or not at all.

This module does not import TensorFlow.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from trainwright.contract.base_model import newest_export
from trainwright.data.atomic import atomic_directory
from trainwright.errors import ExportError
from trainwright.events import announce

__all__ = ["find_serving_export", "publish_copies", "publish_staged", "staged_model"]


def find_serving_export(model_dir: str, exporters: Sequence[Any] | None) -> Path:
    """The SavedModel to publish, of all that train_and_evaluate exported.

    It is the newest of the FinalExporter, or without one, of the exporter listed last.

    Args:
        model_dir: the Estimator's directory; exports lie in ``export/{exporter}/{timestamp}/``.
        exporters: those of the EvalSpec.

    Raises:
        ExportError: there is none.
    """
    if not exporters:
        raise ExportError(
            "There is no model to publish: the EvalSpec that trainer_fn returned has no exporters.",
            hint='Give it one, such as exporters=[FinalExporter("final", serving_fn)].',
        )
    idle = [e.name for e in exporters if not _wrote(Path(model_dir) / "export" / e.name)]
    if idle:
        raise ExportError(
            f"Exporter{'s' * (len(idle) > 1)} {', '.join(map(repr, idle))} wrote nothing into "
            f"{Path(model_dir) / 'export'}.",
            hint="Take exporters that never export out of the EvalSpec, or see why they do not.",
        )
    ranked = sorted(exporters, key=_is_final)[::-1]  # stable: the last listed of its kind first
    folders = [Path(model_dir) / "export" / exporter.name for exporter in ranked]
    for exporter, folder in zip(ranked, folders, strict=True):
        export = newest_export(folder)
        if export:
            if len(ranked) > 1:
                names = ", ".join(exporter.name for exporter in exporters)
                announce.on_stage(f"publishing the export of {exporter.name!r}, out of {names}")
            return export
    raise ExportError(
        "There is no model to publish: the exporters of the EvalSpec left no SavedModel in "
        f"{', '.join(str(folder) for folder in folders)}.",
        hint="An exporter that only exports sometimes needs a FinalExporter beside it.",
    )


def _wrote(folder: Path) -> bool:
    return folder.is_dir() and any(not entry.name.startswith("temp-") for entry in folder.iterdir())


def _is_final(exporter: Any) -> bool:
    return any(cls.__name__ == "FinalExporter" for cls in type(exporter).__mro__)


def publish_copies(sources: Mapping[str, str]) -> None:
    """Copies directories to their final places; each appears by one rename, after all are copied.

    Args:
        sources: final place -> directory to copy.
    """
    with contextlib.ExitStack() as stack:
        for destination, source in sources.items():
            temporary = stack.enter_context(atomic_directory(destination))
            shutil.copytree(source, temporary, dirs_exist_ok=True)


@contextlib.contextmanager
def staged_model(model_uri: Path) -> Iterator[Path]:
    """A directory beside the final ones for a model to be written to, removed afterwards."""
    existed = model_uri.exists()
    model_uri.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=model_uri))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if not existed:
            with contextlib.suppress(OSError):  # not empty: the model was published
                model_uri.rmdir()


def publish_staged(staging: Path, serving: str, evaluation: str, function: str) -> None:
    """Moves what a run_fn wrote from the staging directory to the final places.

    Args:
        staging: holds directories named as the final ones.
        serving: where the model to serve goes; it must have been written.
        evaluation: where the eval model goes; it may have been.
        function: the function that was to write it, for the message.

    Raises:
        ExportError: there is no model to serve.
    """
    written = staging / Path(serving).name
    if not written.is_dir() or not any(written.iterdir()):
        raise ExportError(
            f"{function} wrote no model: fn_args.serving_model_dir is empty, to be {serving}.",
            hint="Save the model there before returning.",
        )
    for final in (evaluation, serving):
        if (staging / Path(final).name).is_dir():
            with atomic_directory(final) as temporary:
                # Renaming a directory onto an empty one is allowed: nothing is copied.
                (staging / Path(final).name).replace(temporary)

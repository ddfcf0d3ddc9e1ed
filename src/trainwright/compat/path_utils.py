"""What module files use of ``tfx.utils.path_utils``: where models lie.

This module does not import TensorFlow.
"""

from __future__ import annotations

from pathlib import Path

from trainwright.contract.base_model import newest_export

__all__ = ["eval_model_dir", "eval_model_path", "serving_model_dir", "serving_model_path"]


def serving_model_dir(output_uri: str, is_old_artifact: bool = False) -> str:
    """Where the model to serve lies in an artifact.

    Args:
        output_uri: the artifact's directory.
        is_old_artifact: it has the layout of TFX before 0.29.

    Example:
        >>> serving_model_dir("out/model"), serving_model_dir("out/model", True)
        ('out/model/Format-Serving', 'out/model/serving_model_dir')
    """
    return str(Path(output_uri) / ("serving_model_dir" if is_old_artifact else "Format-Serving"))


def eval_model_dir(output_uri: str, is_old_artifact: bool = False) -> str:
    """Where the eval model lies in an artifact; the same arguments as the serving model's."""
    return str(Path(output_uri) / ("eval_model_dir" if is_old_artifact else "Format-TFMA"))


def serving_model_path(output_uri: str, is_old_artifact: bool = False) -> str:
    """The SavedModel to serve in an artifact: an Estimator's newest export, or the directory."""
    folder = Path(serving_model_dir(output_uri, is_old_artifact))
    exports = folder / "export"
    names = (
        sorted(entry for entry in exports.iterdir() if entry.is_dir()) if exports.is_dir() else []
    )
    found = [path for path in map(newest_export, names) if path]
    return str(max(found, key=lambda path: int(path.name)) if found else folder)


def eval_model_path(output_uri: str, is_old_artifact: bool = False) -> str:
    """The eval SavedModel in an artifact: the newest in its directory, or the directory."""
    folder = Path(eval_model_dir(output_uri, is_old_artifact))
    newest = None if (folder / "saved_model.pb").is_file() else newest_export(folder)
    return str(newest or folder)

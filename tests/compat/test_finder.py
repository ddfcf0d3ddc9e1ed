from __future__ import annotations

import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_tensorflow_is_patched_and_its_noise_hidden_whoever_watched_first() -> None:
    quiet = "from trainwright.quiet import quiet_tensorflow; quiet_tensorflow(); "
    shims = "from trainwright.compat import install; install(); "
    use = "import tensorflow as tf; print(tf.estimator.ModeKeys.TRAIN)"
    for first, second in ((quiet, shims), (shims, quiet)):
        done = run(first + second + use)
        assert done.stdout.strip() == "train"
        assert "oneDNN" not in done.stderr
        assert "absl::InitializeLog" not in done.stderr


def test_a_module_may_import_keras_before_tensorflow() -> None:
    shims = "from trainwright.compat import install; install(); "
    use = (
        "import tensorflow as tf; from tensorflow.keras.estimator import model_to_estimator as one;"
        "assert one is tf.keras.estimator.model_to_estimator; print(one.__module__)"
    )
    for keras in ("from keras.callbacks import LambdaCallback; ", "import tf_keras; "):
        legacy = "import os; os.environ['TF_USE_LEGACY_KERAS'] = '1'; " if "tf_" in keras else ""
        assert run(legacy + shims + keras + use).stdout.startswith("trainwright.estimator.keras")


def test_keras_is_not_imported_because_it_is_watched() -> None:
    code = """
import sys, tensorflow as tf
before = "keras._tf_keras.keras" in sys.modules
from trainwright import compat
with compat.shims():
    print(before == ("keras._tf_keras.keras" in sys.modules))
    tf.keras.estimator
assert "estimator" not in vars(sys.modules["keras._tf_keras.keras"])
"""
    assert run(code).stdout.strip() == "True"

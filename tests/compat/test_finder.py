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

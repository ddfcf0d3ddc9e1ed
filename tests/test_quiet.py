from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from trainwright.quiet import is_harmless

NOISE = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795341539.838971    4914 port.cc:153] oneDNN custom operations are on.
I0000 00:00:1795341539.839453    4914 cudart_stub.cc:31] Could not find cuda drivers on your machine
I0000 00:00:1795341540.377149    4914 cpu_feature_guard.cc:227] This TensorFlow binary is optimized
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow
E0000 00:00:1795342928.471203   20490 cuda_platform.cc:52] failed call to cuInit: INTERNAL
2024-01-01 10:00:00.000000: I tensorflow/core/platform/cpu_feature_guard.cc:182] This binary
2024-01-01 10:00:00.000000: W tensorflow/compiler/tf2tensorrt/utils/py_utils.cc:38] TF-TRT \
Warning: Could not find TensorRT
E0000 00:00:1.1 1 cuda_fft.cc:477] Unable to register cuFFT factory: already registered
"""

SIGNAL = """\
Traceback (most recent call last):
ImportError: libstdc++.so.6: cannot open shared object file
F0000 00:00:1795342928.471203   20490 env.cc:40] no AVX
2024-01-01 10:00:00.000000: E tensorflow/core/framework/op_kernel.cc:1] real trouble
W0000 00:00:1.1 1 allocator.cc:1] allocation exceeds 10% of memory
"""


def run_python(source: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(source)]
    return subprocess.run(command, text=True, timeout=120, check=False, **kwargs)


@pytest.mark.parametrize("line", NOISE.splitlines())
def test_known_noise_is_harmless(line: str) -> None:
    assert is_harmless(line)


@pytest.mark.parametrize("line", SIGNAL.splitlines())
def test_everything_else_is_not(line: str) -> None:
    assert not is_harmless(line)


def test_noise_is_dropped_and_the_rest_written_through() -> None:
    done = run_python(
        f"""
        import os, sys
        from trainwright.quiet import filtered_stderr
        print("before", file=sys.stderr)
        with filtered_stderr():
            os.write(2, {(NOISE + SIGNAL).encode()!r})
            print("from Python", file=sys.stderr)
        print("after", file=sys.stderr)
        """,
        capture_output=True,
    )
    assert done.stderr == "before\n" + SIGNAL + "from Python\nafter\n"


def test_all_is_restored_and_written_on_failure() -> None:
    done = run_python(
        """
        import os
        from trainwright.quiet import filtered_stderr
        with filtered_stderr():
            os.write(2, b"I0000 noise\\nsignal\\n")
            raise ImportError("no TensorFlow")
        """,
        capture_output=True,
    )
    assert done.stderr.startswith("signal\nTraceback")
    assert "ImportError: no TensorFlow" in done.stderr
    assert "noise" not in done.stderr


def test_no_file_descriptor_is_left_open() -> None:
    done = run_python(
        """
        import os
        from trainwright.quiet import filtered_stderr
        before = os.listdir("/proc/self/fd")
        with filtered_stderr():
            pass
        print(os.listdir("/proc/self/fd") == before)
        """,
        capture_output=True,
    )
    assert done.stdout == "True\n"


def test_a_closed_standard_error() -> None:
    done = run_python(
        """
        import os
        os.close(2)
        from trainwright.quiet import filtered_stderr
        with filtered_stderr():
            print("works")
        """,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert (done.returncode, done.stdout) == (0, "works\n")


def test_a_pipe_that_nobody_reads() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = run_python(
        """
        import os
        from trainwright.quiet import filtered_stderr
        with filtered_stderr():
            os.write(2, b"signal\\n")
        print("works")
        """,
        stdout=subprocess.PIPE,
        stderr=writer,
    )
    os.close(writer)
    assert (done.returncode, done.stdout) == (0, "works\n")


def test_no_temporary_directory_means_no_filter(tmp_path: Path) -> None:
    done = run_python(
        """
        import os, tempfile
        def no_file(): raise OSError(28, "No space left on device")
        tempfile.TemporaryFile = no_file
        from trainwright.quiet import filtered_stderr
        with filtered_stderr():
            os.write(2, b"I0000 noise\\n")
        """,
        capture_output=True,
    )
    assert done.stderr == "I0000 noise\n"


@pytest.mark.parametrize(
    "how",
    [
        "from trainwright.quiet import import_tensorflow; tf = import_tensorflow()",
        "from trainwright.quiet import quiet_tensorflow; quiet_tensorflow(); quiet_tensorflow()\n"
        "from tensorflow import keras\nimport tensorflow as tf",
    ],
)
def test_importing_tensorflow_is_quiet(how: str) -> None:
    environ = {key: value for key, value in os.environ.items() if key != "TF_CPP_MIN_LOG_LEVEL"}
    done = run_python(
        f"{how}\n"
        "tf.get_logger().warning('an old name')\n"
        "with tf.Graph().as_default(), tf.compat.v1.Session() as session:\n"
        "    print(session.run(tf.constant(1) + 2))\n"
        "import importlib.util, sys\n"
        "assert type(tf.__spec__.loader).__name__ == 'SourceFileLoader'\n"
        "assert not [f for f in sys.meta_path if 'trainwright' in type(f).__module__]\n",
        capture_output=True,
        env=environ,
    )
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_tensorflow_that_is_not_installed() -> None:
    done = run_python(
        """
        import sys
        from trainwright.quiet import quiet_tensorflow
        quiet_tensorflow()
        sys.path.clear()
        try:
            import tensorflow
        except ModuleNotFoundError as error:
            print(error.name)
        """,
        capture_output=True,
    )
    assert (done.stdout, done.stderr) == ("tensorflow\n", "")

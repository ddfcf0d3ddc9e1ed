"""A stand-in of what the adapter touches of TFX: BaseExecutor, its Context, an artifact."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest


class Context:
    def __init__(self, tmp_dir: str | None = None, unique_id: str | None = None):
        self._tmp_dir = tmp_dir
        self._unique_id = unique_id


class BaseExecutor:
    def __init__(self, context: Context | None = None):
        self._context = context


class TfxArtifact:
    def __init__(self, type_name: str, uri: Any, **properties: str):
        self.type_name = type_name
        self.uri = str(uri)
        self.split_names = properties.pop("split_names", "")
        self._custom = properties

    def get_string_custom_property(self, name: str) -> str:
        return self._custom.get(name, "")


@pytest.fixture
def make_artifact() -> type[TfxArtifact]:
    return TfxArtifact


@pytest.fixture
def tfx_home() -> str:
    return "tfx.dsl.components.base.base_executor"


@pytest.fixture
def adapter(tfx_home: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """trainwright.tfx where a package `tfx` has just that one module."""
    parts = tfx_home.split(".")
    for end in range(1, len(parts) + 1):
        module = ModuleType(".".join(parts[:end]))
        module.__path__ = []
        monkeypatch.setitem(sys.modules, module.__name__, module)
    module.BaseExecutor = BaseExecutor  # type: ignore[attr-defined]
    monkeypatch.delenv("TRAINWRIGHT_PYTHON", raising=False)
    sys.modules.pop("trainwright.tfx.executor", None)
    import trainwright.tfx

    yield trainwright.tfx
    sys.modules.pop("trainwright.tfx.executor", None)

"""From a request to the identity of its run, without importing TensorFlow."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from trainwright.artifacts import Artifact
from trainwright.errors import InvalidArgumentError
from trainwright.launcher.digests import DigestMemo, open_memo
from trainwright.launcher.fingerprints import Fingerprint, NoFingerprintError, fingerprint
from trainwright.launcher.identity import Identity, flat_properties
from trainwright.launcher.request import LaunchRequest
from trainwright.launcher.values import absolute, artifact_record, property_values
from trainwright.user_module.code_files import code_files, user_path
from trainwright.user_module.function_kind import FUNCTIONS
from trainwright.user_module.loading import FunctionSource, find_function
from trainwright.version import __version__

__all__ = ["Identified", "identify", "module_source"]

_PACKAGES = ("tensorflow", "keras", "tf_keras")
_ENVIRONMENT = ("TF_CONFIG", "TF_USE_LEGACY_KERAS", "KERAS_BACKEND")
_SOURCES = ("module_file", "module_path", *FUNCTIONS)
_NOT_CONTENT = ("is_external", "tfx_version")
"""Custom properties of artifacts that say nothing of what is in them."""


@dataclass(frozen=True)
class Identified:
    """A run's identity, or why it has none.

    Attributes:
        identity: what the run is the result of; None: it cannot be told.
        problem: why it cannot be told.
        read: the fingerprints that the identity was made from.
    """

    identity: Identity | None
    problem: str = ""
    read: list[Fingerprint] = field(default_factory=list)

    def changed(self) -> list[str]:
        """What no longer is what it was when the identity was told: paths."""
        return [str(one.root) for one in self.read if not one.holds()]


def identify(request: LaunchRequest, root: Path) -> Identified:
    """Tells a run's identity.

    Args:
        request: the run.
        root: where it writes; what is in there is no part of its inputs.
    """
    read: list[Fingerprint] = []
    properties = property_values(request.exec_properties)
    try:
        with open_memo() as memo:
            identifier = _Identifier(memo, (root,), read)
            parts = {
                "input": identifier.inputs(request, properties),
                "property": _properties(request, properties),
                "code": identifier.code(request, properties),
                "version": _versions(),
                "environment": {k: os.environ[k] for k in _ENVIRONMENT if os.environ.get(k)},
            }
    except NoFingerprintError as error:
        return Identified(None, str(error))
    return Identified(Identity((request.pipeline, request.node), parts), read=read)


def module_source(properties: Mapping[str, Any]) -> tuple[Path, str] | None:
    """The file with the user's function, and what it is: ``file``, ``module`` or ``wheel``.

    None where there is none, or it cannot be found without running code or downloading.
    """
    source = _function_source(properties)
    if source is None:
        return None
    if source.kind == "module":
        found = _importable(source.location)
        return None if found is None else (found, source.kind)
    place = source.wheel or source.location
    return None if "://" in place else (Path(absolute(_home(place))), source.kind)


def _function_source(properties: Mapping[str, Any]) -> FunctionSource | None:
    name = next((key for key in FUNCTIONS if properties.get(key)), FUNCTIONS[0])
    try:
        return find_function(properties, name)
    except InvalidArgumentError:
        return None  # the run will fail of it, and be recorded


def _home(path: str) -> str:
    return str(Path(path).expanduser())


def _importable(module: str) -> Path | None:
    """The source file of an importable module; nothing is imported to find it."""
    top, *rest = module.split(".")
    known = sys.modules.get(top)
    spec = getattr(known, "__spec__", None) or (PathFinder.find_spec(top) if top else None)
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin and spec.has_location else None
    for folder in spec.submodule_search_locations or ():
        base = Path(folder).joinpath(*rest)
        for candidate in (base / "__init__.py", base.with_name(f"{base.name}.py")):
            if candidate.is_file():
                return candidate.absolute()
    return None


def _properties(request: LaunchRequest, properties: Mapping[str, Any]) -> dict[str, str]:
    """The properties that count; a module file counts by its contents, not by where it lies."""
    counting = dict(properties)
    source = _function_source(properties)
    if source is not None and source.kind in ("file", "wheel"):
        given = counting.pop("module_file", None) or counting.pop("module_path", None)
        if str(given) != source.where:
            counting["function"] = source.function
        if source.kind == "wheel":
            counting["module"] = source.location
    kind = request.executor_class
    return {
        "executor": f"{kind.__module__}.{kind.__qualname__}",
        **dict(sorted(flat_properties(counting).items())),
    }


def _versions() -> dict[str, str]:
    found = {"trainwright": __version__}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


class _Identifier:
    """Reads what a run depends on, and keeps the fingerprints."""

    def __init__(self, memo: DigestMemo, exclude: tuple[Path, ...], read: list[Fingerprint]):
        self._memo = memo
        self._exclude = exclude
        self._read = read

    def inputs(self, request: LaunchRequest, properties: Mapping[str, Any]) -> dict[str, str]:
        """What each input artifact holds, and its type and properties."""
        found: dict[str, str] = {}
        for key, artifacts in sorted(request.inputs.items()):
            for index, artifact in enumerate(artifacts):
                name = f"{key}[{index}]" if len(artifacts) > 1 else key
                found.update(self._artifact(name, artifact))
        origin = properties.get("warm_start_from")
        if isinstance(origin, str) and origin:
            found["warm_start_from"] = self._warm_start(origin)
        return found

    def _artifact(self, name: str, artifact: Artifact) -> dict[str, str]:
        record = artifact_record(artifact)
        custom = {k: v for k, v in record.custom_properties.items() if k not in _NOT_CONTENT}
        described = {"type": record.type.name, **flat_properties({**record.properties, **custom})}
        return {
            name: self._contents(record.uri),
            **{f"{name} {key}": value for key, value in described.items()},
        }

    def _contents(self, uri: str) -> str:
        if "://" in uri:
            raise NoFingerprintError(f"{uri} is not a local directory")
        found = fingerprint(Path(uri), self._memo, self._exclude)
        self._read.append(found)
        return f"{found.size}, sha256 {found.digest}"

    def _warm_start(self, origin: str) -> str:
        """A model's directory, or all files of a checkpoint that is named by its prefix."""
        path = Path(absolute(_home(origin)))
        if not path.exists() and "://" not in origin:
            parts = sorted(path.parent.glob(f"{path.name}.*")) if path.parent.is_dir() else []
            return ", ".join(self._contents(str(part)) for part in parts) or "absent"
        return self._contents(origin if "://" in origin else str(path))

    def code(self, request: LaunchRequest, properties: Mapping[str, Any]) -> dict[str, str]:
        """The digest of each file of the user's code, by name."""
        found = {}
        if any(properties.get(key) for key in _SOURCES):
            source = module_source(properties)
            if source is None:
                raise NoFingerprintError("the source of the module cannot be found")
            path, kind = source
            if kind == "wheel":
                found[path.name] = self._digest(path)
            else:
                found.update(self._files(path, kind == "file"))
        if request.executor_class.__module__.partition(".")[0] != "trainwright":
            found.update(self._files(_source_of(request.executor_class), False))
        return found

    def _files(self, path: Path, is_file: bool) -> dict[str, str]:
        bases = [_import_root(path), *user_path()]
        if is_file:
            bases.insert(0, path.parent)
        return {
            name: self._digest(file)
            for name, file in code_files(path, bases).items()
            if not any(file.is_relative_to(place) for place in self._exclude)
        }

    def _digest(self, path: Path) -> str:
        found = fingerprint(path, self._memo)
        self._read.append(found)
        return found.digest


def _source_of(kind: type[Any]) -> Path:
    """The file that defines an executor."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if "<locals>" in kind.__qualname__:
        raise NoFingerprintError(f"the executor {name} is defined inside a function")
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if not file or not Path(file).is_file():
        raise NoFingerprintError(f"the source of the executor {name} cannot be found")
    return Path(file).absolute()


def _import_root(path: Path) -> Path:
    """The folder from which a module's top package is imported."""
    folder = path.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder

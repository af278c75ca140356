# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a model consists of: its branches, their components, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dp_multitask.component_types import DEFAULT_TYPE
from dp_multitask.config.branch_names import aliases_of
from dp_multitask.config.links import SharedLinks
from dp_multitask.config.model_section import branches_of
from dp_multitask.errors import ConfigTypeError, TreePath, UnknownTypeError, format_path
from dp_multitask.notebooks import picture_for
from dp_multitask.records import NamedTuple
from dp_multitask.registry import get_class_name


class Size(NamedTuple):
    """How much a part of a model holds: variables, numbers in them, bytes."""

    variables: int
    parameters: int
    nbytes: int

    @classmethod
    def sum(cls, sizes: Iterable[tuple[int, int, int]]) -> Size:
        """Add sizes up."""
        return cls(*(sum(column) for column in zip((0, 0, 0), *sizes, strict=True)))


class ComponentSummary(NamedTuple):
    """A descriptor, fitting net or sub-model.

    Attributes
    ----------
    path : str
        Its place in the branch, such as ``descriptor/list/0``.
    type : str
        Its type name.
    class_name : str
        The class in the backend that was asked for, DeePMD-kit's PyTorch backend by default.
    size : Size or None
        What its variables hold; None in a training input, which has none.
    """

    path: str
    type: str
    class_name: str
    size: Size | None


class BranchSummary(NamedTuple):
    """A branch, or the only model of a single-task input or file, whose name is None."""

    name: str | None
    aliases: list[str]
    type_map: list[str]
    info: dict[str, Any]
    components: list[ComponentSummary]
    size: Size | None

    @classmethod
    def of(
        cls, name: str | None, aliases: list[str], type_map: Any, info: Any, *rest: Any
    ) -> BranchSummary:
        """Summarize a branch whose type map and notes may be anything."""
        elements = [str(each) for each in type_map] if isinstance(type_map, list) else []
        return cls(name, aliases, elements, dict(info) if isinstance(info, Mapping) else {}, *rest)


class Shared(NamedTuple):
    """An entry of the shared links, base first; `saved` is what storing it once saves."""

    key: str
    class_name: str
    links: list[dict[str, Any]]
    saved: Size | None


class VariableSummary(NamedTuple):
    """A variable: where it is, what it is, and the earlier branch that it is one object with."""

    branch: str | None
    path: str
    dtype: str
    shape: tuple[int, ...]
    nbytes: int
    shared_with: str | None


class Summary(NamedTuple):
    """What a file holds.

    Attributes
    ----------
    source : str
        The file.
    kind : {"training input", "model file"}
        What it is.
    metadata : dict
        Who wrote the model file, and when.
    branches : list of BranchSummary
        The branches, or one without a name.
    shared : list of Shared
        What the branches share.
    stored, together : Size or None
        What the file stores, and what its branches would take one by one.
    warnings : list of str
        What does not fit together; ``dp-multitask verify`` tells it all.
    """

    source: str
    kind: str
    metadata: dict[str, Any]
    branches: list[BranchSummary]
    shared: list[Shared]
    stored: Size | None
    together: Size | None
    warnings: list[str]

    def __repr__(self) -> str:
        return f"<Summary of the {self.kind} {self.source!r}: {len(self.branches)} branches>"

    def _repr_html_(self) -> str:
        return picture_for(self, "model_picture")


def summarize_input(config: Mapping[str, Any], source: str, *, backend: str = "pt") -> Summary:
    """Summarize a training input, multitask or single, with the classes of a backend.

    Raises
    ------
    ConfigError
        The input cannot be resolved.
    """
    from dp_multitask.config.training_input import resolve_input

    model = config.get("model")
    links: SharedLinks = {}
    if isinstance(model, Mapping) and "model_dict" not in model and (
        "shared_dict" not in model or "models" in model
    ):
        branches = [_branch(None, model, [], backend)]
    else:
        resolved = resolve_input(config, backend=backend)
        links = resolved["shared_links"]
        models = branches_of(resolved["model"])
        aliases = aliases_of(models)
        branches = [
            _branch(name, branch, [each for each in aliases if name in aliases[each]], backend)
            for name, branch in models.items()
        ]
    shared = [Shared(key, each["type"], each["links"], None) for key, each in links.items()]
    return Summary(source, "training input", {}, branches, shared, None, None, [])


def class_name(kind: str, params: Mapping[str, Any], backend: str = "pt") -> str:
    """Name a component's class, or repeat its type where the backend has none."""
    try:
        return get_class_name(kind, params, backend)
    except (UnknownTypeError, ConfigTypeError):
        return str(params.get("type"))


def _branch(
    name: str | None, model: Mapping[str, Any], aliases: list[str], backend: str
) -> BranchSummary:
    components = list(_components(model, (), backend))
    return BranchSummary.of(
        name, aliases, model.get("type_map"), model.get("info"), components, None
    )


def _components(
    model: Mapping[str, Any], path: TreePath, backend: str
) -> Iterator[ComponentSummary]:
    for kind in ("descriptor", "fitting_net"):
        if kind in model:
            yield from _component(kind, model[kind], (*path, kind), backend)
    models = model.get("models")
    for number, inner in enumerate(models if isinstance(models, list) else []):
        if isinstance(inner, Mapping):
            here = (*path, "models", number)
            type_name = str(inner.get("type", DEFAULT_TYPE["model"]))
            name = class_name("model", inner, backend)
            yield ComponentSummary(format_path(here), type_name, name, None)
            yield from _components(inner, here, backend)


def _component(kind: str, params: Any, path: TreePath, backend: str) -> Iterator[ComponentSummary]:
    if not isinstance(params, Mapping):
        return
    type_name = str(params.get("type", DEFAULT_TYPE[kind]))
    yield ComponentSummary(format_path(path), type_name, class_name(kind, params, backend), None)
    members = params.get("list")
    if type_name == "hybrid" and isinstance(members, list):
        for number, member in enumerate(members):
            yield from _component(kind, member, (*path, "list", number), backend)

# SPDX-License-Identifier: LGPL-3.0-or-later
"""Where descriptors and fitting nets are written out in an input, of this release or an older one.

Unlike the model section's view this one needs no order: it looks at every place that ever held a
component, used or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dp_multitask.errors import TreePath

_MODELS_OF_PARTS = ("qm_model", "qmmm_model")
_FITTING_DICT = "fitting_net_dict"
_DEEPEST = 20
_DESCRIPTOR_KEYS = frozenset(
    ("rcut", "sel", "rcut_smth", "axis_neuron", "list", "repinit", "repflow")
)


class ComponentSite(NamedTuple):
    """A descriptor or fitting net as it is written: its kind, place and parameters."""

    kind: str
    path: TreePath
    params: Mapping[Any, Any]

    @property
    def type(self) -> object:
        """Its type as written; None where it is left to the default."""
        return self.params.get("type")


def component_sites(config: Mapping[Any, Any]) -> Iterator[ComponentSite]:
    """Iterate over the components of an input, members of hybrids before the hybrid itself."""
    model = config.get("model")
    if isinstance(model, Mapping):
        yield from _of_model(model, ("model",))


def _of_model(model: Mapping[Any, Any], path: TreePath) -> Iterator[ComponentSite]:
    if len(path) > _DEEPEST:
        return
    yield from _descriptors(model.get("descriptor"), (*path, "descriptor"))
    yield from _site("fitting_net", model.get("fitting_net"), (*path, "fitting_net"))
    for name, params in _items(model.get(_FITTING_DICT)):
        yield from _site("fitting_net", params, (*path, _FITTING_DICT, name))
    for name, branch in _items(model.get("model_dict")):
        if isinstance(branch, Mapping):
            yield from _of_model(branch, (*path, "model_dict", name))
    for key, entry in _items(model.get("shared_dict")):
        yield from _shared(entry, (*path, "shared_dict", key))
    for key in _MODELS_OF_PARTS:
        if isinstance(model.get(key), Mapping):
            yield from _of_model(model[key], (*path, key))
    models = model.get("models")
    for index, inner in enumerate(models if isinstance(models, list) else ()):
        if isinstance(inner, Mapping):
            yield from _of_model(inner, (*path, "models", index))


def _shared(entry: Any, path: TreePath) -> Iterator[ComponentSite]:
    """Take a shared entry for what its keys say; what is neither is looked at as a descriptor."""
    if isinstance(entry, Mapping):
        kind = "fitting_net" if looks_like_fitting(entry) else "descriptor"
        yield from _descriptors(entry, path) if kind == "descriptor" else _site(kind, entry, path)


def looks_like_fitting(params: Mapping[Any, Any]) -> bool:
    """Tell a fitting net from a descriptor by its parameters, whoever uses it."""
    from dp_multitask.registry import find_type

    type_name = params.get("type")
    if isinstance(type_name, str):
        if find_type("fitting_net", type_name):
            return find_type("descriptor", type_name) is None
        return False
    # both have `trainable`
    return bool(params.keys() - {"trainable"}) and not _DESCRIPTOR_KEYS & params.keys()


def _descriptors(params: Any, path: TreePath) -> Iterator[ComponentSite]:
    if not isinstance(params, Mapping) or len(path) > _DEEPEST:
        return
    members = params.get("list")
    if params.get("type") == "hybrid" and isinstance(members, list):
        for index, member in enumerate(members):
            yield from _descriptors(member, (*path, "list", index))
    yield ComponentSite("descriptor", path, params)


def _site(kind: str, params: Any, path: TreePath) -> Iterator[ComponentSite]:
    if isinstance(params, Mapping):
        yield ComponentSite(kind, path, params)


def _items(section: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(section, Mapping):
        for key, value in section.items():
            if isinstance(key, str) and not key.startswith("_"):
                yield key, value

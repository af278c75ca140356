# SPDX-License-Identifier: LGPL-3.0-or-later
"""Expand a multitask model section: every reference becomes a full entry of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dp_multitask.config.links import SharedLinks, add_link, sort_links
from dp_multitask.config.model_section import ModelSection
from dp_multitask.config.reference_findings import refuse_findings
from dp_multitask.config.structure import refuse_broken_parts, require_model_dict
from dp_multitask.errors import inside
from dp_multitask.registry import get_class_name
from dp_multitask.text.plain_data import copier, copy_tree

ClassOf = Callable[[str, dict[str, Any]], Any]


def preprocess_shared_params(
    model_config: Mapping[str, Any],
    require_shared_type_map: bool = True,
    *,
    backend: str = "pt",
    class_of: ClassOf | None = None,
) -> tuple[dict[str, Any], SharedLinks]:
    """Expand every shared reference of a multitask ``model`` section and list the links.

    Follows the function of the same name in DeePMD-kit 3.2.0 (``deepmd.pt.utils.multi_task``):
    the same values, key order and link order. Unlike that one it leaves its argument alone, and
    no two branches of the result share an object.

    Parameters
    ----------
    model_config : mapping
        The ``model`` section: ``model_dict``, optional ``shared_dict``, and keys that are
        defaults of every branch (the branch's own value wins).
    require_shared_type_map : bool, default: True
        Whether the branches must reference exactly one shared type map. Linear models pass
        False: at most one.
    backend : str, default: "pt"
        The backend whose class names the links carry.
    class_of : callable, optional
        ``class_of(kind, params)`` gives what stands under ``type`` in the links instead of the
        class name: in training code, the class. `kind` is ``descriptor`` or ``fitting_net``.

    Returns
    -------
    model_config : dict
        The section with every reference replaced by its entry. ``shared_dict`` is kept.
    shared_links : dict
        ``{key: {"type": ..., "links": [{"model_key", "shared_type", "shared_level"}, ...]}}``,
        keys in order of first use, links sorted by ``shared_level`` with spin branches first.
        ``links[0]`` is the base whose parameters the others take.

    Raises
    ------
    ConfigError
        The section cannot be resolved; the subclass, path and hint say why.

    Examples
    --------
    >>> model, links = preprocess_shared_params(
    ...     {
    ...         "shared_dict": {"types": ["O", "H"], "des": {"type": "se_e2_a", "sel": [46, 92]}},
    ...         "model_dict": {
    ...             "water": {"type_map": "types", "descriptor": "des", "fitting_net": {}},
    ...             "ice": {"type_map": "types", "descriptor": "des", "fitting_net": {}},
    ...         },
    ...     }
    ... )
    >>> links["des"]["type"]
    'DescrptSeA'
    """
    require_model_dict(model_config)
    section = ModelSection(model_config, ())
    return expand(section, require_shared_type_map, backend, class_of)


def expand(
    section: ModelSection,
    needs_type_map: bool,
    backend: str,
    class_of: ClassOf | None = None,
) -> tuple[dict[str, Any], SharedLinks]:
    """Find the references of a section, check them, copy what they name, and link it.

    Raises
    ------
    ConfigError
        The section cannot be resolved.
    """
    refuse_broken_parts(section)
    refuse_findings(section, needs_type_map=needs_type_map)
    new_copy = {uses[0].key: copier(section.shared[uses[0].key]) for uses in section.uses.values()}
    branches = _copied_branches(section)
    links: SharedLinks = {}
    for each in section.references:
        params = branches[each.branch]
        if each.member is None:
            params[each.item_key] = new_copy[each.key]()
        else:
            params[each.item_key]["list"][each.member] = new_copy[each.key]()
        if each.item_key != "type_map":
            key = str(each.key)
            if key not in links:
                of_class = _class(section, each.item_key, key, backend, class_of)
                links[key] = {"type": of_class, "links": []}
            add_link(links, key, each.branch, each.shared_type, each.level)
    sort_links(links, {name for name, params in branches.items() if "spin" in params})
    return _put_together(section.model, branches), links


def _put_together(model: Mapping[str, Any], branches: dict[str, dict[str, Any]]) -> dict[str, Any]:
    resolved: dict[str, Any] = {}
    for key, value in model.items():
        if key == "model_dict":
            resolved[key] = {name: branches.get(str(name), each) for name, each in value.items()}
        elif key == "shared_dict":
            resolved[key] = copy_tree(value)
    return resolved


def _copied_branches(section: ModelSection) -> dict[str, dict[str, Any]]:
    """Copy every branch, with the keys that it inherits behind its own; references as they are."""
    defaults = {key: copier(value) for key, value in section.cascaded.items()}
    copied: dict[str, dict[str, Any]] = {}
    for branch in section.branches:
        copied[branch.name] = params = copy_tree(branch.own)
        for key, new_copy in defaults.items():
            if key not in params:
                params[key] = new_copy()
    return copied


def _class(
    section: ModelSection, kind: str, key: str, backend: str, class_of: ClassOf | None
) -> Any:
    """Give what the links say of a shared entry: its class, or the class's name."""
    if class_of is not None:
        return class_of(kind, copy_tree(section.shared[key]))
    with inside(*section.model_path, "shared_dict", key):
        return get_class_name(kind, section.shared[key], backend)

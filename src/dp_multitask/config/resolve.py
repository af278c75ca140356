# SPDX-License-Identifier: LGPL-3.0-or-later
"""Expand a multitask model section: every reference becomes a full entry of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dp_multitask.config.links import SharedLinks, add_link, sort_links
from dp_multitask.config.model_section import (
    NOT_CASCADED,
    branches_of,
    check_members,
    checked_section,
)
from dp_multitask.config.reference import (
    ReferenceSite,
    SharedReference,
    reference_sites,
    refuse_misplaced,
)
from dp_multitask.errors import (
    ConfigTypeError,
    SharedKindError,
    SharedTypeMapError,
    TreePath,
    UnknownSharedKeyError,
    UnknownTypeError,
)
from dp_multitask.registry import get_class_name
from dp_multitask.text.plain_data import copier, copy_tree, describe, suggest

ClassOf = Callable[[str, dict[str, Any]], Any]

_KIND = {"type_map": "type map", "descriptor": "descriptor", "fitting_net": "fitting net"}


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
    section = checked_section(model_config)
    branches = {
        name: copy_tree(branch) if type(branch) is dict else dict(copy_tree(branch))
        for name, branch in branches_of(section).items()
    }
    _cascade(section, branches)

    expansion = _Expansion(section.get("shared_dict", {}), backend, class_of)
    for name, branch in branches.items():
        expansion.expand_branch(name, branch, section["model_dict"][name])
    expansion.check_type_map(require_shared_type_map)
    sort_links(expansion.links, {name for name, branch in branches.items() if "spin" in branch})

    resolved: dict[str, Any] = {}
    for key in section:
        if key == "model_dict":
            resolved[key] = {name: branches.get(name, each) for name, each in section[key].items()}
        elif key == "shared_dict":
            resolved[key] = copy_tree(section[key])
    return resolved, expansion.links


class _Expansion:
    """The state of one run: copiers of the shared entries, the links, the type maps used."""

    def __init__(
        self, shared_dict: Mapping[str, Any], backend: str, class_of: ClassOf | None
    ) -> None:
        self.shared_dict = shared_dict
        self.backend = backend
        self.class_of = class_of
        self.links: SharedLinks = {}
        self.type_maps: dict[str, TreePath] = {}
        self._copiers: dict[str, Callable[[], Any]] = {}
        self._used_as: dict[str, str] = {}

    def expand_branch(
        self, name: str, branch: dict[str, Any], written: Mapping[str, Any]
    ) -> None:
        """Replace the references of one branch, in place.

        `written` is the branch as the user wrote it: what is not in there came down from the
        keys directly under ``model``, and errors name that place.
        """
        places = {
            key: ("model_dict", name, key) if key in written else (key,) for key in branch
        }
        check_members(branch, places)
        for site in tuple(reference_sites(branch)):
            here = (*places[site.item_key], *site.path[1:])
            reference = SharedReference.parse(site.text, path=here)
            entry = self._new_copy(reference, site, here)
            if site.member is None:
                branch[site.item_key] = entry
            else:
                branch[site.item_key]["list"][site.member] = entry
            if site.item_key == "type_map":
                self.type_maps.setdefault(site.text, here)
                continue
            if reference.key not in self.links:
                kind = self._class(site.item_key, reference.key)
                self.links[reference.key] = {"type": kind, "links": []}
            add_link(self.links, reference.key, name, site.shared_type, reference.level)

    def check_type_map(self, required: bool) -> None:
        """Raise unless the branches use one shared type map (or none, where none is fine)."""
        if len(self.type_maps) > 1:
            (first, _), (second, path) = list(self.type_maps.items())[:2]
            msg = f"the branches reference several type maps, {first!r} and {second!r}"
            hint = "let every branch reference one and the same type map, written the same way"
            raise SharedTypeMapError(msg, path=path, hint=hint)
        if required and not self.type_maps:
            msg = "no branch references a shared type map"
            hint = "put the type map into 'shared_dict' and name it in every branch"
            raise SharedTypeMapError(msg, path=("model_dict",), hint=hint)

    def _new_copy(self, reference: SharedReference, site: ReferenceSite, here: TreePath) -> Any:
        key = reference.key
        if key not in self._copiers:
            if key not in self.shared_dict:
                raise self._unknown_key(key, site, here)
            self._copiers[key] = copier(self.shared_dict[key])
        if self._used_as.get(key) != site.item_key:
            self._check_kind(key, site, here)
        return self._copiers[key]()

    def _unknown_key(
        self, key: str, site: ReferenceSite, here: TreePath
    ) -> UnknownSharedKeyError:
        msg = f"the {_KIND[site.item_key]} reference {site.text!r} names no entry of 'shared_dict'"
        near = suggest(key, self.shared_dict)
        if near:
            hint = f"Did you mean {near!r}?"
        elif self.shared_dict:
            hint = f"its entries: {', '.join(map(str, self.shared_dict))}"
        else:
            hint = "'shared_dict' is empty or absent"
        return UnknownSharedKeyError(msg, path=here, hint=hint)

    def _check_kind(self, key: str, site: ReferenceSite, here: TreePath) -> None:
        """Check, once for each kind of use, that a shared entry can be what it is used as."""
        entry = self.shared_dict[key]
        wanted = _KIND[site.item_key]
        expected = list if site.item_key == "type_map" else Mapping
        if not isinstance(entry, expected) and not (expected is list and isinstance(entry, tuple)):
            shape = "a list of element names" if expected is list else "a mapping"
            msg = (
                f"the reference {site.text!r} names {describe(entry)}, "
                f"but a {wanted} must be {shape}"
            )
            hint = f"reference a {wanted}, or repair 'shared_dict/{key}'"
            raise SharedKindError(msg, path=here, hint=hint)
        earlier = self._used_as.setdefault(key, site.item_key)
        if earlier != site.item_key:
            msg = f"'shared_dict/{key}' is used as a {_KIND[earlier]} and here as a {wanted}"
            raise SharedKindError(msg, path=here, hint="give each kind an entry of its own")
        if site.item_key != "type_map":
            refuse_misplaced(entry, ("shared_dict", key), f"the shared hybrid {key!r}")

    def _class(self, item_key: str, shared_key: str) -> Any:
        """Give what the links say of a shared entry: its class, or the class's name."""
        params = self.shared_dict[shared_key]
        if self.class_of is not None:
            return self.class_of(item_key, self._copiers[shared_key]())
        try:
            return get_class_name(item_key, params, self.backend)
        except (UnknownTypeError, ConfigTypeError) as err:
            err.path = ("shared_dict", shared_key, *err.path)
            raise


def _cascade(section: Mapping[str, Any], branches: dict[str, dict[str, Any]]) -> None:
    """Give every branch the keys that stand directly under ``model``; its own value wins."""
    defaults = {
        key: copier(value) for key, value in section.items() if key not in NOT_CASCADED
    }
    for branch in branches.values():
        for key, new_copy in defaults.items():
            if key not in branch:
                branch[key] = new_copy()

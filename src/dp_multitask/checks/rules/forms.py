# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whole forms: an input, or a section of one, that is right somewhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.components import MOST_NESTING, written_components
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.view import InputView
from dp_multitask.config.outdated_forms import (
    DPA2_SECTIONS,
    REMOVED_KEYS,
    RENAMED_TYPES,
    flat_keys,
    sign_of_version_2,
)
from dp_multitask.config.reference import SHARED_ITEMS
from dp_multitask.errors import TreePath, format_path

UPGRADE = "'dp-multitask upgrade INPUT -o OUT' writes it"

# What a multitask input of DeePMD-kit 2 has in the place of present sections, and what is
# therefore absent.
_VERSION_2: tuple[TreePath, ...] = (
    ("model", "fitting_net_dict"),
    ("model", "fitting_net"),
    ("model", "type"),
    ("model", "type_embedding"),
    ("loss_dict",),
    ("loss",),
    ("learning_rate_dict",),
    ("learning_rate",),
    ("training", "data_dict"),
    ("training", "fitting_weight"),
    ("training", "model_prob"),
    ("training", "training_data"),
    ("training", "validation_data"),
)


@rule("DPM001", "error", "single")
def multitask_form_of_version_2(view: InputView) -> Iterator[Finding]:
    """The input is a multitask input of DeePMD-kit 2.

    DeePMD-kit 2 trained several fitting nets (`model/fitting_net_dict`) on the one descriptor of
    the model, with `loss_dict`, `training/data_dict` and `training/fitting_weight`. Since
    DeePMD-kit 3 each branch is a whole model under `model/model_dict`, and what branches share
    stands in `model/shared_dict`.

    `dp-multitask upgrade` writes the present form, with the descriptor and the type map in
    `shared_dict`, a branch for each fitting net, and `model_prob` for `fitting_weight`.
    """
    sign = sign_of_version_2(view.data)
    if sign is not None:
        msg = (
            f"{format_path(sign)!r} is of the multitask form of DeePMD-kit 2; since version 3 each "
            "branch is a model of 'model/model_dict', with its shared parts in 'model/shared_dict'"
        )
        part_of_form = tuple(path for path in _VERSION_2 if path != ("model", "type"))
        kind = (("model", "type"),) if view.model.get("type") == "multi" else ()
        yield Finding(sign, msg, UPGRADE, "key", part_of_form + kind)


@rule("DPM002", "error", *EVERY)
def flat_keys_of_dpa2(view: InputView) -> Iterator[Finding]:
    """A `dpa2` descriptor has the flat keys of its first releases.

    Before DeePMD-kit 3.0 the keys of the two parts of a `dpa2` stood side by side, with the name
    of the part before their own: `repinit_rcut`, `repformer_nlayers`. Today each part is a section
    of its own: `repinit/rcut`, `repformer/nlayers`.

    `dp-multitask upgrade` moves the keys.
    """
    for path, params in written_components(view, "descriptor"):
        kind = params.get("type")
        if kind != "dpa2" and RENAMED_TYPES["descriptor"].get(str(kind)) != "dpa2":
            continue
        flat = flat_keys(params)
        if not flat:
            continue
        shown = [f"{key} -> {format_path(place)}" for key, place in list(flat.items())[:4]]
        more = f", and {len(flat) - 4} more" if len(flat) > 4 else ""
        msg = f"flat keys of an early dpa2: {', '.join(shown)}{more}"
        places = [*flat, *REMOVED_KEYS["dpa2"], *DPA2_SECTIONS]
        covers = tuple((*path, key) for key in places)
        hint = f"write sections 'repinit' and 'repformer'; {UPGRADE}"
        yield Finding(path, msg, hint, "key", covers)


@rule("DPM003", "error", *EVERY)
def renamed_type(view: InputView) -> Iterator[Finding]:
    """The type had this name in an earlier release.

    The first names of `dpa2` were `se_uni` and `se_repformer`, with flat keys. `se_ar` is today a
    `hybrid` of a `se_e2_a` and a `se_e2_r`, `global_polar` the fitting `polar`.

    `dp-multitask upgrade` writes the present name, and moves the keys where the form has changed.
    """
    for kind, names in RENAMED_TYPES.items():
        for path, params in written_components(view, kind):
            old = params.get("type")
            if isinstance(old, str) and old in names:
                here = (*path, "type")
                msg = f"the {kind} type {old!r} is {names[old]!r} today"
                # the keys of the old form are not those of the type that has taken its place
                yield Finding(here, msg, f"write {names[old]!r}; {UPGRADE}", covers=(path,))


@rule("DPM004", "error")
def output_of_dp_train(view: InputView) -> Iterator[Finding]:
    """The input is the `out.json` that `dp train` wrote.

    `dp train` writes the input with all references expanded and all defaults filled in. It can
    tell what was trained, but not be trained again: nothing names an entry of `shared_dict` any
    more, so that nothing would be shared.

    Use the input that was given to `dp train`, also with `--restart` and `--init-model`.
    """
    if view.references or not view.branches or not view.shared:
        return
    copies = [key for key, entry in view.shared.items() if _is_expanded(view, entry)]
    if copies:
        msg = (
            "no branch names an entry of 'shared_dict', and branches hold copies of "
            f"{copies[0]!r}: this is an out.json of 'dp train', where all references are expanded"
        )
        hint = "use the input that was given to 'dp train'; its references tell what is shared"
        covers: tuple[TreePath, ...] = (("model", "model_dict"), ("model", "shared_dict"))
        yield Finding(("model", "model_dict"), msg, hint, "key", covers)


def _is_expanded(view: InputView, entry: Any) -> bool:
    """Tell whether a branch holds an entry's values, beside defaults that it may not have."""
    held = (each.own.get(item) for each in view.branches for item in SHARED_ITEMS)
    if isinstance(entry, dict):
        return bool(entry) and any(
            isinstance(each, dict) and entry.keys() <= each.keys() for each in held
        )
    return isinstance(entry, list) and any(each == entry for each in held)


@rule("DPM005", "error", *EVERY)
def reference_of_json_schema(view: InputView) -> Iterator[Finding]:
    """A `$ref` is not followed.

    `{"$ref": "#/..."}` refers to another place in JSON Schema and OpenAPI. DeePMD-kit takes `$ref`
    for an unknown key. In a multitask input, what branches have in common stands in
    `model/shared_dict`, and a branch gives its name.

    Write the name of the entry: `"descriptor": "my_des"`.
    """
    for path, value in _mappings(view.data, ()):
        if isinstance(value.get("$ref"), str):
            msg = f"'$ref' is not followed, found {value['$ref'][:60]!r}"
            hint = "write the name of an entry of 'model/shared_dict' in place of the mapping"
            if path[:2] == ("model", "shared_dict"):
                hint = "write the parameters out here"
            elif view.kind != "multitask":
                hint = "write the parameters out; only a multitask input can refer to others"
            yield Finding((*path, "$ref"), msg, hint, "key", (path,))


def _mappings(value: Any, path: TreePath) -> Iterator[tuple[TreePath, dict[Any, Any]]]:
    """Iterate over the mappings of an input that may be sections, outermost first."""
    if len(path) > MOST_NESTING:
        return
    if isinstance(value, dict):
        yield path, value
        for key, below in value.items():
            if isinstance(below, dict | list) and not str(key).startswith("_"):
                yield from _mappings(below, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, below in enumerate(value):
            yield from _mappings(below, (*path, index))

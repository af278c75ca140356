# SPDX-License-Identifier: LGPL-3.0-or-later
"""Whole forms: an input, or a section of one, that is right somewhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dp_multitask.checks.rules.components import written_components
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.view import InputView, type_of
from dp_multitask.config.reference import SHARED_ITEMS
from dp_multitask.errors import TreePath, format_path

UPGRADE = "'dp-multitask upgrade INPUT -o OUT' writes it"
_MOST_NESTING = 20

# What a multitask input of DeePMD-kit 2 has in the place of present sections, and what is
# therefore absent.
_VERSION_2: tuple[TreePath, ...] = (
    ("model", "fitting_net_dict"),
    ("model", "fitting_net"),
    ("model", "type"),
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

RENAMED: Mapping[str, Mapping[str, str]] = {
    "descriptor": {"se_uni": "dpa2", "se_ar": "hybrid"},
    "fitting_net": {"global_polar": "polar"},
}
"""Kind of component -> type name of an earlier release -> the type that does its work now."""

# Flat keys of the first DPA-2 whose name below their section is another one today.
_OTHER_NAMES = {
    ("repinit", "activation"): "activation_function",
    ("repformer", "activation"): "activation_function",
    ("repformer", "axis_dim"): "axis_neuron",
}
# Flat keys without a section in their name, and keys that no longer do anything.
_UNPREFIXED = {"tebd_dim": ("repinit", "tebd_dim"), "tebd_input_mode": ("repinit",) * 2}
_GONE = frozenset(("repformer_do_bn_mode", "repformer_bn_momentum", "rcut", "rcut_smth", "sel"))
_SECTIONS = ("repinit", "repformer")


@rule("DPM001", "error", "single", "linear")
def multitask_form_of_version_2(view: InputView) -> Iterator[Finding]:
    """The input is a multitask input of DeePMD-kit 2.

    DeePMD-kit 2 trained several fitting nets (`model/fitting_net_dict`) on the one descriptor of
    the model, with `loss_dict`, `training/data_dict` and `training/fitting_weight`. Since
    DeePMD-kit 3 each branch is a whole model under `model/model_dict`, and what branches share
    stands in `model/shared_dict`.

    `dp-multitask upgrade` writes the present form, with the descriptor and the type map in
    `shared_dict`, a branch for each fitting net, and `model_prob` for `fitting_weight`.
    """
    sign = _sign_of_version_2(view)
    if sign is not None:
        msg = (
            f"{format_path(sign)!r} is of the multitask form of DeePMD-kit 2; since version 3 each "
            "branch is a model of 'model/model_dict', with its shared parts in 'model/shared_dict'"
        )
        part_of_form = tuple(path for path in _VERSION_2 if path != ("model", "type"))
        kind = (("model", "type"),) if view.model.get("type") == "multi" else ()
        yield Finding(sign, msg, UPGRADE, "key", part_of_form + kind)


def _sign_of_version_2(view: InputView) -> TreePath | None:
    if isinstance(view.model.get("fitting_net_dict"), dict):
        return ("model", "fitting_net_dict")
    if view.model.get("type") == "multi":
        return ("model", "type")
    if isinstance(view.training.get("fitting_weight"), dict):
        return ("training", "fitting_weight")
    return None


@rule("DPM002", "error", *EVERY)
def flat_keys_of_dpa2(view: InputView) -> Iterator[Finding]:
    """A `dpa2` descriptor has the flat keys of its first releases.

    Before DeePMD-kit 3.0 the keys of the two parts of a `dpa2` stood side by side, with the name
    of the part before their own: `repinit_rcut`, `repformer_nlayers`. Today each part is a section
    of its own: `repinit/rcut`, `repformer/nlayers`.

    `dp-multitask upgrade` moves the keys.
    """
    for path, params in written_components(view, "descriptor"):
        if type_of(params, "se_e2_a") not in ("dpa2", "se_uni"):
            continue
        flat = {key: place for key in params if (place := _place_of_flat(key)) is not None}
        if not flat:
            continue
        shown = [f"{key} -> {format_path(place)}" for key, place in list(flat.items())[:4]]
        more = f", and {len(flat) - 4} more" if len(flat) > 4 else ""
        msg = f"flat keys of an early dpa2: {', '.join(shown)}{more}"
        loose = (*_UNPREFIXED, *_GONE)
        consequences = [key for key in params if key in flat or key in loose]
        places = [*consequences, *_SECTIONS]
        covers = tuple((*path, key) for key in places)
        hint = f"write sections 'repinit' and 'repformer'; {UPGRADE}"
        yield Finding(path, msg, hint, "key", covers)


def _place_of_flat(key: Any) -> tuple[str, str] | None:
    """Give the section and name of a flat key."""
    if not isinstance(key, str):
        return None
    section, _, name = key.partition("_")
    if section not in _SECTIONS or not name:
        return None
    return section, _OTHER_NAMES.get((section, name), name)


@rule("DPM003", "error", *EVERY)
def renamed_type(view: InputView) -> Iterator[Finding]:
    """The type had this name in an earlier release.

    The first name of `dpa2` was `se_uni`, with flat keys. `se_ar` is today a `hybrid` of a
    `se_e2_a` and a `se_e2_r`, `global_polar` the fitting `polar`.

    `dp-multitask upgrade` writes the present name, and moves the keys where the form has changed.
    """
    for kind, names in RENAMED.items():
        for path, params in written_components(view, kind):
            old = params.get("type")
            if isinstance(old, str) and old in names:
                here = (*path, "type")
                msg = f"the {kind} type {old!r} is {names[old]!r} today"
                # the present keys of a type of another form are not known from its old name
                covers = (path,) if old != "se_uni" else (here,)
                yield Finding(here, msg, f"write {names[old]!r}; {UPGRADE}", covers=covers)


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
            if view.kind != "multitask":
                hint = "write the parameters out; only a multitask input can refer to others"
            yield Finding((*path, "$ref"), msg, hint, "key", (path,))


def _mappings(value: Any, path: TreePath) -> Iterator[tuple[TreePath, dict[Any, Any]]]:
    """Iterate over the mappings of an input that may be sections, outermost first."""
    if len(path) > _MOST_NESTING:
        return
    if isinstance(value, dict):
        yield path, value
        for key, below in value.items():
            if isinstance(below, dict | list) and not str(key).startswith("_"):
                yield from _mappings(below, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, below in enumerate(value):
            yield from _mappings(below, (*path, index))

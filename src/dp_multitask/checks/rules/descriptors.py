# SPDX-License-Identifier: LGPL-3.0-or-later
"""Descriptors whose own parameters do not fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.components import written_components
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import DEFAULTS, canonical_type, integer, last_layer
from dp_multitask.checks.rules.view import InputView, as_dict
from dp_multitask.errors import TreePath

_EMBEDDED = frozenset(
    ("se_e2_a", "se_atten", "se_atten_v2", "se_a_tpe", "se_a_ebd_v2", "se_a_ef", "se_a_mask")
)


@rule("DPM409", "error", *EVERY)
def axis_neuron_too_large(view: InputView) -> Iterator[Finding]:
    """`axis_neuron` is larger than the width that it takes its columns from.

    A descriptor multiplies its embedding matrix with the first `axis_neuron` columns of the same
    matrix. Where that has fewer columns, DeePMD-kit builds the model, and the first evaluation
    ends in an error on shapes. The width is the last number of `neuron`; `g1_dim` and `g2_dim` in
    `repformer`; `n_dim` and `e_dim` in `repflow`.

    Make `axis_neuron` smaller or the layer wider.
    """
    for path, descriptor in written_components(view, "descriptor"):
        for block, values, widths, default in _axes(descriptor):
            key = "n_axis_neuron" if "n_axis_neuron" in values else "axis_neuron"
            axis = values.get(key, default)
            narrow = {name: width for name, width in widths.items() if width and width > 0}
            if type(axis) is not int or not narrow or axis <= min(narrow.values()):
                continue
            name = min(narrow, key=narrow.__getitem__)
            written = key if key in values or name not in values else name
            here = (*path, *block, written)
            stated = "is" if key in values else "is by default"
            width = f"the last of 'neuron' is {narrow[name]}" if name == "neuron" else None
            msg = f"{key} {stated} {axis}, but {width or f'{name} is {narrow[name]}'}"
            yield Finding(here, msg, f"set {key} to {narrow[name]} or less")


def _axes(
    descriptor: dict[Any, Any],
) -> Iterator[tuple[TreePath, dict[Any, Any], dict[str, int | None], int]]:
    """Iterate over the parts that have axis neurons: place, parameters, widths and default."""
    kind = canonical_type("descriptor", descriptor, "se_e2_a")
    if kind in _EMBEDDED:
        usual = DEFAULTS["se_e2_a"]
        width = last_layer(descriptor.get("neuron", usual["neuron"]))
        yield (), descriptor, {"neuron": width}, usual["axis_neuron"]
    elif kind == "dpa2":
        repinit, repformer = (as_dict(descriptor.get(key)) for key in ("repinit", "repformer"))
        yield ("repinit",), repinit, {"neuron": last_layer(repinit.get("neuron", [100]))}, 16
        widths = {}
        if repformer.get("update_g1_has_drrd", True) is True:
            widths["g1_dim"] = integer(repformer.get("g1_dim", 128))
        if repformer.get("update_g1_has_grrg", True) is True:
            widths["g2_dim"] = integer(repformer.get("g2_dim", 16))
        yield ("repformer",), repformer, widths, 4
    elif kind == "dpa3":
        repflow = as_dict(descriptor.get("repflow"))
        widths = {
            "n_dim": integer(repflow.get("n_dim", 128)),
            "e_dim": integer(repflow.get("e_dim", 64)),
        }
        yield ("repflow",), repflow, widths, 4

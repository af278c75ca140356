# SPDX-License-Identifier: LGPL-3.0-or-later
"""Descriptors whose own parameters do not fit each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.components import components_of, type_map_of, written_components
from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.types import (
    canonical_type,
    class_of_descriptor,
    counts_by_type,
    in_force,
    integer,
    last_layer,
)
from dp_multitask.checks.rules.view import InputView, as_dict, number
from dp_multitask.errors import TreePath

_WITHOUT_DIRECTIONS = frozenset(("se_e2_r", "se_e3", "se_e3_tebd", "dpa4"))


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


@rule("DPM410", "error", *EVERY)
def smoothing_from_beyond_cutoff(view: InputView) -> Iterator[Finding]:
    """The smoothing begins at or beyond the cutoff.

    Between `rcut_smth` and `rcut` the weight of a neighbour falls from one to zero. DeePMD-kit
    stops when it first evaluates the weight.

    Make `rcut_smth` smaller than `rcut`.
    """
    for path, section, values, prefix in _cutoffs(view):
        smooth, cutoff = f"{prefix}rcut_smth", f"{prefix}rcut"
        begins, ends = number(values.get(smooth)), number(values.get(cutoff))
        # a cutoff that is none is the schema's to report
        if begins is not None and ends is not None and begins >= ends > 0:
            written = smooth if smooth in section else cutoff
            msg = f"{smooth} is {begins:g}, {cutoff} is {ends:g}"
            yield Finding((*path, written), msg, f"make {smooth} smaller than {cutoff}")


@rule("DPM437", "error", *EVERY)
def element_without_neighbours(view: InputView) -> Iterator[Finding]:
    """`sel` has no neighbours of one element, which the descriptor cannot do without.

    A `se_e2_r` and a `se_e3` take the mean over the neighbours of each element. Over none it is no
    number: DeePMD-kit stops with `NaN detected at batch 1`, or with a `ZeroDivisionError`. In a
    `se_e2_a` the number may be zero.

    Write 1 or more for each element.
    """
    for path, params in written_components(view, "descriptor") if view.backend != "tf" else ():
        kind, sel = canonical_type("descriptor", params, "se_e2_a"), params.get("sel")
        if kind in ("se_e2_r", "se_e3") and isinstance(sel, list):
            counts = [each for each in sel if isinstance(each, int)]
            if 0 in counts and min(counts) >= 0 < sum(counts):
                msg = f"'sel' has no neighbours of an element, and {kind} takes a mean over them"
                yield Finding((*path, "sel"), msg, "write 1 or more for each element")


@rule("DPM411", "error", *EVERY)
def parts_in_wrong_order(view: InputView) -> Iterator[Finding]:
    """The second part of a descriptor reaches further than the first.

    In a `dpa2`, `repformer` works within the neighbours of `repinit`: its `rcut` and `nsel` are
    smaller, and with `use_three_body` the three numbers of neighbours are in the order of the
    three cutoffs. In a `dpa3`, angles are formed by a part of the neighbours: `a_rcut` and `a_sel`
    are at most `e_rcut` and `e_sel`. DeePMD-kit asserts it when it builds the model.

    Exchange the two, or correct one.
    """
    for path, params in written_components(view, "descriptor"):
        kind = canonical_type("descriptor", params, "se_e2_a")
        pairs: list[tuple[tuple[str, str], tuple[str, str], bool]] = []
        if kind == "dpa2":
            pairs = [(("repinit", key), ("repformer", key), True) for key in ("rcut", "nsel")]
        elif kind == "dpa3":
            pairs = [
                (("repflow", f"e_{key}"), ("repflow", f"a_{key}"), False) for key in ("rcut", "sel")
            ]
        for outer, inner, strict in pairs:
            far, near = (
                _plain_number(as_dict(params.get(section)).get(key))
                for section, key in (outer, inner)
            )
            if not far or not near or min(far, near) < 0:
                continue  # no number of neighbours, which the schema reports
            if near > far or (strict and near == far):
                relation = "smaller than" if strict else "at most"
                msg = f"{'/'.join(inner)} is {near:g}, {'/'.join(outer)} is {far:g}"
                hint = f"make {'/'.join(inner)} {relation} {'/'.join(outer)}"
                yield Finding((*path, *inner), msg, hint)
        yield from _three_body_out_of_order(as_dict(params.get("repinit")), params, path)


def _three_body_out_of_order(
    repinit: dict[Any, Any], params: dict[Any, Any], path: TreePath
) -> Iterator[Finding]:
    if repinit.get("use_three_body") is not True:
        return
    rcut, sel = (
        _plain_number(repinit.get(f"three_body_{key}", usual))
        for key, usual in (("rcut", 4.0), ("sel", 40))
    )
    for section in ("repinit", "repformer"):
        other = as_dict(params.get(section))
        reach, number_there = (_plain_number(other.get(key)) for key in ("rcut", "nsel"))
        if rcut is None or sel is None or reach is None or number_there is None:
            continue
        (_, fewer), (_, more) = sorted(((rcut, sel), (reach, number_there)))
        if fewer > more:
            msg = (
                f"three_body_sel is {sel:g} within {rcut:g}, but {section}/nsel {number_there:g} "
                f"within {reach:g}"
            )
            hint = "the larger cutoff needs the larger number of neighbours"
            yield Finding((*path, "repinit", "three_body_sel"), msg, hint)
            return


@rule("DPM416", "error", *EVERY)
def descriptor_without_directions(view: InputView) -> Iterator[Finding]:
    """A dipole or polarizability needs a descriptor that keeps directions.

    The fitting nets `dipole` and `polar` turn their output back into the frame of the atoms with
    what the descriptor kept of it. `se_e2_r`, `se_e3`, `se_e3_tebd` and `dpa4` hand nothing over,
    and a `hybrid` with one of them too little: DeePMD-kit stops when it builds the model or
    evaluates it.

    Use `se_e2_a`, `dpa1`, `dpa2` or `dpa3`.
    """
    reported: set[TreePath] = set()
    for branch in view.parts:
        fitting = canonical_type("fitting_net", view.item(branch, "fitting_net"), "ener")
        if fitting not in ("dipole", "polar"):
            continue
        for path, descriptor in components_of(view, branch, "descriptor"):
            kind = canonical_type("descriptor", descriptor, "se_e2_a")
            if kind in _WITHOUT_DIRECTIONS and path not in reported:
                reported.add(path)
                msg = f"the descriptor {kind!r} keeps no directions, which {fitting!r} needs"
                yield Finding((*path, "type"), msg, "use 'se_e2_a' or 'dpa1'")


@rule("DPM414", "error", *EVERY)
def parts_of_descriptor_exclude(view: InputView) -> Iterator[Finding]:
    """Settings of a descriptor do not go together.

    A `hybrid` needs a member, and all of them the same number of types, which for descriptors with
    a net for each type is that of the numbers of `sel`; attention (`attn_layer`) needs a width
    `attn`, and without a `temperature` a `scaling_factor` above 0, and has no `attn_mask` any more;
    in a `dpa2`, `g1` must be updated with something; in a `dpa3`, the compressed angles need
    `a_dim` times `a_compress_e_rate` to be divisible by twice `a_compress_rate`, and
    `use_dynamic_sel` needs `smooth_edge_update`. DeePMD-kit stops when it builds the model.

    Correct one of the two.
    """
    for path, params in written_components(view, "descriptor"):
        kind = canonical_type("descriptor", params, "se_e2_a")
        if kind == "hybrid" and params.get("list") == []:
            yield Finding((*path, "list"), "the hybrid has no member", "add a descriptor", "key")
        elif kind in ("se_atten", "se_atten_v2"):
            yield from _attention_problems(params, path)
        elif kind == "dpa2":
            yield from _repformer_problems(as_dict(params.get("repformer")), (*path, "repformer"))
        elif kind == "dpa3":
            yield from _repflow_problems(as_dict(params.get("repflow")), (*path, "repflow"))
    yield from _members_of_other_types(view)


def _attention_problems(params: dict[Any, Any], path: TreePath) -> Iterator[Finding]:
    if params.get("attn_mask") is True:
        msg = "no backend has the mask of attention any more"
        yield Finding((*path, "attn_mask"), msg, "remove it, or write false")
    width, layers = integer(params.get("attn", 128)), integer(params.get("attn_layer", 2))
    if layers is None or layers < 1:
        return
    if params.get("attn") is True:
        yield Finding((*path, "attn"), "attn is true, and no width", "write a number")
    if width is not None and width < 1:
        msg = f"attn is {width} with {layers} layers of attention"
        yield Finding((*path, "attn"), msg, "write a width above 0, or attn_layer 0")
    factor = _plain_number(params.get("scaling_factor", 1.0))
    if factor is not None and factor <= 0 and params.get("temperature") is None:
        msg = f"scaling_factor is {factor:g}, and attention is divided by its square root"
        yield Finding((*path, "scaling_factor"), msg, "write a number above 0, such as 1.0")


def _members_of_other_types(view: InputView) -> Iterator[Finding]:
    """Find members of hybrids whose `sel` is too long; DPM420 finds those that are too short."""
    for branch in view.parts:
        elements = len(type_map_of(view, branch) or ())
        members = [
            (path, params)
            for path, params in components_of(view, branch, "descriptor")
            if elements and "list" in path and params.get("type") != "hybrid"
        ]
        sels = [
            (path, len(params["sel"]))
            for path, params in members
            if counts_by_type(params) and isinstance(params.get("sel"), list)
        ]
        lengths = {length for _, length in sels}
        if len(sels) < len(members):
            lengths.add(elements)
        for path, length in sels if len(lengths) > 1 else ():
            if length > elements:
                msg = f"'sel' has {length} numbers, another member of the hybrid {min(lengths)}"
                yield Finding((*path, "sel"), msg, f"write {elements}, one for each element")


def _repformer_problems(repformer: dict[Any, Any], path: TreePath) -> Iterator[Finding]:
    key = "update_g1_has_grrg"
    kept = repformer.get("g1_out_mlp", True) is False
    of_conv = repformer.get("g1_out_conv", True) is False
    sources = (key, "update_g1_has_drrd", *(("update_g1_has_conv",) if of_conv else ()))
    if not kept and all(repformer.get(each, True) is False for each in sources):
        msg = f"nothing updates g1: {' and '.join(sources)} are false"
        yield Finding((*path, key), msg, "set one of them to true")


def _repflow_problems(repflow: dict[Any, Any], path: TreePath) -> Iterator[Finding]:
    width, rate, edge = (
        integer(repflow.get(key, usual))
        for key, usual in (("a_dim", 64), ("a_compress_rate", 0), ("a_compress_e_rate", 1))
    )
    if rate and width is not None and edge is not None and (width * edge) % (2 * rate):
        msg = f"a_dim * a_compress_e_rate is {width * edge}, not divisible by {2 * rate}"
        hint = "it must be divisible by twice a_compress_rate"
        yield Finding((*path, "a_compress_rate"), msg, hint)
    if repflow.get("use_dynamic_sel") is True and repflow.get("smooth_edge_update", False) is False:
        msg = "use_dynamic_sel needs smooth_edge_update"
        yield Finding((*path, "smooth_edge_update"), msg, "set it to true")


def _cutoffs(
    view: InputView,
) -> Iterator[tuple[TreePath, dict[Any, Any], dict[Any, Any], str]]:
    """Iterate over the sections with a cutoff: place, content, values in force, prefix of keys."""
    for path, params in written_components(view, "descriptor"):
        cls = class_of_descriptor(params)
        yield path, params, params if cls is None else in_force(cls, params), ""
        parts = {key: as_dict(params.get(key)) for key in ("repinit", "repformer", "repflow")}
        prefixed = [("repinit", ""), ("repformer", ""), ("repflow", "e_"), ("repflow", "a_")]
        if parts["repinit"].get("use_three_body") is True:
            prefixed.append(("repinit", "three_body_"))
        for key, prefix in prefixed:
            yield (*path, key), parts[key], parts[key], prefix


def _plain_number(value: Any) -> float | None:
    return value if isinstance(value, int | float) else None


def _axes(
    descriptor: dict[Any, Any],
) -> Iterator[tuple[TreePath, dict[Any, Any], dict[str, int | None], int]]:
    """Iterate over the parts that have axis neurons: place, parameters, widths and default."""
    cls = class_of_descriptor(descriptor)
    values = {} if cls is None else in_force(cls, descriptor)
    for place, fields in {} if cls is None else cls.axes().items():
        part, params = values, descriptor
        for key in place:
            part, params = part[key], as_dict(params.get(key))
        widths = {
            name: last_layer(part.get(name)) if name == "neuron" else integer(part.get(name))
            for name, switch in fields.items()
            if switch is None or part.get(switch) is True
        }
        yield place, params, widths, part["axis_neuron"]

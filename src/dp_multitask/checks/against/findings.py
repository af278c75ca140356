# SPDX-License-Identifier: LGPL-3.0-or-later
"""Everything about an input that does not fit the trained model that it starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dp_multitask.checks.against.fitting_in import PlaceOf, misfits
from dp_multitask.checks.against.heads import Start, starts
from dp_multitask.checks.against.starting_point import Mode, StartingPoint
from dp_multitask.checks.codes import severity_of
from dp_multitask.checks.rules.view import InputView, as_dict
from dp_multitask.config.training_input import has_shared_parts, resolve_input
from dp_multitask.diagnostics import Diagnostic, Finding, Underlined
from dp_multitask.errors import ConfigError, TreePath


class Verdict(NamedTuple):
    """What is to be said of an input and the model that it starts from.

    Attributes
    ----------
    findings : list of tuple
        Findings without spans, each with the part of the text to underline.
    notes : list of str
        How each branch starts: resumed, fine-tuned or with a random fitting net.
    replaced : frozenset of paths
        Places in the input where the trained model's settings stand instead.
    """

    findings: list[tuple[Diagnostic, Underlined]]
    notes: list[str]
    replaced: frozenset[TreePath] = frozenset()


def judge(
    data: Any,
    point: StartingPoint,
    *,
    mode: Mode = "finetune",
    branch: str | None = None,
    use_pretrain_script: bool = False,
    left_open: bool = False,
) -> Verdict:
    """Compare an input, of any kind, with the trained model that its training starts from.

    The options are those of `check`, `branch` is what ``--model-branch`` names. With `left_open`
    the trained model's parts take the place of those that the input leaves empty. What cannot be
    resolved is left to the other checks.
    """
    models = _models(data)
    if models is None or not point.branches:
        return Verdict([], [])
    view = InputView(data, "pt")
    places = {each.name: each for each in view.models}

    def place(name: str, key: str) -> TreePath:
        found = places.get(name) or places.get("")
        return ("model", key) if found is None else _written(view.item_path(found, key), data)

    said: dict[tuple[str, TreePath, str], tuple[Diagnostic, Underlined]] = {}
    notes: list[str] = []

    def say(code: str, finding: Finding) -> None:
        path = _written(finding.path, data)
        told = Diagnostic(
            code, severity_of(code), path, None, finding.message, finding.hint, finding.fix
        )
        said.setdefault((code, path, finding.message), (told, finding.part))

    # `--restart` takes no notice of it
    from_script = use_pretrain_script and mode != "restart"
    taken: list[Start] = []
    for each in starts(models, point, mode, branch):
        if not isinstance(each, Start):
            say(*each)
            continue
        notes.append(each.note)
        if from_script and mode == "init-model":
            continue  # the whole model section is that of the trained model
        if from_script and "descriptor" not in point.branches[each.head]:
            say("DPM807", _nothing_to_take(each))
            continue
        if from_script or left_open:
            each = _with_script(each, point, all_of_it=from_script)
        taken.append(each)
        for code, finding in misfits(each, point, mode, place):
            say(code, finding)
    replaced: frozenset[TreePath] = frozenset()
    if from_script:
        for code, finding in _case_embeddings(taken, place):
            say(code, finding)
        whole: frozenset[TreePath] = frozenset((("model",),))
        replaced = whole if mode == "init-model" else _replaced(taken, place)
    return Verdict(list(said.values()), notes, replaced)


def _replaced(taken: list[Start], place: PlaceOf) -> frozenset[TreePath]:
    """Give the places of all descriptors, and of the fitting nets that no branch has at random."""
    kept = {place(each.branch, "fitting_net") for each in taken if each.way == "random"}
    nets = {place(each.branch, "fitting_net") for each in taken} - kept
    found = nets | {place(each.branch, "descriptor") for each in taken}
    # share levels are those of the class, which is that of the trained model
    return frozenset(found | {(*each.path, "descriptor") for each in taken})


def _nothing_to_take(start: Start) -> Finding:
    msg = f"{start.head!r} of the model has no descriptor for --use-pretrain-script to take"
    return Finding(start.path, msg, "leave the option out, and write the model as it is", "key")


def _case_embeddings(taken: list[Start], place: PlaceOf) -> Iterator[tuple[str, Finding]]:
    """Find random fitting nets, which are the input's, unlike those of the trained model."""
    sizes = [as_dict(each.config.get("fitting_net")).get("dim_case_embd", 0) for each in taken]
    started = list(zip(taken, sizes, strict=True))
    kept = next((size for each, size in started if each.way != "random"), None)
    for each, size in started:
        if kept is not None and each.way == "random" and size != kept:
            path = (*place(each.branch, "fitting_net"), "dim_case_embd")
            msg = f"dim_case_embd is {size} here, {kept} in the model"
            yield "DPM801", Finding(path, msg, f"all branches have the same: write {kept}")


def _models(data: Any) -> list[tuple[str, TreePath, Mapping[str, Any]]] | None:
    """Give name, place and resolved config of each branch; None if the input has none."""
    if not isinstance(data, dict) or not isinstance(data.get("model"), dict):
        return None
    if "model_dict" not in data["model"]:
        if has_shared_parts(data):
            return None  # a linear model with shared parts: it starts as one
        return [("Default", ("model",), data["model"])]
    try:
        resolved = resolve_input(data)["model"]["model_dict"]
    except ConfigError:
        return None
    return [
        (name, ("model", "model_dict", name), config)
        for name, config in resolved.items()
        if isinstance(config, dict) and not name.startswith("_")
    ]


def _with_script(start: Start, point: StartingPoint, *, all_of_it: bool) -> Start:
    """Put the trained model's descriptor, and fitting net unless it is random, in place."""
    given = point.branches[start.head]
    keys = ["descriptor"] if start.way == "random" else ["descriptor", "fitting_net"]
    taken = {
        key: given[key]
        for key in keys
        if key in given and (all_of_it or not start.config.get(key))
    }
    return start._replace(config={**start.config, **taken})


def _written(path: TreePath, data: Any) -> TreePath:
    """Give the part of a path that is written in the input, but for a last key."""
    here: Any = data
    for depth, part in enumerate(path):
        keys: Any = range(len(here)) if isinstance(here, list) else as_dict(here)
        if part in keys:
            here = here[part]
        elif isinstance(here, dict) and depth == len(path) - 1:
            return path
        else:
            return path[:depth]
    return path

# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which head of a trained model each branch of an input starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dp_multitask.checks.against.starting_point import ONLY, Mode, StartingPoint
from dp_multitask.config.branch_names import RANDOM
from dp_multitask.diagnostics import Finding, Fix
from dp_multitask.errors import TreePath
from dp_multitask.text.plain_data import slip_of, suggest

HEAD = "finetune_head"

Way = Literal["resumed", "fine-tuned", "random"]


class Start(NamedTuple):
    """How a branch starts.

    Attributes
    ----------
    branch : str
        The branch of the input; ``Default`` for a single model.
    path : tuple of str or int
        Its place in the input.
    config : mapping
        Its config, resolved.
    head : str
        The branch of the trained model that it starts from.
    way : {"resumed", "fine-tuned", "random"}
        Whether it goes on as it was, is fine-tuned, or takes the descriptor alone.
    """

    branch: str
    path: TreePath
    config: Mapping[str, Any]
    head: str
    way: Way

    @property
    def note(self) -> str:
        """What is to be told of it."""
        who = "the model" if self.path == ("model",) else f"branch {self.branch!r}"
        if self.way == "resumed":
            return f"{who} goes on from {self.head!r}"
        if self.way == "fine-tuned":
            return f"{who} is fine-tuned from {self.head!r}"
        return f"{who} starts with a random fitting net, its descriptor from {self.head!r}"


def starts(
    models: list[tuple[str, TreePath, Mapping[str, Any]]],
    point: StartingPoint,
    mode: Mode,
    branch: str | None,
) -> Iterator[Start | tuple[str, Finding]]:
    """Give how each branch starts, or (code, finding) where it cannot.

    Parameters
    ----------
    models : list of tuple
        Name, place and resolved config of each branch.
    point : StartingPoint
        The trained model.
    mode : {"finetune", "init-model", "restart"}
        How the training starts from it.
    branch : str, optional
        What ``--model-branch`` names.
    """
    multitask = any(path != ("model",) for _, path, _ in models)
    if mode != "finetune":
        yield from _same_branches(models, point, multitask)
        return
    if multitask and branch:
        msg = f"--model-branch {branch!r} is for single-task inputs"
        yield "DPM807", Finding(("model", "model_dict"), msg, f"write {HEAD!r} in a branch", "key")
        return
    for name, path, config in models:
        if multitask:
            yield _of_branch(name, path, config, point)
        else:
            yield _of_single(path, config, point, branch)


def _of_branch(
    name: str, path: TreePath, config: Mapping[str, Any], point: StartingPoint
) -> Start | tuple[str, Finding]:
    asked = config.get(HEAD)
    if isinstance(asked, str) and asked != RANDOM:
        head = point.head(asked)
        if head is None:
            return _no_head(asked, (*path, HEAD), point)
        return Start(name, path, config, head, "fine-tuned")
    if asked is None and name in point.branches:
        return Start(name, path, config, name, "resumed")
    return Start(name, path, config, next(iter(point.branches)), "random")


def _of_single(
    path: TreePath, config: Mapping[str, Any], point: StartingPoint, branch: str | None
) -> Start | tuple[str, Finding]:
    asked = branch or config.get(HEAD) or ""
    if asked in ("", RANDOM) and (point.multitask or asked == RANDOM):
        return Start(ONLY, path, config, next(iter(point.branches)), "random")
    head = ONLY if not point.multitask and asked == "" else point.head(str(asked))
    if head is None:
        place = path if branch else (*path, HEAD)
        return _no_head(str(asked), place, point)
    return Start(ONLY, path, config, head, "fine-tuned")


def _no_head(asked: str, path: TreePath, point: StartingPoint) -> tuple[str, Finding]:
    known = [*point.branches, *point.aliases]
    near = suggest(asked, known)
    msg = f"{point.name} has no head {asked!r}"
    hint = f"Did you mean {near!r}?" if near else f"its heads: {', '.join(known[:8])}"
    fix = None
    if near and path[-1:] == (HEAD,):
        fix = Fix.replace(path, near, "safe" if slip_of(asked, known) == near else "unsafe")
    return "DPM802", Finding(path, msg, hint, fix=fix)


def _same_branches(
    models: list[tuple[str, TreePath, Mapping[str, Any]]], point: StartingPoint, multitask: bool
) -> Iterator[Start | tuple[str, Finding]]:
    if multitask != point.multitask:
        here, there = ("branches", "a single model") if multitask else ("one model", "branches")
        msg = f"the input has {here}, {point.name} has {there}"
        yield "DPM803", Finding(("model",), msg, "start with --finetune", "key")
        return
    names = [name for name, _, _ in models]
    for name, path, config in models:
        if name in point.branches:
            yield Start(name, path, config, name, "resumed")
            continue
        near = suggest(name, [each for each in point.branches if each not in names])
        hint = f"Did you mean {near!r}?" if near else "start with --finetune to add a branch"
        yield "DPM803", Finding(path, f"{point.name} has no branch {name!r}", hint, "key")
    for name in point.branches:
        if name not in names:
            msg = f"{point.name} has a branch {name!r}, the input does not"
            hint = "start with --finetune to leave a branch out"
            yield "DPM803", Finding(("model", "model_dict"), msg, hint, "key")

# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which head of a pre-trained model a branch starts from."""

from __future__ import annotations

from collections.abc import Iterator

from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.view import InputView
from dp_multitask.diagnostics import Fix
from dp_multitask.text.plain_data import suggest


def starts_from_heads(view: InputView) -> bool:
    """Tell whether the input fine-tunes: some branch names the head that it starts from."""
    return any(each.params.get("finetune_head") is not None for each in view.branches)


@rule("DPM601", "warning")
def almost_a_head(view: InputView) -> Iterator[Finding]:
    """The branch is called almost like a head of the pre-trained model.

    With `dp train --finetune`, a branch without `finetune_head` goes on from the branch of the
    same name in the pre-trained model, which is how a branch is kept in training. If there is none
    of exactly this name, its fitting net silently starts from random values. Here another branch
    names a head that differs only in upper and lower case or in its separators.

    Write the name as the pre-trained model has it, or name the head with `finetune_head`.
    """
    heads = {
        _folded(head): head
        for each in view.branches
        if isinstance(head := each.params.get("finetune_head"), str) and head != "RANDOM"
    }
    for branch in view.branches:
        head = heads.get(_folded(branch.name))
        if "finetune_head" not in branch.params and head not in (None, branch.name):
            msg = f"branch {branch.name!r} is not called {head!r}, so it starts from random values"
            hint = f"rename it, or write 'finetune_head': {head!r}"
            yield Finding(branch.path, msg, hint, "key")


def _folded(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


@rule("DPM604", "warning", *EVERY)
def taken_from_pretrained_model(view: InputView) -> Iterator[Finding]:
    """The descriptor is empty, to be taken from the pre-trained model.

    `"descriptor": {}` is right with `dp train --finetune MODEL --use-pretrain-script`, which puts
    the descriptor and fitting net of the pre-trained model in. Without `--use-pretrain-script`
    DeePMD-kit's argument check refuses it.

    Start the training with `--use-pretrain-script`, or write the descriptor out.
    """
    for branch in view.models:
        if view.item(branch, "descriptor") == {}:
            path = view.item_path(branch, "descriptor")
            msg = "the descriptor is empty: it has to come from a pre-trained model"
            hint = "train with --use-pretrain-script, or write the descriptor out"
            yield Finding(path, msg, hint, "key", (path,))


@rule("DPM602", "warning", *EVERY)
def head_almost_random(view: InputView) -> Iterator[Finding]:
    """The `finetune_head` is almost `RANDOM`.

    Only `RANDOM` in capitals asks for a freshly initialised fitting net; anything else is the
    name of a branch of the pre-trained model.

    Write `RANDOM`, unless a branch has that name.
    """
    for branch in view.models:
        head = branch.params.get("finetune_head")
        if isinstance(head, str) and head != "RANDOM" and suggest(head.upper(), ["RANDOM"]):
            msg = f"the finetune_head {head!r} is taken for the name of a branch"
            path = branch.place("finetune_head")
            yield Finding(path, msg, "Did you mean 'RANDOM'?", fix=Fix.replace(path, "RANDOM"))


@rule("DPM603", "warning")
def alias_shadows_random(view: InputView) -> Iterator[Finding]:
    """An alias is `RANDOM`.

    `finetune_head: RANDOM` always asks for a freshly initialised fitting net, never for a branch
    with that alias.

    Choose another alias.
    """
    for branch in view.branches:
        aliases = branch.params.get("model_branch_alias")
        if isinstance(aliases, list) and "RANDOM" in aliases:
            path = (*branch.place("model_branch_alias"), aliases.index("RANDOM"))
            msg = "no finetune_head can name the alias 'RANDOM'"
            yield Finding(path, msg, "choose another alias")

# SPDX-License-Identifier: LGPL-3.0-or-later
"""Which head of a pre-trained model a branch starts from."""

from __future__ import annotations

from collections.abc import Iterator

from dp_multitask.checks.rules.rule import EVERY, Finding, rule
from dp_multitask.checks.rules.view import InputView
from dp_multitask.text.plain_data import suggest


@rule("DPM601", "warning")
def branch_without_head(view: InputView) -> Iterator[Finding]:
    """Some branches name a `finetune_head`, this one does not.

    With `dp train --finetune`, a branch without `finetune_head` goes on from the branch of the
    same name in the pre-trained model, and if there is none (a misspelled name, for example), its
    fitting net silently starts from random values.

    Name the head of the pre-trained model, or write `RANDOM` to say that a fresh one is meant.
    """
    named = [each for each in view.branches if "finetune_head" in each.params]
    if not named:
        return
    for branch in view.branches:
        if "finetune_head" not in branch.params:
            msg = (
                f"branch {branch.name!r} has no 'finetune_head', unlike {named[0].name!r}: it "
                "starts from a head of its own name, or from random values if there is none"
            )
            yield Finding(branch.path, msg, "name a head, or write 'RANDOM'", "key")


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
            yield Finding(branch.place("finetune_head"), msg, "Did you mean 'RANDOM'?")


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

# SPDX-License-Identifier: LGPL-3.0-or-later
"""Keys directly under ``model``, which are defaults of all branches."""

from __future__ import annotations

from collections.abc import Iterator

from dp_multitask.checks.rules.rule import Finding, rule
from dp_multitask.checks.rules.view import CASCADING_BACKENDS, InputView
from dp_multitask.config.model_section import NOT_CASCADED
from dp_multitask.diagnostics import Fix


@rule("DPM209", "warning")
def copied_not_shared(view: InputView) -> Iterator[Finding]:
    """Parameters directly under `model` are copied to the branches, not shared.

    A key directly under `model` is a default of every branch. A descriptor or fitting net that
    is written out there gives each branch parameters of its own that start alike.

    Put it into `shared_dict` and name it, if the branches are to train it together.
    """
    for key in ("descriptor", "fitting_net"):
        heirs = [each.name for each in view.branches if key not in each.own]
        if isinstance(view.cascaded.get(key), dict) and len(heirs) > 1:
            msg = f"{len(heirs)} branches get a copy of this {key} each; nothing is shared"
            hint = f"to share it, move it into 'shared_dict' and write its name as {key!r}"
            yield Finding(("model", key), msg, hint, "key")


@rule("DPM210", "warning")
def default_without_effect(view: InputView) -> Iterator[Finding]:
    """A key directly under `model` is overridden in every branch.

    A key directly under `model` is a default; a branch's own value wins. Here all branches have
    one, so that the default says something that is true of no branch.

    Remove it, or the branches' own values.
    """
    for key in view.cascaded:
        written = isinstance(key, str) and not key.startswith("_")
        if written and view.branches and all(key in each.own for each in view.branches):
            msg = f"every branch has a {key!r} of its own, so this default has no effect"
            path = ("model", key)
            hint = "remove it here or in the branches"
            yield Finding(path, msg, hint, "key", fix=Fix.remove(path))


@rule("DPM211", "error")
def default_not_supported(view: InputView) -> Iterator[Finding]:
    """The backend or the release does not hand keys under `model` down to the branches.

    Since 3.2 the PyTorch and JAX backends take a key directly under `model` for a default of every
    branch; the others refuse it, and so do earlier releases.

    Write the key in every branch.
    """
    if view.cascades:
        return
    who = f"backend {view.backend!r}"
    if view.backend in CASCADING_BACKENDS:
        who = "this release"
    for key in view.model:
        if key in NOT_CASCADED or str(key).startswith("_"):
            continue
        if view.backend in CASCADING_BACKENDS and not view.release_has(str(key), "model"):
            continue  # a word that no branch knows either
        msg = f"{who} takes no defaults of all branches, found {key!r}"
        missing = tuple((*each.path, str(key)) for each in view.branches)
        yield Finding(("model", key), msg, "write it in every branch", "key", missing)

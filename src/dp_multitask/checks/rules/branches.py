# SPDX-License-Identifier: LGPL-3.0-or-later
"""Branch names and aliases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dp_multitask.checks.rules.rule import Finding, rule
from dp_multitask.checks.rules.view import InputView, as_dict
from dp_multitask.config.branch_names import RESERVED_NAMES
from dp_multitask.diagnostics import Fix
from dp_multitask.errors import TreePath

_TORCH_BACKENDS = frozenset(("pt", "pt_expt"))

# What a branch cannot be called: a ModuleDict refuses names that are attributes of its own
# (torch 2.13), and a checkpoint's head is cut out by the text `model.<branch>.`, which also
# stands in the names of other branches' parameters for the last line's names.
_MODULE_ATTRIBUTES = frozenset((
    "T_destination", "add_module", "apply", "bfloat16", "buffers", "call_super_init", "children",
    "clear", "compile", "cpu", "cuda", "double", "dump_patches", "eval", "extra_repr", "float",
    "forward", "get_buffer", "get_extra_state", "get_parameter", "get_submodule", "half", "ipu",
    "items", "keys", "load_state_dict", "modules", "mtia", "named_buffers", "named_children",
    "named_modules", "named_parameters", "parameters", "pop", "register_backward_hook",
    "register_buffer", "register_forward_hook", "register_forward_pre_hook",
    "register_full_backward_hook", "register_full_backward_pre_hook",
    "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook", "register_module",
    "register_parameter", "register_state_dict_post_hook", "register_state_dict_pre_hook",
    "requires_grad_", "set_extra_state", "set_submodule", "share_memory", "state_dict", "to",
    "to_empty", "train", "training", "type", "update", "values", "xpu", "zero_grad",
    "atomic_model", "descriptor", "fitting_net",
))


@rule("DPM301", "error")
def no_branches(view: InputView) -> Iterator[Finding]:
    """There is no branch to train.

    `model_dict` maps the name of each branch to its model; without one there is nothing to train.

    Add a branch, or write a single model directly under `model`.
    """
    model_dict = view.model.get("model_dict")
    if isinstance(model_dict, dict) and not view.branch_names:
        msg = "'model_dict' has no branch"
        yield Finding(("model", "model_dict"), msg, "add a branch: a name and its model", "key")


@rule("DPM302", "error")
def reserved_branch_name(view: InputView) -> Iterator[Finding]:
    """The branch is called `RANDOM`.

    `finetune_head: RANDOM` asks for a freshly initialised fitting net, so DeePMD-kit lets no
    branch have that name.

    Rename the branch, in `loss_dict`, `data_dict` and `model_prob` too.
    """
    for branch in view.branches:
        if branch.name == "RANDOM":
            msg = "no branch may be called 'RANDOM': finetune_head uses the word"
            yield Finding(branch.path, msg, "rename the branch", "key")


@rule("DPM303", "error")
def branch_taken_for_comment(view: InputView) -> Iterator[Finding]:
    """The branch's name starts with `_`, so it is dropped as a comment.

    DeePMD-kit's argument check removes every key that starts with an underscore. The branch
    vanishes without a word, but the shared links still name it, and training stops at them. One
    that names no shared entry is a comment.

    Rename the branch, in `loss_dict`, `data_dict` and `model_prob` too.
    """
    for branch in view.branches:
        if branch.name.startswith("_"):
            msg = f"the branch {branch.name!r} would be dropped as a comment"
            hint = f"rename it, for example to {branch.name.lstrip('_') or 'branch_1'!r}"
            yield Finding(branch.path, msg, hint, "key")


@rule("DPM310", "error")
def comment_among_branches(view: InputView) -> Iterator[Finding]:
    """A comment stands in `model_dict`, and keys directly under `model`.

    DeePMD-kit hands the keys directly under `model` down to everything in `model_dict`, comments
    included, before it removes the comments: at a text or a list it stops with an
    `AttributeError`. A `_comment` under `model` is such a key, too.

    Put the comment elsewhere, or make a mapping of it.
    """
    if not view.cascaded:
        return
    for name, value in as_dict(view.model.get("model_dict")).items():
        if str(name).startswith("_") and not isinstance(value, dict):
            above = ", ".join(repr(str(key)) for key in list(view.cascaded)[:3])
            msg = f"a comment in 'model_dict' cannot take the keys directly under 'model': {above}"
            hint = "put the comment elsewhere, such as into 'shared_dict'"
            yield Finding(("model", "model_dict", name), msg, hint, "key")


@rule("DPM304", "error")
def unusable_branch_name(view: InputView) -> Iterator[Finding]:
    """The branch's name cannot be the name of a module.

    PyTorch keeps the branches in a `ModuleDict`, whose keys must be non-empty strings without a
    dot that are no attributes of a module (`type`, `train`, `keys`, ...). The names `descriptor`,
    `fitting_net` and `atomic_model` are confused with the parts of other branches when a head is
    taken out of a checkpoint.

    Rename the branch, in `loss_dict`, `data_dict` and `model_prob` too.
    """
    for branch in view.branches:
        reason = _name_problem(branch.path[-1], view.backend)
        if reason:
            msg = f"the branch name {branch.path[-1]!r} {reason}"
            hint = "use letters, digits, - and _, beginning with a letter"
            yield Finding(branch.path, msg, hint, "key")


@rule("DPM305", "warning")
def branch_name_not_storable(view: InputView) -> Iterator[Finding]:
    """The branch cannot be stored in a native model file under this name.

    In a `.dp` file each branch is a group `/model_dict/<branch>`, and a slash separates groups.
    `@variables` and `@is_variable` mark the variables of a model there and in `.yaml` files.

    Use another name, in `loss_dict`, `data_dict` and `model_prob` too.
    """
    for branch in view.branches:
        msg = f"the branch name {branch.name!r} cannot be stored in a model file"
        if "/" in branch.name or "\0" in branch.name:
            yield Finding(branch.path, msg, "use no slash in a branch name", "key")
        elif branch.name in RESERVED_NAMES:
            yield Finding(branch.path, msg, "rename the branch: this name marks variables", "key")


@rule("DPM306", "error")
def duplicate_alias(view: InputView) -> Iterator[Finding]:
    """An alias is given twice.

    An alias of `model_branch_alias` names one branch. DeePMD-kit asserts it only when the trained
    model is loaded: testing and freezing fail after the whole training.

    Give each branch aliases of its own. An alias directly under `model` comes down to every
    branch, so it is given as often as there are branches.
    """
    first: dict[str, str] = {}
    for name, path, alias in _aliases(view):
        if alias in first:
            msg = f"the alias {alias!r} of branch {name!r} is one of {first[alias]!r} already"
            yield Finding(path, msg, "choose another alias")
        first.setdefault(alias, name)


@rule("DPM307", "error")
def alias_is_branch_name(view: InputView) -> Iterator[Finding]:
    """An alias is the name of a branch.

    A name would stand for two branches, or an alias repeats its branch's own name. DeePMD-kit
    asserts that neither happens, but only when the trained model is loaded, after training.

    Choose another alias, or remove it if it is the branch's own name.
    """
    for name, path, alias in _aliases(view):
        if alias == name:
            msg = f"the alias {alias!r} is the branch's own name"
            yield Finding(path, msg, "remove the alias", fix=Fix.remove(path, "safe"))
        elif alias in view.by_name:
            msg = f"the alias {alias!r} of branch {name!r} is the name of another branch"
            yield Finding(path, msg, "choose another alias")


@rule("DPM308", "warning")
def names_differ_in_case_only(view: InputView) -> Iterator[Finding]:
    """Two names of branches or aliases differ only in upper and lower case.

    When a name is not found as it is written, DeePMD-kit takes the first one that is equal but
    for the case: a slip of the shift key then silently chooses the other branch.

    Rename one of them.
    """
    first: dict[str, str] = {}
    named = [(each.name, each.path, each.name) for each in view.branches]
    for _, path, name in [*named, *_aliases(view)]:
        other = first.setdefault(name.lower(), name)
        if other != name:
            msg = f"{name!r} and {other!r} differ only in upper and lower case"
            yield Finding(path, msg, "rename one of them", "key")


@rule("DPM309", "warning")
def default_is_not_first(view: InputView) -> Iterator[Finding]:
    """`Default` is not the first branch.

    Some commands take the branch that is called `Default`, or has it as an alias, when no head is
    given; others take the first branch.

    Move the branch to the front of `model_dict`, so that both are the same.
    """
    if len(view.branches) < 2:
        return
    named = [(each.name, each.path, each.name) for each in view.branches]
    for name, path, alias in [*named, *_aliases(view)]:
        if alias == "Default" and name != view.branches[0].name:
            msg = f"'Default' is branch {name!r}, but the first one is {view.branches[0].name!r}"
            yield Finding(path, msg, f"move {name!r} to the front of 'model_dict'")
            return


def _aliases(view: InputView) -> Iterator[tuple[str, TreePath, str]]:
    """Iterate over branch name, place and alias of every alias."""
    for branch in view.branches:
        listed: Any = branch.params.get("model_branch_alias")
        if isinstance(listed, list):
            for index, alias in enumerate(listed):
                if isinstance(alias, str):
                    yield branch.name, (*branch.place("model_branch_alias"), index), alias


def _name_problem(name: Any, backend: str) -> str | None:
    if not isinstance(name, str):
        return "is no string"
    if not name:
        return "is empty"
    if "." in name:
        return "contains a dot"
    if backend in _TORCH_BACKENDS and name in _MODULE_ATTRIBUTES:
        return "is also the name of a part or method of a PyTorch module"
    return None

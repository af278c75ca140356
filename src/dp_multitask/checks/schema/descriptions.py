# SPDX-License-Identifier: LGPL-3.0-or-later
"""What editors show for the keys that multitask training adds; the manual explains the rest."""

from __future__ import annotations

MANUAL = "https://docs.deepmodeling.com/projects/deepmd/en/stable/train/train-input.html"

_REFERENCE = (
    "A branch of a multitask input may name an entry of shared_dict instead: 'key', or "
    "'key:level' with a share level."
)

DESCRIPTIONS: dict[str, str] = {
    "multitask/model": "All branches and what they share. Other keys that are written directly "
    "here reach every branch that does not have them itself.",
    "multitask/model/model_dict": "One model for each branch, by the branch's name.",
    "multitask/model/shared_dict": "Type maps, descriptors and fitting nets that branches name by "
    "key. Branches that name the same descriptor or fitting net share its parameters.",
    "model/type_map": f"The elements, in the order of the atom types. {_REFERENCE}",
    "model[standard]/descriptor": f"The descriptor. {_REFERENCE} Level 0 shares all of it; level "
    "1 shares the type embedding only, where the type supports it.",
    "model[dpa4]/descriptor": f"The descriptor. {_REFERENCE} Level 0 shares all of it; level 1 "
    "shares the type embedding only.",
    "model[standard]/fitting_net": f"The fitting net. {_REFERENCE}",
    "model[dpa4]/fitting_net": f"The fitting net. {_REFERENCE}",
    "model[standard]/model_branch_alias": "Other names of this branch, unique over all branches.",
    "model[dpa4]/model_branch_alias": "Other names of this branch, unique over all branches.",
    "model[standard]/info": "Free notes about this branch.",
    "model[dpa4]/info": "Free notes about this branch.",
    "model/finetune_head": "The branch of the pre-trained model whose fitting net this branch "
    "starts from; RANDOM for a new one.",
    "multitask/loss_dict": "One loss for each branch, by the branch's name.",
    "multitask/training/data_dict": "The data of each branch, by the branch's name.",
    "multitask/training/model_prob": "How often each branch is trained, by the branch's name. "
    "Excludes num_epoch_dict.",
    "multitask/training/num_epoch_dict": "How many epochs each branch is trained, by the branch's "
    "name. Excludes numb_steps and model_prob.",
}
"""Place of a field in the schema -> what it is."""

# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a key means at its place in an input, in a line; the manual tells the rest.

`DESCRIPTIONS` has the keys that multitask training adds or gives another meaning; of the others
it is what `config.meanings` says of the name.
"""

from __future__ import annotations

import re

from dp_multitask.checks.schema.table import SchemaField
from dp_multitask.config.meanings import meaning_of, unit_of

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


def line_about(field: SchemaField) -> str | None:
    """Say in a line what a key means; None where the manual alone says it."""
    said = DESCRIPTIONS.get(field.place) or meaning_of(field.name)
    unit = unit_of(field.name)
    return f"{said.removesuffix('.')} [{unit}]." if said and unit else said or None


def manual_page(field: SchemaField) -> str:
    """Give the address of the paragraph that DeePMD-kit's manual has about a key."""
    if field.owner.startswith(("multitask", "single-task")):
        return MANUAL
    anchor = re.sub(r"[^a-z0-9]+", "-", field.place.lower()).strip("-")
    return f"{MANUAL}#{anchor}"

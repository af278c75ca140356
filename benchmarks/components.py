# SPDX-License-Identifier: LGPL-3.0-or-later
"""Native classes against DeePMD-kit's numpy classes: a model of 31 branches of the size of DPA-2.

Run with an installed DeePMD-kit::

    python benchmarks/components.py

Both sides read and write the same trees in one process, in turn; then both build them afresh.
"""

from __future__ import annotations

import copy
import warnings

from timing import time_functions

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.variables import count
from dp_multitask.components.descriptors.descriptor import Descriptor
from dp_multitask.components.fittings.fitting import Fitting

BRANCHES = 31
TYPE_MAP = ["H", "C", "N", "O", "F", "P", "S", "Cl", "Fe", "Cu"]
DESCRIPTOR = {
    "type": "dpa2",
    "repinit": {
        **{"rcut": 6.0, "rcut_smth": 2.0, "nsel": 120, "tebd_dim": 8, "axis_neuron": 12},
        **{"neuron": [25, 50, 100], "activation_function": "tanh"},
        **{"use_three_body": True, "three_body_neuron": [25, 50, 100], "three_body_sel": 48},
    },
    "repformer": {
        **{"rcut": 4.0, "rcut_smth": 3.5, "nsel": 48, "nlayers": 6, "g1_dim": 128, "g2_dim": 32},
        **{"attn2_hidden": 32, "attn1_hidden": 128, "update_style": "res_residual"},
    },
    "precision": "float64",
}
FITTING = {"type": "ener", "neuron": [240, 240, 240], "precision": "float64"}
ROUNDS = 5


def main() -> None:
    """Print the median seconds and the ratios."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from deepmd.dpmodel.descriptor.dpa2 import DescrptDPA2
        from deepmd.dpmodel.fitting.ener_fitting import EnergyFittingNet

    plan = Descriptor.plan_config(DESCRIPTOR, TYPE_MAP)
    width = int(plan.cls.dim_out(plan.fields))
    kinds = {"ntypes": len(TYPE_MAP), "type_map": TYPE_MAP}

    def ours_afresh(seed: int = 1) -> list[Component]:
        made = []
        for branch in range(BRANCHES):
            made.append(Descriptor.from_config(DESCRIPTOR, TYPE_MAP, seed + branch))
            sizes = {"ntypes": len(TYPE_MAP), "dim_descrpt": width, "mixed_types": True}
            made.append(Fitting.from_config({**FITTING, **sizes}, TYPE_MAP, seed + branch))
        return made

    def theirs_afresh() -> list[object]:
        made: list[object] = []
        keys = {key: value for key, value in DESCRIPTOR.items() if key != "type"}
        net = {key: value for key, value in FITTING.items() if key != "type"}
        for branch in range(BRANCHES):
            made.append(DescrptDPA2(**copy.deepcopy(keys), **kinds, seed=branch))
            made.append(EnergyFittingNet(dim_descrpt=width, mixed_types=True, **net, **kinds))
        return made

    trees = [component.serialize() for component in ours_afresh()]
    pairs = list(zip(trees[::2], trees[1::2], strict=True))

    def ours() -> None:
        for tree in trees:
            Component.deserialize(tree).serialize()

    def theirs() -> None:
        for descriptor, fitting in pairs:
            DescrptDPA2.deserialize(descriptor).serialize()
            EnergyFittingNet.deserialize(fitting).serialize()

    sizes = [(path, array.shape) for each in ours_afresh() for path, array in each.variables()]
    print(f"{BRANCHES} branches, {len(sizes)} variables, {sum(count(sizes)):,} numbers")
    read = time_functions({"ours": ours, "DeePMD-kit": theirs}, rounds=ROUNDS)
    made = time_functions({"ours": ours_afresh, "DeePMD-kit": theirs_afresh}, rounds=ROUNDS)
    for name, timings in (("deserialize + serialize", read), ("initialise", made)):
        print(
            f"{name}: {timings.median('ours'):.3f} s, DeePMD-kit "
            f"{timings.median('DeePMD-kit'):.3f} s, {timings.ratio('DeePMD-kit', 'ours'):.1f} x"
        )


if __name__ == "__main__":
    main()

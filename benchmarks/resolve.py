# SPDX-License-Identifier: LGPL-3.0-or-later
"""How fast resolving is: the command, and the function in process.

Run it where DeePMD-kit is installed, since its function is the rival::

    python benchmarks/resolve.py [--rounds 7]
"""

from __future__ import annotations

import argparse
import copy
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from timing import (
    format_seconds,
    print_table,
    python,
    time_commands,
    time_functions,
)

# the elements up to oganesson
ELEMENTS = [
    "H", "He", "Li", "Be", "B", "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S",
    "Cl", "Ar", "K", "Ca", "Sc", "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga",
    "Ge", "As", "Se", "Br", "Kr", "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd",
    "Ag", "Cd", "In", "Sn", "Sb", "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm",
    "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os",
    "Ir", "Pt", "Au", "Hg", "Tl", "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa",
    "U", "Np", "Pu", "Am", "Cm", "Bk", "Cf", "Es", "Fm", "Md", "No", "Lr", "Rf", "Db", "Sg",
    "Bh", "Hs", "Mt", "Ds", "Rg", "Cn", "Nh", "Fl", "Mc", "Lv", "Ts", "Og",
]  # fmt: skip

DPA3 = {
    "type": "dpa3",
    "repflow": {
        "n_dim": 128, "e_dim": 64, "a_dim": 32, "nlayers": 6, "e_rcut": 6.0, "e_rcut_smth": 5.3,
        "e_sel": 1200, "a_rcut": 4.0, "a_rcut_smth": 3.5, "a_sel": 300, "axis_neuron": 4,
        "fix_stat_std": 0.3, "a_compress_rate": 1, "a_compress_e_rate": 2,
        "a_compress_use_split": True, "update_angle": True, "smooth_edge_update": True,
        "edge_init_use_dist": True, "use_dynamic_sel": True, "sel_reduce_factor": 10.0,
        "use_exp_switch": True, "update_style": "res_residual", "update_residual": 0.1,
        "update_residual_init": "const",
    },
    "activation_function": "silut:10.0", "use_tebd_bias": False, "precision": "float32",
    "concat_output_tebd": False, "seed": 1,
}  # fmt: skip

# What DeePMD-kit's users would have to write to get the same work done.
BY_DEEPMD_KIT = """
import json, sys
from deepmd.pt.utils.multi_task import preprocess_shared_params
config = json.load(open(sys.argv[1]))
config["model"], links = preprocess_shared_params(config["model"])
for entry in links.values():
    entry["type"] = entry["type"].__name__
json.dump(config | {"shared_links": links}, sys.stdout, indent=2)
"""
LOAD_AND_DUMP = """
import json, sys
json.dump(json.load(open(sys.argv[1])), sys.stdout, indent=2)
"""


def make_input(branches: int) -> dict[str, Any]:
    """Make an input whose branches share the type map, a DPA-3 descriptor and a fitting net."""
    fitting = {"neuron": [240, 240, 240], "resnet_dt": True, "seed": 1, "dim_case_embd": branches}
    branch = {"type_map": "elements", "descriptor": "dpa3", "fitting_net": "fitting"}
    names = [f"branch_{index}" for index in range(branches)]
    loss = {"type": "ener", "start_pref_e": 0.2, "limit_pref_e": 20, "start_pref_f": 100}
    data = {"training_data": {"systems": ["data/0", "data/1"], "batch_size": "auto"}}
    return {
        "model": {
            "shared_dict": {"elements": ELEMENTS, "dpa3": DPA3, "fitting": fitting},
            "model_dict": {name: dict(branch) for name in names},
        },
        "learning_rate": {"type": "exp", "start_lr": 1e-3, "stop_lr": 1e-5},
        "loss_dict": dict.fromkeys(names, loss),
        "training": {"data_dict": dict.fromkeys(names, data), "numb_steps": 1000000},
    }


def commands(rounds: int) -> None:
    """Time the whole command against a fresh process that does the same in other ways."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for branches in (2, 31):
            path = str(Path(folder) / f"{branches}.json")
            Path(path).write_text(json.dumps(make_input(branches), indent=2))
            timings = time_commands(
                {
                    "ours": python("-m", "dp_multitask", "resolve", path),
                    "bare": python("-c", LOAD_AND_DUMP, path),
                },
                rounds=3 * rounds,
            )
            slow = time_commands(
                {
                    "ours": python("-m", "dp_multitask", "resolve", path),
                    "theirs": python("-c", BY_DEEPMD_KIT, path),
                },
                rounds=max(2, rounds // 2),
            )
            rows.append(
                [
                    str(branches),
                    format_seconds(timings.median("ours")),
                    format_seconds(slow.median("theirs")),
                    f"{slow.ratio('theirs', 'ours'):.0f}x",
                    format_seconds(timings.median("bare")),
                    f"{timings.ratio('ours', 'bare'):.2f}x",
                ]
            )
    print_table(
        "dp-multitask resolve, a whole process",
        ["branches", "ours", "DeePMD-kit", "faster", "json only", "slower"],
        rows,
    )


def in_process(rounds: int) -> None:
    """Time the function against DeePMD-kit's and against reading the expanded document."""
    from deepmd.pt.utils import multi_task

    from dp_multitask import preprocess_shared_params

    rows = []
    for branches in (10, 100, 1_000, 10_000):
        section = make_input(branches)["model"]
        expanded = json.dumps(preprocess_shared_params(section)[0])
        calls = max(1, 1_000 // branches)  # a single short call would be lost in the noise
        # DeePMD-kit's changes its argument, so each of its calls gets a copy made beforehand
        copies = [copy.deepcopy(section) for _ in range(calls * (rounds + 1))]
        timings = time_functions(
            {
                "ours": repeated(calls, lambda section=section: preprocess_shared_params(section)),
                "theirs": repeated(
                    calls, lambda copies=copies: multi_task.preprocess_shared_params(copies.pop())
                ),
                "json": repeated(calls, lambda expanded=expanded: json.loads(expanded)),
            },
            rounds=rounds,
            clock=time.process_time,
        )
        ours, theirs, reading = (
            timings.median(name) / calls for name in ("ours", "theirs", "json")
        )
        rows.append(
            [
                f"{branches:,}",
                format_seconds(ours),
                format_seconds(ours / branches),
                format_seconds(theirs),
                f"{timings.ratio('theirs', 'ours'):.1f}x",
                format_seconds(reading),
                f"{timings.ratio('json', 'ours'):.2f}x",
            ]
        )
    print_table(
        "preprocess_shared_params, in process (processor time)",
        ["branches", "ours", "a branch", "DeePMD-kit", "faster", "json.loads", "faster"],
        rows,
    )


def repeated(calls: int, function: Callable[[], object]) -> Callable[[], object]:
    """Give a function that calls another one some times and returns all results."""
    return lambda: [function() for _ in range(calls)]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="timed rounds (default: 7)")
    rounds = parser.parse_args().rounds
    commands(rounds)
    in_process(rounds)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the codes of the schema mean, for ``dp-multitask explain`` and the documentation."""

from __future__ import annotations

EXPLANATIONS: dict[str, tuple[str, str]] = {
    "DPM011": (
        "unknown key",
        "DeePMD-kit refuses a key that it does not know, so a typo stops the training job. The "
        "message names the nearest key that exists at that place, or the place where the key "
        "belongs. Keys that start with `_` are comments and may stand anywhere.\n\n"
        '    "descriptor": {"type": "se_e2_a", "rcutt": 6.0}    # rcut was meant',
    ),
    "DPM012": (
        "missing key",
        "A key without a default is absent. In a multitask input a branch also gets the keys that "
        "stand directly under `model`, so a key that all branches need can be written once "
        "there.\n\n"
        '    "training_data": {"batch_size": 1}    # systems is missing',
    ),
    "DPM013": (
        "wrong type",
        "The value is of another type than DeePMD-kit takes at this place. A name of a "
        "`shared_dict` entry may stand for a branch's `type_map`, `descriptor` and `fitting_net` "
        "and for items of a branch's own hybrid descriptor, and nowhere else. In YAML, `1e-3` is "
        "a string: write `1.0e-3`.\n\n"
        '    "sel": "46, 92"    # a list was meant: [46, 92]',
    ),
    "DPM014": (
        "unknown type",
        "The value of a `type` key is none of the choices at this place. Upper and lower case "
        "matter. `dp-multitask types` lists the descriptors, fitting nets and models.\n\n"
        '    "descriptor": {"type": "se_a2"}    # se_e2_a was meant',
    ),
    "DPM015": (
        "value out of range",
        "The value has the right type, but DeePMD-kit does not accept it: a number outside its "
        "interval, a list of the wrong length, or a string that is none of the choices.\n\n"
        '    "ema_decay": 1.0    # must be below 1',
    ),
    "DPM016": (
        "the same setting twice",
        "A key has several names, and two of them are given. DeePMD-kit takes one and refuses the "
        "other as unknown. Keep one.\n\n"
        '    "training": {"numb_steps": 1000, "stop_batch": 2000}',
    ),
    "DPM017": (
        "settings that do not fit together",
        "Keys of one section exclude or require each other, such as `numb_steps` and "
        "`num_epoch_dict`, or the options of a learning-rate schedule.\n\n"
        '    "learning_rate": {"start_lr": 1e-3, "stop_lr": 1e-8, "stop_lr_ratio": 1e-5}',
    ),
    "DPM018": (
        "outdated key",
        "DeePMD-kit still accepts the key, but ignores it or moves it to its new place. Remove "
        "or move it, so that the input says what is done.\n\n"
        '    "training_data": {"set_prefix": "set"}    # has no effect any more',
    ),
    "DPM019": (
        "truth value for a number",
        "`true` and `false` pass DeePMD-kit's check where a number is expected and then count as "
        "1 and 0. That is rarely meant.\n\n"
        '    "numb_steps": true',
    ),
    "DPM020": (
        "key that is no string",
        "All keys of an input are strings. YAML reads `1:` as a number and `yes:` as a truth "
        "value: put such a key in quotes.\n\n"
        "    model_dict:\n      1: {...}    # \"1\": {...}",
    ),
    "DPM021": (
        "value that training cannot use",
        "DeePMD-kit's argument check takes the value, but what meets it later does not: a name "
        "that is no activation function, precision or loss function, a batch size or probability "
        "that cannot be read, a size that is negative. The training job stops while it is being "
        "set up, or at its first step.\n\n"
        '    "activation_function": "tanhh"    # tanh was meant',
    ),
    "DPM022": (
        "type that the backend does not have",
        "The argument check lets it pass, since another backend has it, but the one that the "
        "input is meant for (`--backend`, `pt` by default) stops when it meets it.\n\n"
        '    "optimizer": {"type": "LKF"}    # PyTorch only',
    ),
    "DPM023": (
        "key that the backend ignores",
        "DeePMD-kit has one argument check for all backends, so a key of another backend passes "
        "it. The backend that the input is meant for (`--backend`, `pt` by default) does not look "
        "at this one: training runs as if it were not there.\n\n"
        '    "mixed_precision": {"compute_prec": "float16"}    # TensorFlow only',
    ),
    "DPM024": (
        "key or type of a later release",
        "The release that the input is checked for (`--schema`) refuses the key or the type, which "
        "came with a later one. What stands there is not looked at further.\n\n"
        '    "optimizer": {"type": "Adam"}    # since 3.1.3',
    ),
}

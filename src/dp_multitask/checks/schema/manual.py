# SPDX-License-Identifier: LGPL-3.0-or-later
"""What keys of an input mean, a line for each, with the unit; the manual tells the rest.

By the key's name: where it stands in several places it means the same, or else `DESCRIPTIONS` has
the place.
"""

from __future__ import annotations

import re

from dp_multitask.checks.schema.descriptions import DESCRIPTIONS, MANUAL
from dp_multitask.checks.schema.table import SchemaField

MEANINGS: dict[str, str] = {
    # --- sections
    "model": "The model: what it is made of.",
    "learning_rate": "How the learning rate changes over the training.",
    "optimizer": "What turns gradients into steps.",
    "loss": "What the training makes small.",
    "training": "The data, and how long and how the training goes.",
    "validating": "Validation on all of the validation data, from time to time.",
    "descriptor": "Turns the surroundings of an atom into numbers.",
    "fitting_net": "Turns these numbers into energies or other properties of the atom.",
    "type_map": "The elements, in the order of the atom types.",
    "list": "The members of a hybrid descriptor, whose outputs are put side by side.",
    "models": "The models that are added up.",
    "spin": "Atoms that carry a spin, and how it is represented.",
    "modifier": "A long-range part that is taken off the labels, for DPLR.",
    "repinit": "The first part of a dpa2: an embedding of the surroundings.",
    "repformer": "The second part of a dpa2: layers that update atoms and pairs.",
    "repflow": "The layers of a dpa3, which update atoms, edges and angles.",
    # --- descriptors
    "rcut": "The cut-off: how far an atom sees others [Angstrom].",
    "rcut_smth": "From here to the cut-off a neighbour fades out [Angstrom].",
    "sel": "How many neighbours within the cut-off are kept at most: one number for all types, one "
    "for each type, or 'auto' to look it up in the data.",
    "nsel": "How many neighbours within the cut-off are kept at most.",
    "neuron": "The width of each hidden layer.",
    "axis_neuron": "How many columns of the embedding form the symmetric product with all of them.",
    "tebd_dim": "The width of the type embedding.",
    "tebd_input_mode": "How the type embedding enters: beside the radial input, or as a factor.",
    "type_one_side": "Whether embedding nets depend on the neighbour's type alone.",
    "exclude_types": "Pairs of types, by index, that do not see each other.",
    "env_protection": "Added to distances, against division by zero [Angstrom].",
    "set_davg_zero": "Whether the mean of the environment is taken for zero, not from the data.",
    "resnet_dt": "Whether skip connections have a trained step width.",
    "attn": "The width of the attention.",
    "attn_layer": "How many layers of attention there are.",
    "attn_dotr": "Whether attention is weighted by the angle between neighbours.",
    "attn_mask": "Whether an atom's attention to itself is masked.",
    "trainable_ln": "Whether layer normalisations are trained.",
    "ln_eps": "Added to variances in layer normalisations.",
    "smooth_type_embedding": "Whether attention fades out at the cut-off.",
    "concat_output_tebd": "Whether the type embedding is put beside the output.",
    "use_econf_tebd": "Whether types are embedded by their electron configuration.",
    "use_tebd_bias": "Whether the type embedding has a bias.",
    "nlayers": "How many layers there are.",
    "g1_dim": "The width of what is kept for each atom.",
    "g2_dim": "The width of what is kept for each pair.",
    "n_dim": "The width of what is kept for each atom.",
    "e_dim": "The width of what is kept for each edge.",
    "a_dim": "The width of what is kept for each angle.",
    "e_rcut": "The cut-off of edges [Angstrom].",
    "e_rcut_smth": "From here to its cut-off an edge fades out [Angstrom].",
    "e_sel": "How many edges of an atom are kept at most.",
    "a_rcut": "The cut-off of the edges that form angles [Angstrom].",
    "a_rcut_smth": "From here to its cut-off such an edge fades out [Angstrom].",
    "a_sel": "How many edges of an atom form angles at most.",
    "update_style": "How an update is added to what it updates.",
    "use_three_body": "Whether pairs of neighbours enter the first part, too.",
    "three_body_rcut": "The cut-off for pairs of neighbours [Angstrom].",
    "three_body_sel": "How many neighbours form pairs at most.",
    "channels": "The width of what is kept for each atom and degree.",
    "lmax": "The highest degree of spherical harmonics.",
    "mmax": "The highest order of rotations that is kept.",
    "n_blocks": "How many blocks of interaction there are.",
    "n_radial": "How many radial functions there are.",
    # --- fitting nets and models
    "type": "Which kind it is; it decides which further keys there are.",
    "numb_fparam": "How many numbers a frame brings along, such as a temperature.",
    "numb_aparam": "How many numbers each atom brings along.",
    "default_fparam": "The numbers of a frame that brings none.",
    "dim_case_embd": "How many branches a fitting net can tell apart. The same in every branch; a "
    "branch's place is its rank among the sorted names of all.",
    "atom_ener": "Fixed energies of single atoms, one for each type, null where fitted [eV].",
    "sel_type": "The types, by index, whose atoms have the property.",
    "property_name": "Which data is fitted: the name of its file, without .npy.",
    "task_dim": "How many numbers the property has.",
    "intensive": "Whether the property is a mean over atoms rather than a sum.",
    "numb_dos": "How many points the density of states has.",
    "rcond": "Below this ratio singular values are dropped when biases are fitted to the data.",
    "trainable": "Whether it is trained, or which of its layers are.",
    "precision": "The type of numbers that it computes with.",
    "activation_function": "The function between layers.",
    "seed": "Where its random numbers start. Of a shared entry the one that is written there.",
    "layer_name": "Names of layers that fitting nets share; TensorFlow alone.",
    "data_stat_nbatch": "How many batches the statistics are taken from.",
    "data_stat_protect": "The least standard deviation that is divided by. Equal in all branches.",
    "data_bias_nsample": "How many frames biases are fitted to when a trained model is adapted.",
    "pair_exclude_types": "Pairs of types, by index, that the whole model leaves out.",
    "atom_exclude_types": "Types, by index, whose atoms contribute nothing.",
    "preset_out_bias": "Biases of the output, one for each type, instead of fitted ones.",
    "type_embedding": "A type embedding of the whole model; TensorFlow alone.",
    "use_srtab": "A table of pair energies for short distances.",
    "sw_rmin": "Below this distance the table alone counts [Angstrom].",
    "sw_rmax": "Beyond this distance the net alone counts [Angstrom].",
    "use_spin": "Which types carry a spin.",
    "virtual_scale": "How far from its atom a virtual one stands for a spin [Angstrom per unit].",
    # --- learning rate and optimizer
    "start_lr": "The learning rate at the beginning.",
    "stop_lr": "The learning rate at the end.",
    "stop_lr_ratio": "The learning rate at the end, as a part of that at the beginning.",
    "decay_steps": "After how many steps the learning rate falls once more [steps].",
    "decay_rate": "By which factor it falls each time; 'stop_lr' follows from it.",
    "warmup_steps": "How many steps the learning rate rises at first [steps].",
    "warmup_ratio": "How long it rises, as a part of all steps.",
    "warmup_start_factor": "Where it rises from, as a part of 'start_lr'.",
    "scale_by_worker": "How the learning rate grows with the number of workers.",
    "adam_beta1": "How long gradients are remembered.",
    "adam_beta2": "How long squares of gradients are remembered.",
    "weight_decay": "How fast weights fall by themselves.",
    "kf_blocksize": "How many weights one block of the Kalman filter has.",
    # --- losses
    "start_pref_e": "The weight of energies at the beginning.",
    "limit_pref_e": "The weight of energies at the end.",
    "start_pref_f": "The weight of forces at the beginning.",
    "limit_pref_f": "The weight of forces at the end.",
    "start_pref_v": "The weight of virials at the beginning.",
    "limit_pref_v": "The weight of virials at the end.",
    "start_pref_ae": "The weight of energies of atoms at the beginning.",
    "limit_pref_ae": "The weight of energies of atoms at the end.",
    "pref": "The weight of the sum over atoms.",
    "pref_atomic": "The weight of the values of atoms.",
    "loss_func": "How errors are measured.",
    "metric": "What is told of errors.",
    # --- training
    "training_data": "What the model is trained with.",
    "validation_data": "What it is tested with on the way.",
    "systems": "Folders of data, or a folder that is searched for them.",
    "batch_size": "How many frames a step takes: a number, one for each system, or a rule.",
    "auto_prob": "How often a system is drawn.",
    "sys_probs": "How often each system is drawn.",
    "numb_btch": "How many batches are tested with at a time.",
    "rglob_patterns": "Which folders below 'systems' are taken.",
    "stat_file": "A file that keeps the statistics for the next time. Each branch has its own.",
    "numb_steps": "How many steps the training takes, all branches together [steps].",
    "numb_epoch": "How many times the training goes through the data.",
    "disp_file": "The file of the learning curve.",
    "disp_freq": "After how many steps the learning curve gets a line [steps].",
    "disp_avg": "Whether lines are means since the line before.",
    "disp_training": "Whether the learning curve is written.",
    "time_training": "Whether the time is told.",
    "save_freq": "After how many steps a checkpoint is written [steps].",
    "save_ckpt": "The name of checkpoints.",
    "max_ckpt_keep": "How many checkpoints are kept.",
    "gradient_max_norm": "Longer gradients are cut to this length.",
    "change_bias_after_training": "Whether biases are fitted to the data once more at the end.",
    "enable_ema": "Whether a running mean of the weights is kept, too.",
    "ema_decay": "How long that mean remembers.",
    "zero_stage": "How optimizer, gradients and weights are spread over ranks.",
    "mixed_precision": "Computing with two types of numbers; TensorFlow alone.",
    "tensorboard": "Whether a log for TensorBoard is written.",
    "profiling": "Whether the time of operations is measured.",
}


def line_about(field: SchemaField) -> str | None:
    """Say in a line what a key means; None where the manual alone says it."""
    return DESCRIPTIONS.get(field.place) or MEANINGS.get(field.name)


def manual_page(field: SchemaField) -> str:
    """Give the address of the paragraph that DeePMD-kit's manual has about a key."""
    if field.owner.startswith(("multitask", "single-task")):
        return MANUAL
    anchor = re.sub(r"[^a-z0-9]+", "-", field.place.lower()).strip("-")
    return f"{MANUAL}#{anchor}"

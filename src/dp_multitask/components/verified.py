# SPDX-License-Identifier: LGPL-3.0-or-later
"""What each native class was held against, and how: the facts behind ``docs/verified.md``.

The interop tests run what stands here; a test keeps the two together.
"""

from __future__ import annotations

from typing import NamedTuple

BOTH = ("numpy", "PyTorch")
NUMPY = ("numpy",)
TORCH = ("PyTorch",)


class Verified(NamedTuple):
    """What holds for a type, by the backends of DeePMD-kit 3.2.0 that it was held against.

    Attributes
    ----------
    exact : tuple of str
        Trees that they write come back exactly: keys and their order, types, bits.
    fresh : tuple of str
        What is initialised here has their keys and shapes, is accepted there and comes back.
    evaluated : tuple of str
        What is initialised here gives finite numbers there.
    note : str
        Why a cell is empty.
    """

    exact: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    evaluated: tuple[str, ...] = ()
    note: str = ""


_NO_PEER = Verified(note="no peer: TensorFlow alone has it and does not serialise it")
_FULL = Verified(BOTH, BOTH)
_EVALUATED = Verified(BOTH, BOTH, NUMPY)

VERIFIED: dict[tuple[str, str], Verified] = {
    **{("descriptor", name): _EVALUATED for name in ("se_e2_a", "se_e2_r", "se_e3")},
    **{("descriptor", name): _EVALUATED for name in ("se_e3_tebd", "se_atten", "se_atten_v2")},
    **{("descriptor", name): _EVALUATED for name in ("dpa2", "dpa3", "dpa4")},
    ("descriptor", "hybrid"): _EVALUATED,
    ("descriptor", "dpa4c"): Verified(NUMPY, NUMPY, NUMPY, note="PyTorch does not have it"),
    **{("descriptor", name): _NO_PEER for name in ("loc_frame", "se_a_ef", "se_a_mask")},
    **{("descriptor", name): _NO_PEER for name in ("se_a_tpe", "se_a_ebd_v2")},
    ("fitting_net", "ener"): _EVALUATED,
    **{("fitting_net", name): _EVALUATED for name in ("dos", "dipole", "polar", "property")},
    ("fitting_net", "invar"): _FULL,
    ("fitting_net", "dpa4_ener"): Verified(BOTH, BOTH, NUMPY, note="numpy: without cases"),
    ("fitting_net", "population"): Verified(TORCH, TORCH, note="only PyTorch has it"),
    ("fitting_net", "direct_force"): Verified(
        note="no native class: PyTorch alone has it, does not serialise it, and its argument "
        "check does not let it through"
    ),
    ("model", "ener"): _EVALUATED,
    **{("model", name): _EVALUATED for name in ("dos", "dipole", "polar", "property")},
    ("model", "population"): Verified(TORCH, TORCH, note="only PyTorch has it"),
    ("model", "zbl"): _FULL,
    ("model", "linear_ener"): _FULL,
    ("model", "pairtab"): Verified(BOTH, BOTH, note="as a member of zbl"),
    ("model", "spin_ener"): _FULL,
    ("model", "native_spin"): Verified(BOTH, BOTH, note="fresh: of one model, not of a sum"),
    ("model", "dpa4"): Verified(TORCH, TORCH, note="numpy writes a standard model instead"),
    ("model", "dpa4_property"): Verified(TORCH, TORCH, note="only PyTorch has it"),
    ("model", "sezm_spin"): Verified(TORCH, TORCH, note="only PyTorch has it"),
    ("model", "frozen"): Verified(note="no tree of its own: the inner model's is stored"),
    ("model", "pairwise_dprc"): _NO_PEER,
    ("model", "multi"): Verified(note="no peer: TensorFlow before 3.0 had it"),
}
"""(kind, type) -> what holds; a type that is not here was not held against anything."""

# SPDX-License-Identifier: LGPL-3.0-or-later
"""The component types that DeePMD-kit 3.2.0 knows: names, classes per backend, share levels.

A table of facts, read off the released 3.2.0: the class names from each backend's registry, the
share levels from each class's ``share_params`` (what it can do when training starts, which is not
always what its documentation says). Logic lives in `dp_multitask.registry`.
"""

from __future__ import annotations

from functools import partial

from dp_multitask.records import NamedTuple

BACKENDS = ("pt", "pt_expt", "pd", "dp", "jax", "tf2", "tf")
"""PyTorch, its exportable variant, Paddle, numpy, JAX, TensorFlow 2, TensorFlow 1."""

KINDS = ("descriptor", "fitting_net", "model")
"""What a type can be, by the key that holds it in an input."""


class ComponentType(NamedTuple):
    """One type of descriptor, fitting net or model.

    Attributes
    ----------
    kind : str
        ``descriptor``, ``fitting_net`` or ``model``.
    name : str
        The name that DeePMD-kit's argument check ends up with.
    aliases : tuple of str
        Other names that the backends register.
    class_names : dict
        Backend -> class name; a backend that is absent does not have the type.
    share_levels : dict
        Backend -> the share levels that its class implements.
    argument_check_only : tuple of str
        Names that pass DeePMD-kit's argument check but that no backend registers.
    module : str
        Where the native class is, if its module is not named after the type.
    note : str
        Why there is no native class.
    """

    kind: str
    name: str
    aliases: tuple[str, ...]
    class_names: dict[str, str]
    share_levels: dict[str, tuple[int, ...]]
    argument_check_only: tuple[str, ...] = ()
    module: str = ""
    note: str = ""

    @property
    def native_module(self) -> str:
        """The module below `dp_multitask.components` that defines the native class."""
        return self.module or f"{_FOLDERS[self.kind]}.{self.name}"


_FOLDERS = {"descriptor": "descriptors", "fitting_net": "fittings", "model": "models"}

_ALL = ("pt", "pt_expt", "pd", "dp", "jax", "tf2", "tf")
_MODERN = ("pt", "pt_expt", "pd", "dp", "jax", "tf2")
_NO_PADDLE = ("pt", "pt_expt", "dp", "jax", "tf2")
_TF = ("tf",)
_NO_EXPORT = ("pt", "jax", "tf2")
"""Those of `_NO_PADDLE` that share; ``pt_expt`` does not."""

# Backends that train multitask models at all; dp and tf have no parameter sharing.
_WHOLE = (0,)
_WHOLE_OR_TYPE_EMBEDDING = (0, 1)


def _type(
    kind: str,
    name: str,
    class_name: str,
    backends: tuple[str, ...],
    *,
    aliases: tuple[str, ...] = (),
    levels: tuple[int, ...] = _WHOLE,
    shared_in: tuple[str, ...] | None = None,
    argument_check_only: tuple[str, ...] = (),
    module: str = "",
    note: str = "",
    **class_in_backend: str,
) -> ComponentType:
    """Make an entry; `shared_in` are the backends that can share it, by default all it is in."""
    names = dict.fromkeys(backends, class_name) | class_in_backend
    sharing = names if shared_in is None else shared_in
    shared = {each: levels for each in sharing if each not in ("dp", "tf")}
    return ComponentType(kind, name, aliases, names, shared, argument_check_only, module, note)


_descriptor = partial(_type, "descriptor")
_fitting = partial(_type, "fitting_net")
_model = partial(_type, "model", shared_in=())
_standard = partial(_model, module="models.standard")

BUILTIN_TYPES: tuple[ComponentType, ...] = (
    # descriptors
    _descriptor("se_e2_a", "DescrptSeA", _ALL, aliases=("se_a",)),
    _descriptor("se_e2_r", "DescrptSeR", (*_NO_PADDLE, "tf"), aliases=("se_r",)),
    _descriptor(
        "se_e3",
        "DescrptSeT",
        (*_NO_PADDLE, "tf"),
        aliases=("se_at", "se_a_3be"),
        argument_check_only=("se_t",),
    ),
    _descriptor("se_e3_tebd", "DescrptSeTTebd", _MODERN, levels=_WHOLE_OR_TYPE_EMBEDDING),
    _descriptor(
        "se_atten",
        "DescrptDPA1",
        _MODERN,
        aliases=("dpa1",),
        levels=_WHOLE_OR_TYPE_EMBEDDING,
        tf="DescrptSeAtten",
    ),
    _descriptor("se_atten_v2", "DescrptSeAttenV2", _ALL, levels=_WHOLE_OR_TYPE_EMBEDDING),
    _descriptor("dpa2", "DescrptDPA2", _MODERN, levels=_WHOLE_OR_TYPE_EMBEDDING),
    _descriptor("dpa3", "DescrptDPA3", _MODERN, levels=_WHOLE_OR_TYPE_EMBEDDING),
    _descriptor(
        "dpa4",
        "DescrptDPA4",
        _NO_PADDLE,
        aliases=("DPA4", "SeZM", "sezm"),
        pt="DescrptSeZM",
        levels=_WHOLE_OR_TYPE_EMBEDDING,
        shared_in=("pt", "jax", "tf2"),
    ),
    _descriptor(
        "dpa4c", "DescrptDPA4C", ("pt_expt", "dp"), shared_in=(), argument_check_only=("DPA4C",)
    ),
    _descriptor("hybrid", "DescrptHybrid", (*_NO_PADDLE, "tf")),
    _descriptor("loc_frame", "DescrptLocFrame", _TF),
    _descriptor("se_a_tpe", "DescrptSeAEbd", _TF, aliases=("se_a_ebd",)),
    _descriptor("se_a_ebd_v2", "DescrptSeAEbdV2", _TF, aliases=("se_a_tpe_v2",)),
    _descriptor("se_a_ef", "DescrptSeAEf", _TF),
    _descriptor("se_a_mask", "DescrptSeAMask", _TF),
    # fitting nets
    _fitting("ener", "EnergyFittingNet", _MODERN, tf="EnerFitting"),
    _fitting("dos", "DOSFittingNet", _NO_PADDLE, tf="DOSFitting", shared_in=_NO_EXPORT),
    _fitting(
        "dipole",
        "DipoleFittingNet",
        ("pt", "jax", "tf2"),
        dp="DipoleFitting",
        pt_expt="DipoleFitting",
        tf="DipoleFittingSeA",
        shared_in=_NO_EXPORT,
    ),
    _fitting(
        "polar",
        "PolarFittingNet",
        ("pt", "jax", "tf2"),
        dp="PolarFitting",
        pt_expt="PolarFitting",
        tf="PolarFittingSeA",
        shared_in=_NO_EXPORT,
    ),
    _fitting("property", "PropertyFittingNet", _NO_PADDLE, shared_in=_NO_EXPORT),
    _fitting("invar", "InvarFitting", ("pt", "pt_expt", "pd", "dp")),
    _fitting(
        "dpa4_ener",
        "SeZMEnergyFittingNet",
        ("pt", "pt_expt", "dp"),
        aliases=("sezm_ener",),
        shared_in=("pt",),
    ),
    _fitting("population", "PopulationFittingNet", ("pt",)),
    _fitting(
        "direct_force",
        "EnergyFittingNetDirect",
        ("pt",),
        aliases=("direct_force_ener",),
        note="no native class: PyTorch alone has it, does not serialise it, and its argument "
        "check does not let it through",
    ),
    # models; `standard` picks its class by the fitting's type
    _standard("ener", "EnergyModel", _MODERN, tf="EnerModel"),
    _standard("dipole", "DipoleModel", _NO_PADDLE, tf="DipoleModel"),
    _standard("polar", "PolarModel", _NO_PADDLE, tf="PolarModel"),
    _standard("dos", "DOSModel", _NO_PADDLE, tf="DOSModel"),
    _standard("property", "PropertyModel", _NO_PADDLE),
    _standard("population", "PopulationModel", ("pt",)),
    _model("zbl", "DPZBLModel", ("pt", "pt_expt", "dp", "jax")),
    _model(
        "linear_ener", "LinearEnergyModel", ("pt", "pt_expt", "dp", "tf"), aliases=("linear",)
    ),
    _model("frozen", "FrozenModel", ("pt", "pt_expt", "pd", "dp", "tf")),
    _model("pairtab", "PairTabAtomicModel", ("pt", "pt_expt", "dp"), tf="PairTabModel"),
    _model("pairwise_dprc", "PairwiseDPRc", _TF),
    _model("spin_ener", "SpinModel", ("dp", "pt_expt"), pt="SpinEnergyModel"),
    _model(
        "native_spin",
        "NativeSpinEnergyModel",
        ("dp", "pt_expt"),
        aliases=("sezm_native_spin",),
        pt="SeZMNativeSpinModel",
    ),
    _model(
        "dpa4",
        "DPA4EnergyModel",
        ("pt_expt", "dp"),
        aliases=("DPA4", "SeZM", "sezm"),
        pt="SeZMModel",
    ),
    _model(
        "dpa4_property",
        "SeZMPropertyModel",
        ("pt",),
        aliases=("sezm_property", "SeZMProperty", "DPA4Property"),
    ),
    _model("sezm_spin", "SeZMSpinModel", ("pt",)),
    # The multi-fitting model of TensorFlow before 3.0; no current backend has it.
    _model("multi", "MultiModel", ()),
)

DEFAULT_TYPE = {"descriptor": "se_e2_a", "fitting_net": "ener", "model": "standard"}
"""The type of a component whose parameters name none."""

TREE_ONLY_TYPES = {
    ("model", "standard"): "models.standard",
    ("model", "sezm_atomic"): "models.sezm_atomic",
    ("model", "inner_potential"): "models.inner_potential",
}
"""Types that stand in trees only -> the module of the native class."""

BLOCK_MODULES = {
    **dict.fromkeys(("Identity", "Layer", "LayerNorm"), "blocks.layers"),
    **dict.fromkeys(
        ("NN", "EmbeddingNetwork", "FittingNetwork", "NetworkCollection"), "blocks.network"
    ),
    "TypeEmbedNet": "blocks.type_embedding",
    "GLUFittingNet": "fittings.dpa4_ener",
}
"""``@class`` of the building blocks that a tree may name -> the module of the native class."""

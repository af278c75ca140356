# SPDX-License-Identifier: LGPL-3.0-or-later
"""Expanding a model section: what comes out, and what is refused with which remedy."""

import copy
from collections import OrderedDict

import pytest

from dp_multitask import preprocess_shared_params
from dp_multitask.config.training_input import resolve_input
from dp_multitask.errors import (
    ConfigError,
    ConfigTypeError,
    DPMultitaskError,
    MisplacedReferenceError,
    MissingKeyError,
    ReferenceSyntaxError,
    SharedKindError,
    SharedTypeMapError,
    UnknownSharedKeyError,
    UnknownTypeError,
)

SHARED = {
    "types": ["O", "H"],
    "des": {"type": "dpa1", "sel": 120, "neuron": [8, 16]},
    "fit": {"neuron": [24, 24]},
}


def section(*descriptors, shared=None, **top):
    """A model section with one branch for each descriptor, called b0, b1, ..."""
    branches = {
        f"b{i}": {"type_map": "types", "descriptor": descriptor, "fitting_net": {"neuron": [8]}}
        for i, descriptor in enumerate(descriptors)
    }
    return {**top, "shared_dict": SHARED | (shared or {}), "model_dict": branches}


def link(branch, level=0, shared_type="descriptor"):
    return {"model_key": branch, "shared_type": shared_type, "shared_level": level}


def test_references_become_full_entries_and_links():
    model, links = preprocess_shared_params(section("des", "des:1", "des"))
    for name in ("b0", "b1", "b2"):
        assert model["model_dict"][name]["descriptor"] == SHARED["des"]
        assert model["model_dict"][name]["type_map"] == ["O", "H"]
    assert links == {
        "des": {"type": "DescrptDPA1", "links": [link("b0"), link("b2"), link("b1", 1)]}
    }
    assert model["shared_dict"] == SHARED


def test_links_are_sorted_by_level_and_stay_in_order_of_use_otherwise():
    _, links = preprocess_shared_params(section("des:2", "des:1", "des", "des:1", "des"))
    assert [each["model_key"] for each in links["des"]["links"]] == ["b2", "b4", "b1", "b3", "b0"]


def test_spin_branches_come_first_whatever_their_level():
    config = section("des", "des:1", "des")
    config["model_dict"]["b1"]["spin"] = {"use_spin": [True, False]}
    _, links = preprocess_shared_params(config)
    assert [each["model_key"] for each in links["des"]["links"]] == ["b1", "b0", "b2"]


def test_a_shared_fitting_net_is_linked_and_a_missing_type_means_ener():
    config = section("des", "des")
    config["model_dict"]["b1"]["fitting_net"] = "fit"
    _, links = preprocess_shared_params(config)
    assert list(links) == ["des", "fit"]
    assert links["fit"] == {
        "type": "EnergyFittingNet",
        "links": [link("b1", shared_type="fitting_net")],
    }


def test_a_missing_descriptor_type_means_se_e2_a():
    _, links = preprocess_shared_params(section("plain", shared={"plain": {"sel": [4, 8]}}))
    assert links["plain"]["type"] == "DescrptSeA"


def test_members_of_an_inline_hybrid_are_expanded_one_level_deep():
    hybrid = {"type": "hybrid", "list": [{"type": "se_e2_a"}, "des:1"]}
    model, links = preprocess_shared_params(section("des", hybrid))
    assert model["model_dict"]["b1"]["descriptor"]["list"] == [{"type": "se_e2_a"}, SHARED["des"]]
    assert links["des"]["links"] == [link("b0"), link("b1", 1, "descriptor_hybrid_1")]


def test_keys_directly_under_model_are_defaults_of_every_branch():
    config = section("des", "des", data_stat_protect=0.01, fitting_net="fit", type_map="types")
    del config["model_dict"]["b0"]["fitting_net"], config["model_dict"]["b0"]["type_map"]
    model, links = preprocess_shared_params(config)
    assert list(model) == ["shared_dict", "model_dict"]
    assert list(model["model_dict"]["b0"]) == [
        "descriptor",
        "data_stat_protect",
        "fitting_net",
        "type_map",
    ]
    assert model["model_dict"]["b0"]["fitting_net"] == SHARED["fit"]
    assert model["model_dict"]["b1"]["fitting_net"] == {"neuron": [8]}
    assert [each["model_key"] for each in links["fit"]["links"]] == ["b0"]


def test_the_class_of_an_entry_can_be_the_class_itself():
    class Descriptor: ...

    asked = []

    def class_of(kind, params):
        asked.append((kind, params))
        return Descriptor

    _, links = preprocess_shared_params(section("des", "des"), class_of=class_of)
    assert links["des"]["type"] is Descriptor
    assert asked == [("descriptor", SHARED["des"])]


@pytest.mark.parametrize(
    ("backend", "name"), [("pt", "EnergyFittingNet"), ("tf", "EnerFitting"), ("jax", None)]
)
def test_class_names_are_those_of_the_backend(backend, name):
    config = section("des")
    config["model_dict"]["b0"]["fitting_net"] = "fit"
    _, links = preprocess_shared_params(config, backend=backend)
    assert links["fit"]["type"] == (name or "EnergyFittingNet")


def test_the_input_is_left_alone_and_the_result_shares_nothing_with_it():
    config = section("des", {"type": "hybrid", "list": ["des"]}, spin={"use_spin": [True, False]})
    before = copy.deepcopy(config)
    model, _ = preprocess_shared_params(config)
    model["model_dict"]["b0"]["descriptor"]["neuron"].append(1)
    model["model_dict"]["b0"]["spin"]["use_spin"].append(1)
    model["shared_dict"]["des"]["neuron"].append(2)
    assert config == before
    assert model["model_dict"]["b1"]["descriptor"]["list"] == [SHARED["des"]]
    assert model["model_dict"]["b1"]["spin"] == {"use_spin": [True, False]}


def test_mappings_and_values_of_other_types_are_copied_faithfully():
    np = pytest.importorskip("numpy")
    sel = np.array([46, 92])
    entry = OrderedDict(type="se_e2_a", sel=sel, bytes=bytearray(b"ab"))
    config = section("odd", "odd", shared={"odd": entry})
    model, _ = preprocess_shared_params(config)
    first, second = (model["model_dict"][name]["descriptor"] for name in ("b0", "b1"))
    assert isinstance(first, OrderedDict)
    assert isinstance(first["sel"], np.ndarray)
    np.testing.assert_array_equal(first["sel"], [46, 92])
    assert first["sel"] is not sel
    assert first["sel"] is not second["sel"]
    assert first["bytes"] == bytearray(b"ab")


def test_a_linear_model_needs_no_shared_type_map():
    config = section("des", "des")
    for branch in config["model_dict"].values():
        branch["type_map"] = ["O", "H"]
    with pytest.raises(SharedTypeMapError):
        preprocess_shared_params(config)
    _, links = preprocess_shared_params(config, require_shared_type_map=False)
    assert len(links["des"]["links"]) == 2


HYBRID = {"type": "hybrid", "list": ["des"]}


def put(config, *path, value):
    *above, last = path
    for part in above:
        config = config[part]
    config[last] = value


B0 = ("model_dict", "b0")


@pytest.mark.parametrize(
    ("path_set", "value", "error", "path", "message"),
    [
        ((*B0, "descriptor"), "dse", UnknownSharedKeyError, (*B0, "descriptor"), "mean 'des'"),
        ((*B0, "descriptor"), "zzz", UnknownSharedKeyError, (*B0, "descriptor"), "types, des"),
        ((*B0, "type_map"), "typs", UnknownSharedKeyError, (*B0, "type_map"), "mean 'types'"),
        ((*B0, "descriptor"), "des:", ReferenceSyntaxError, (*B0, "descriptor"), "non-negative"),
        ((*B0, "descriptor"), "des:x", ReferenceSyntaxError, (*B0, "descriptor"), "'x'"),
        ((*B0, "descriptor"), "des:-1", ReferenceSyntaxError, (*B0, "descriptor"), "'-1'"),
        ((*B0, "descriptor"), "des:1:2", ReferenceSyntaxError, (*B0, "descriptor"), "'1:2'"),
        ((*B0, "descriptor"), "des:1.0", ReferenceSyntaxError, (*B0, "descriptor"), "'1.0'"),
        ((*B0, "descriptor"), "types", SharedKindError, (*B0, "descriptor"), "a type map"),
        ((*B0, "type_map"), "des", SharedKindError, (*B0, "type_map"), "a type map is"),
        ((*B0, "fitting_net"), "types", SharedKindError, (*B0, "fitting_net"), "a fitting net"),
        ((*B0, "fitting_net"), "des", SharedKindError, (*B0, "fitting_net"), "as a descriptor"),
        (("shared_dict", "des"), "text", SharedKindError, (*B0, "descriptor"), "'text'"),
        (B0, "des", ConfigTypeError, B0, "must be a mapping"),
        (("model_dict", "_note"), 1, ConfigTypeError, ("model_dict", "_note"), "must be a mapping"),
        (("model_dict",), [1], ConfigTypeError, ("model_dict",), "must be a mapping"),
        (("shared_dict",), None, ConfigTypeError, ("shared_dict",), "found null"),
        ((*B0, "type_map"), "types:0", SharedTypeMapError, None, "several type maps"),
        (
            ("shared_dict", "des"),
            HYBRID,
            MisplacedReferenceError,
            ("shared_dict", "des", "list", 0),
            "the hybrid 'des' of shared_dict",
        ),
        (
            (*B0, "descriptor"),
            {"type": "hybrid", "list": [{}, HYBRID]},
            MisplacedReferenceError,
            (*B0, "descriptor", "list", 1, "list", 0),
            "hybrid within a hybrid",
        ),
        ((*B0, "descriptor"), {"type": "hybrid"}, MissingKeyError, (*B0, "descriptor"), "'list'"),
        (
            (*B0, "descriptor"),
            {"type": "hybrid", "list": "des"},
            ConfigTypeError,
            (*B0, "descriptor", "list"),
            "must be a list",
        ),
        ((*B0, "type_map"), HYBRID, ConfigTypeError, (*B0, "type_map"), "found a hybrid"),
        (
            (*B0, "models"),
            [{"descriptor": "des"}],
            MisplacedReferenceError,
            (*B0, "models", 0, "descriptor"),
            "a linear model's sub-model",
        ),
        (
            ("shared_dict", "des", "type"),
            "dpa9",
            UnknownTypeError,
            ("shared_dict", "des", "type"),
            "Did you mean",
        ),
        (
            ("shared_dict", "des", "type"),
            "se_t",
            UnknownTypeError,
            ("shared_dict", "des", "type"),
            "write 'se_e3'",
        ),
        (
            ("shared_dict", "des", "type"),
            7,
            ConfigTypeError,
            ("shared_dict", "des", "type"),
            "must be a string",
        ),
        (
            ("shared_dict", "des", "type"),
            "loc_frame",
            UnknownTypeError,
            ("shared_dict", "des", "type"),
            "backends that have it: tf",
        ),
    ],
)
def test_what_cannot_be_resolved_is_refused(path_set, value, error, path, message):
    config = copy.deepcopy(section("des", "des"))
    put(config, *path_set, value=value)
    with pytest.raises(error) as caught:
        preprocess_shared_params(config)
    assert isinstance(caught.value, ConfigError)
    assert isinstance(caught.value, DPMultitaskError)
    if path is not None:
        assert caught.value.path == path
    assert message in str(caught.value)


def test_a_comment_among_the_branches_stays_where_it_is():
    config = section("des", "des", data_stat_protect=0.01)
    branches = config["model_dict"]
    config["model_dict"] = {"_comment": "des", **branches}
    model, links = preprocess_shared_params(config)
    assert next(iter(model["model_dict"].items())) == ("_comment", "des")
    assert [each["model_key"] for each in links["des"]["links"]] == ["b0", "b1"]


def test_no_reference_to_a_type_map_is_refused():
    config = section("des")
    config["model_dict"]["b0"]["type_map"] = ["O", "H"]
    with pytest.raises(SharedTypeMapError, match="no branch references a shared type map"):
        preprocess_shared_params(config)


def test_no_model_dict_names_the_key_that_was_probably_meant():
    with pytest.raises(MissingKeyError, match="Did you mean 'model_dct'"):
        preprocess_shared_params({"model_dct": {}})
    with pytest.raises(KeyError, match="no 'model_dict'"):
        preprocess_shared_params({"descriptor": {}})
    with pytest.raises(ConfigTypeError, match="found a list"):
        preprocess_shared_params([])


def test_a_bad_reference_that_came_down_from_the_top_is_reported_where_it_was_written():
    config = section("des", fitting_net="fitt")
    del config["model_dict"]["b0"]["fitting_net"]
    with pytest.raises(UnknownSharedKeyError) as caught:
        preprocess_shared_params(config)
    assert caught.value.path == ("fitting_net",)


def test_a_section_that_contains_itself_is_refused():
    config = section("des")
    config["model_dict"]["b0"]["me"] = config
    with pytest.raises(ConfigTypeError, match="nest too deep"):
        preprocess_shared_params(config)


def test_a_level_may_be_written_as_python_reads_integers():
    _, links = preprocess_shared_params(section("des: 1", "des:+1", "des:01"))
    assert [each["shared_level"] for each in links["des"]["links"]] == [1, 1, 1]


def test_a_whole_input_keeps_its_other_sections_and_gains_shared_links():
    config = {"_comment": "é", "model": section("des"), "training": {"numb_steps": 1}}
    resolved = resolve_input(config)
    assert list(resolved) == ["_comment", "model", "training", "shared_links"]
    assert resolved["shared_links"]["des"]["type"] == "DescrptDPA1"
    assert resolved["training"] is not config["training"]


def test_an_input_without_model_is_refused():
    with pytest.raises(MissingKeyError, match="rename 'modle' to 'model'"):
        resolve_input({"modle": {}})


def test_errors_of_a_whole_input_count_from_its_top():
    with pytest.raises(UnknownSharedKeyError) as caught:
        resolve_input({"model": section("dse")})
    assert caught.value.path == ("model", "model_dict", "b0", "descriptor")


LINEAR = {
    "type": "linear_ener",
    "weights": "mean",
    "shared_dict": SHARED,
    "type_map": "types",
    "models": [
        {"descriptor": "des", "fitting_net": {"neuron": [8]}},
        {"descriptor": "des:1", "fitting_net": "fit"},
    ],
}


def test_a_reference_in_a_linear_model_is_refused_at_its_place():
    with pytest.raises(MisplacedReferenceError, match="must be written out") as caught:
        resolve_input({"model": LINEAR})
    assert caught.value.path == ("model", "type_map")
    with pytest.raises(MisplacedReferenceError) as caught:
        resolve_input({"model": LINEAR | {"type_map": ["O", "H"]}})
    assert caught.value.path == ("model", "models", 0, "descriptor")

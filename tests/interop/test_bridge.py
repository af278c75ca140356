# SPDX-License-Identifier: LGPL-3.0-or-later
"""The corners of packing and unpacking, with a real DeePMD-kit."""

from __future__ import annotations

import copy
import io
import json
import os
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import multitask_training as mt
from dp_multitask import load_model, save_model, split_branch, verify_model
from dp_multitask.cli.audit_text import audit_lines
from dp_multitask.cli.main import main
from dp_multitask.deepmd_kit.pack import pack
from dp_multitask.deepmd_kit.unpack import unpack
from dp_multitask.errors import (
    CheckpointError,
    ChecksumError,
    ModelFileError,
    UnknownBranchError,
    UnsafeFileError,
)
from dp_multitask.modelfile.audit import audit_sharing
from torch_checkpoint import load_with_pytorch

pytestmark = [
    pytest.mark.interop,
    # DeePMD-kit, PyTorch and JAX warn of things that are none of ours
    pytest.mark.filterwarnings("ignore"),
]

pytest.importorskip("deepmd", reason="needs DeePMD-kit, which trains and evaluates the models")
torch = pytest.importorskip("torch", reason="needs PyTorch, whose checkpoints are packed")

WATER = Path(__file__).parents[1] / "data" / "models" / "water_se_e2_a"
Trained = tuple[dict[str, Any], Path]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Train three branches, the third one sharing at level 1."""
    folder = tmp_path_factory.mktemp("three")
    config = mt.shared_descriptor_input(folder, "se_atten")
    return config, mt.train(folder, config)


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Train a single-task model with a preset bias and averaged weights."""
    folder = tmp_path_factory.mktemp("single")
    config = mt.training_input(folder, {"only": {}}, {})
    config["model"] = {
        "type_map": mt.TYPE_MAP,
        "descriptor": mt.DESCRIPTORS["se_e2_a"] | {"set_davg_zero": True},
        "fitting_net": {"neuron": [6], "seed": 1},
        "preset_out_bias": {"energy": [-0.1, None, 1e-3]},
    }
    config["loss"] = config.pop("loss_dict")["only"]
    training = config["training"]
    del training["model_prob"]
    training |= training.pop("data_dict")["only"] | {"enable_ema": True}
    return config, mt.train(folder, config)


def changed(checkpoint: Path, target: Path, name_part: str) -> str:
    """Copy a checkpoint in which one branch's tensor has left the shared storage; name it."""
    data = torch.load(checkpoint, weights_only=True)
    name = next(key for key in data["model"] if name_part in key)
    tensor = data["model"][name]
    aliases = [
        key
        for key, other in data["model"].items()
        if key.startswith(name.split(".atomic_model")[0])
        and isinstance(other, torch.Tensor)
        and other.data_ptr() == tensor.data_ptr()
        and tensor.numel()
    ]
    for key in aliases:
        data["model"][key] = tensor + 1.0
    torch.save(data, target)
    return name


class TestReading:
    def test_code_in_a_checkpoint_does_not_run(self, tmp_path: Path) -> None:
        class Evil:
            def __reduce__(self) -> tuple[Any, ...]:
                return (os.mkdir, (str(tmp_path / "owned"),))

        torch.save({"model": {"_extra_state": Evil()}}, tmp_path / "evil.pt")
        with pytest.raises(UnsafeFileError, match="mkdir', and is refused"):
            pack(tmp_path / "evil.pt")
        assert not (tmp_path / "owned").exists()

    @pytest.mark.parametrize(
        ("make", "says"),
        [
            (lambda path: path.write_bytes(b""), "is empty"),
            (lambda path: path.write_bytes(b"R"), "is neither HDF5 nor a ZIP archive"),
            (lambda path: path.write_bytes(b"\x80\x02J"), "is a pickle of Python"),
            (lambda path: path.write_bytes(b"PK\x03\x04 nothing"), "is cut short"),
            (lambda path: torch.save([1, 2], path), "it holds a list"),
            (lambda path: torch.save({"a": torch.ones(2)}, path), "no tensors of a model"),
            (lambda path: torch.save({"model": 3}, path), "'model' is a int"),
        ],
    )
    def test_what_is_no_checkpoint(self, tmp_path: Path, make: Any, says: str) -> None:
        make(tmp_path / "model.pt")
        with pytest.raises(ModelFileError, match=says):
            pack(tmp_path / "model.pt")

    def test_a_tensor_that_is_not_what_was_written(
        self, data_folder: Path, tmp_path: Path
    ) -> None:
        data = bytearray((data_folder / "models/water_se_e2_a/model.ckpt.pt").read_bytes())
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = next(each for each in archive.infolist() if each.filename.endswith("/data/7"))
        data[data.index(member.filename.encode(), member.header_offset) + 300] ^= 1
        (tmp_path / "model.pt").write_bytes(data)
        with pytest.raises(ChecksumError, match="not those that were written"):
            save_model(tmp_path / "model.dp", pack(tmp_path / "model.pt").tree)

    @pytest.mark.parametrize("change", ["missing", "unknown", "misshapen"])
    def test_tensors_that_are_not_the_models(
        self, three: Trained, tmp_path: Path, change: str
    ) -> None:
        data = torch.load(three[1], weights_only=True)
        name = "model.ice.atomic_model.out_bias"
        if change == "missing":
            del data["model"][name]
        elif change == "unknown":
            data["model"][name + "_2"] = torch.ones(2)
        else:
            data["model"][name] = torch.ones(7)
        torch.save(data, tmp_path / "model.pt")
        with pytest.raises(CheckpointError, match="out_bias") as caught:
            pack(tmp_path / "model.pt")
        assert caught.value.path == ("model_dict", "ice")

    def test_a_file_that_deepmd_kit_cannot_serialise(self, tmp_path: Path) -> None:
        (tmp_path / "model.xyz").write_bytes(b"")
        with pytest.raises(CheckpointError, match="Cannot detect the backend"):
            pack(tmp_path / "model.xyz")


@pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")
def test_deepmd_kit_itself_converts_a_packed_file_to_jax_and_back(tmp_path: Path) -> None:
    from deepmd.dpmodel.utils.serialization import load_dp_model, traverse_model_dict
    from deepmd.entrypoints.convert_backend import convert_backend

    packed, made, back = (tmp_path / name for name in ("all.dp", "all.jax", "back.dp"))
    save_model(packed, pack(WATER / "model.ckpt.pt").tree)
    convert_backend(INPUT=str(packed), OUTPUT=str(made))
    convert_backend(INPUT=str(made), OUTPUT=str(back))
    arrays: dict[Path, list[np.ndarray]] = {packed: [], back: []}
    for path, found in arrays.items():
        model = load_dp_model(str(path))["model"]
        for name in sorted(model["model_dict"]):
            traverse_model_dict(model["model_dict"][name], lambda x, to=found: to.append(x) or x)
    bits = {
        path: sorted((each.shape, each.tobytes()) for each in found)
        for path, found in arrays.items()
    }
    assert len(bits[packed]) == 124
    assert bits[packed] == bits[back]
    untold = pack(made)
    assert "the shared 'my_descriptor'" in untold.warnings[0]
    assert "--config" in untold.warnings[0]
    declared = pack(made, config=json.loads((WATER / "input.json").read_text()))
    assert declared.warnings == []
    assert list(declared.tree["shared_links"]) == ["my_descriptor"]


class TestBranches:
    def test_some_branches_by_name_or_alias(self, three: Trained, tmp_path: Path) -> None:
        tree = pack(three[1], ["gas", "solid"]).tree
        assert list(tree["model"]["model_dict"]) == ["ice", "gas"]
        assert list(tree["model_def_script"]["model_dict"]) == ["ice", "gas"]
        assert list(tree["branches"]) == ["ice", "gas"]
        links = tree["shared_links"]["des"]["links"]
        assert [(link["model_key"], link["shared_level"]) for link in links] == [
            ("ice", 0),
            ("gas", 1),
        ]
        save_model(tmp_path / "two.dp", tree)
        assert verify_model(tmp_path / "two.dp") == []

    def test_an_unknown_branch(self, three: Trained) -> None:
        with pytest.raises(UnknownBranchError, match="Did you mean 'water'"):
            pack(three[1], ["watr"])

    def test_progress_tells_every_branch(self, three: Trained) -> None:
        told: list[tuple[str, int, int]] = []
        pack(three[1], progress=lambda *done: told.append(done))
        assert told == [("water", 1, 3), ("ice", 2, 3), ("gas", 3, 3)]


class TestDeclaredButDifferent:
    PART = "model.ice.atomic_model.descriptor.se_atten.filter_layers"

    def test_each_branch_keeps_its_own(self, three: Trained, tmp_path: Path) -> None:
        made = tmp_path / "changed.pt"
        name = changed(three[1], made, self.PART)
        packed = pack(made)
        different = [each for each in packed.warnings if "declared shared but different" in each]
        assert len(different) == 1
        save_model(tmp_path / "model.dp", packed.tree)
        assert verify_model(tmp_path / "model.dp") == []
        unpack(load_model(tmp_path / "model.dp"), tmp_path / "back.pt")
        old, new = load_with_pytorch(made), load_with_pytorch(tmp_path / "back.pt")
        for key, tensor in old.state.items():
            assert torch.equal(new.state[key], tensor), key
        assert new.identities()[name] == new.identities()[name.replace(".networks", "._networks")]
        water = name.replace("model.ice.", "model.water.")
        assert not torch.equal(new.state[name], new.state[water])

    def test_strict_refuses(
        self, three: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = tmp_path / "changed.pt"
        changed(three[1], made, self.PART)
        target = tmp_path / "model.dp"
        assert main(["pack", str(made), "-o", str(target), "--strict"]) == 2
        assert "1 variables are declared shared but differ" in capsys.readouterr().err
        assert not target.exists()

    def test_the_input_may_declare(self, three: Trained, tmp_path: Path) -> None:
        """A checkpoint that stores every tensor by itself shows no sharing."""
        config, checkpoint = three
        data = torch.load(checkpoint, weights_only=True)
        data["model"] = {
            name: tensor.clone() if isinstance(tensor, torch.Tensor) else tensor
            for name, tensor in data["model"].items()
        }
        torch.save(data, tmp_path / "apart.pt")
        alone = pack(tmp_path / "apart.pt")
        assert alone.tree["shared_links"] == {}
        assert "give the training input with --config" in alone.warnings[0]
        declared = pack(tmp_path / "apart.pt", config=config)
        assert declared.warnings == []
        assert declared.tree["shared_links"] == pack(checkpoint).tree["shared_links"]


class TestSingleTask:
    def test_packs_unpacks_and_resumes(self, single: Trained, tmp_path: Path) -> None:
        config, checkpoint = copy.deepcopy(single[0]), single[1]
        packed = pack(checkpoint)
        assert packed.warnings == []
        assert any("model_ema.ckpt.pt" in note for note in packed.notes)
        save_model(tmp_path / "model.dp", packed.tree)
        assert verify_model(tmp_path / "model.dp") == []
        unpack(load_model(tmp_path / "model.dp"), tmp_path / "back.pt")
        config["training"] |= {"numb_steps": 5, "enable_ema": False}
        first = []
        for start in (checkpoint, tmp_path / "back.pt"):
            mt.train(tmp_path / start.stem, config, restart=start)
            first.append(mt.losses(tmp_path / start.stem)[0])
        assert first[0] == first[1]

    def test_the_preset_bias_is_read_back_to_the_bit(self, single: Trained, tmp_path: Path) -> None:
        from deepmd.dpmodel.model.base_model import BaseModel

        save_model(tmp_path / "model.dp", pack(single[1]).tree)
        tree = load_model(tmp_path / "model.dp")["model"]
        assert tree["preset_out_bias"] == {"energy": [[-0.1], None, [1e-3]]}
        held = BaseModel.deserialize(tree).atomic_model.preset_out_bias["energy"]
        assert np.asarray(held[0]).tobytes() == np.array([-0.1]).tobytes()

    def test_it_has_no_branches(self, single: Trained) -> None:
        with pytest.raises(UnknownBranchError, match="single model"):
            pack(single[1], ["water"])


class TestFrozen:
    def test_a_frozen_branch_is_the_split_branch(self, three: Trained, tmp_path: Path) -> None:
        from deepmd.pt.entrypoints.main import freeze

        freeze(str(three[1]), str(tmp_path / "ice.pth"), head="ice")
        frozen = pack(tmp_path / "ice.pth").tree
        save_model(tmp_path / "all.dp", pack(three[1]).tree)
        split_branch(tmp_path / "all.dp", "ice", tmp_path / "ice.dp")
        split = load_model(tmp_path / "ice.dp")
        assert json.dumps(frozen["model_def_script"]) == json.dumps(split["model_def_script"])
        save_model(tmp_path / "frozen.dp", frozen)
        np.testing.assert_equal(load_model(tmp_path / "frozen.dp")["model"], split["model"])
        np.testing.assert_equal(frozen["@variables"], split["@variables"])


class TestTrainingFromAModelFile:
    def test_init_model_and_finetune(self, three: Trained, tmp_path: Path) -> None:
        config, checkpoint = three
        save_model(tmp_path / "model.dp", pack(checkpoint).tree)
        made = tmp_path / "start.pt"
        unpack(load_model(tmp_path / "model.dp"), made)
        first: dict[str, list[float]] = {}
        for option in ("init_model", "finetune"):
            asked = copy.deepcopy(config)
            if option == "finetune":
                for name, branch in asked["model"]["model_dict"].items():
                    branch["finetune_head"] = name
            for start in (checkpoint, made):
                folder = tmp_path / f"{option}_{start.stem}"
                mt.train(folder, copy.deepcopy(asked), **{option: str(start)})
                first[f"{option} {start.stem}"] = mt.losses(folder)[0]
        assert first["init_model start"] == first[f"init_model {checkpoint.stem}"]
        assert first["finetune start"] == first[f"finetune {checkpoint.stem}"]


class TestGaps:
    @pytest.mark.parametrize(
        ("name", "option", "part"),
        [
            ("dpa2", {"add_tebd_to_repinit_out": True}, "tebd_transform"),
            ("dpa3", {"add_chg_spin_ebd": True, "default_chg_spin": [0.0, 1.0]}, "chg_embedding"),
        ],
    )
    def test_what_deepmd_kit_forgets_to_share_is_explained(
        self, tmp_path: Path, name: str, option: dict[str, Any], part: str
    ) -> None:
        config = mt.shared_descriptor_input(tmp_path, name)
        config["model"]["shared_dict"]["des"] = mt.DESCRIPTORS[name] | option
        packed = pack(mt.train(tmp_path, config))
        assert packed.warnings == []
        save_model(tmp_path / "model.dp", packed.tree)
        audit = audit_sharing(load_model(tmp_path / "model.dp"), config)
        assert audit.is_as_declared
        variables = audit.links[0].variables
        gaps = {each.name.split("/")[0]: each.found for each in variables if each.why}
        assert gaps[part] == "different"
        assert f"note: different: {part}" in "\n".join(audit_lines(audit))


class TestCommands:
    def test_there_and_back(self, three: Trained, tmp_path: Path) -> None:
        config, checkpoint = three
        (tmp_path / "input.json").write_text(json.dumps(config))
        file, back = tmp_path / "model.dp", tmp_path / "back.pt"
        declared = ["--config", str(tmp_path / "input.json"), "--strict"]
        assert main(["pack", str(checkpoint), "-o", str(file), *declared]) == 0
        assert main(["unpack", str(file), "-o", str(back)]) == 0
        assert load_with_pytorch(back).params == load_with_pytorch(checkpoint).params

    def test_an_interrupt_leaves_nothing(
        self, three: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        file = tmp_path / "model.dp"
        assert main(["pack", str(three[1]), "-o", str(file)]) == 0
        before = file.read_bytes()
        for place, arguments in (
            ("dp_multitask.modelfile.writing.writer.write_values", ["pack", str(three[1])]),
            ("torch.save", ["unpack", str(file)]),
        ):
            monkeypatch.setattr(place, interrupted)
            target = file if arguments[0] == "pack" else tmp_path / "back.pt"
            assert main([*arguments, "-o", str(target), "--force"]) == 130
        assert file.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["model.dp"]

    @pytest.mark.skipif(find_spec("jax") is None, reason="needs JAX")
    def test_a_jax_folder_is_not_replaced(
        self, three: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        save_model(tmp_path / "model.dp", pack(three[1]).tree)
        (tmp_path / "model.jax").mkdir()
        arguments = ["unpack", str(tmp_path / "model.dp"), "-o", str(tmp_path / "model.jax")]
        assert main(arguments) == 2
        assert "exists already" in capsys.readouterr().err

# SPDX-License-Identifier: LGPL-3.0-or-later
"""Train several branches whose shared parts are one object, as ``shared_links`` says.

Run it on its own or on several processes::

    python train.py
    torchrun --nproc-per-node 2 train.py
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from itertools import pairwise
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from dp_multitask import preprocess_shared_params

INPUT = Path(__file__).with_name("input.json")


class Descriptor(nn.Module):
    """A small descriptor: a type embedding and an embedding net on distances."""

    def __init__(self, ntypes: int, tebd_dim: int, neuron: list[int]) -> None:
        super().__init__()
        self.type_embedding = nn.Embedding(ntypes, tebd_dim)
        self.embedding_net = dense_net([1 + tebd_dim, *neuron])
        self.dim_out = neuron[-1]

    def forward(self, distances: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Map distances (nf, nnei) and neighbor types (nf, nnei) to (nf, dim_out)."""
        neighbors = torch.cat([distances[..., None], self.type_embedding(types)], dim=-1)
        return self.embedding_net(neighbors).mean(dim=1)


class FittingNet(nn.Module):
    """Map a descriptor to an energy."""

    def __init__(self, dim_in: int, neuron: list[int]) -> None:
        super().__init__()
        self.net = dense_net([dim_in, *neuron])
        self.head = nn.Linear(neuron[-1], 1)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map (nf, dim_in) to energies (nf,)."""
        return self.head(self.net(features)).squeeze(-1)


class Branch(nn.Module):
    """A descriptor and a fitting net, built from a resolved branch as if nothing were shared."""

    def __init__(self, params: dict) -> None:
        super().__init__()
        descriptor, fitting = params["descriptor"], params["fitting_net"]
        torch.manual_seed(descriptor["seed"])
        ntypes = len(params["type_map"])
        self.descriptor = Descriptor(ntypes, descriptor["tebd_dim"], descriptor["neuron"])
        torch.manual_seed(fitting["seed"])
        self.fitting_net = FittingNet(self.descriptor.dim_out, fitting["neuron"])

    def forward(self, distances: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Map neighbor distances and types to energies."""
        return self.fitting_net(self.descriptor(distances, types))


def dense_net(sizes: list[int]) -> nn.Sequential:
    """Stack linear layers with tanh between them."""
    layers = [
        layer
        for size_in, size_out in pairwise(sizes)
        for layer in (nn.Linear(size_in, size_out), nn.Tanh())
    ]
    return nn.Sequential(*layers)


def class_of(kind: str, params: dict) -> type[nn.Module]:
    """Give the class that stands under ``type`` in the links."""
    return {"descriptor": Descriptor, "fitting_net": FittingNet}[kind]


def share_parameters(branches: nn.ModuleDict, shared_links: dict) -> None:
    """Make one object of what the links say is shared.

    The first link is the base. Level 0 shares the whole module, level 1 of a descriptor its
    type embedding only.
    """
    for key, entry in shared_links.items():
        base = branches[entry["links"][0]["model_key"]]
        for link in entry["links"][1:]:
            branch, item = branches[link["model_key"]], link["shared_type"]
            base_item, own_item = getattr(base, item), getattr(branch, item)
            if not isinstance(own_item, entry["type"]):
                msg = f"{key} is not a {entry['type'].__name__}"
                raise TypeError(msg)
            if link["shared_level"] == 0:
                setattr(branch, item, base_item)
            elif link["shared_level"] == 1 and isinstance(own_item, Descriptor):
                own_item.type_embedding = base_item.type_embedding
            else:
                msg = f"{key}: no level {link['shared_level']} for a {item}"
                raise ValueError(msg)


def check_same_links(shared_links: dict) -> None:
    """Stop unless every rank resolved the same links."""
    named = {
        key: entry | {"type": entry["type"].__name__} for key, entry in shared_links.items()
    }
    digest = hashlib.sha256(json.dumps(named).encode()).hexdigest()
    digests = [""] * dist.get_world_size()
    dist.all_gather_object(digests, digest)
    if len(set(digests)) != 1:
        msg = f"the ranks resolved different links: {digests}"
        raise RuntimeError(msg)


def make_batch(index: int, size: int, ntypes: int) -> tuple[torch.Tensor, ...]:
    """Make frames of 6 neighbors and a Lennard-Jones-like energy, different in each branch."""
    distances = 1.0 + torch.rand(size, 6)
    types = torch.randint(ntypes, (size, 6))
    energies = ((1 + index + types) * (distances**-6 - distances**-3)).mean(dim=1)
    return distances, types, energies


def train(branches: nn.ModuleDict, ntypes: int, settings: dict) -> None:
    """Take steps on all branches at once; gradients are averaged over the ranks."""
    # parameters() gives a shared parameter once, so that the optimizer moves it once a step
    parameters = list(branches.parameters())
    optimizer = torch.optim.Adam(parameters, lr=settings["learning_rate"])
    rank = dist.get_rank() if dist.is_initialized() else 0
    torch.manual_seed(settings["seed"] + rank)
    for step in range(settings["numb_steps"]):
        optimizer.zero_grad()
        loss = torch.zeros(())
        for index, branch in enumerate(branches.values()):
            distances, types, energies = make_batch(index, settings["batch_size"], ntypes)
            loss = loss + nn.functional.mse_loss(branch(distances, types), energies)
        loss.backward()
        if dist.is_initialized():
            for parameter in parameters:
                dist.all_reduce(parameter.grad)
                parameter.grad /= dist.get_world_size()
        optimizer.step()
        if rank == 0 and (step == 0 or step + 1 == settings["numb_steps"]):
            print(f"step {step + 1}: loss {loss.item():.4f}")


def compare(branches: nn.ModuleDict) -> list[str]:
    """Tell, for each pair of branches, which parameters are equal after training."""
    lines = []
    names = list(branches)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            other = dict(branches[second].named_parameters())
            for part in ("descriptor.type_embedding", "descriptor.embedding_net", "fitting_net"):
                same = all(
                    torch.equal(parameter, other[name])
                    for name, parameter in branches[first].named_parameters()
                    if name.startswith(part)
                )
                verdict = "identical" if same else "different"
                lines.append(f"{first} and {second}: {part} {verdict}")
    return lines


def main() -> None:
    """Resolve, build, share, train and compare."""
    config = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else INPUT).read_text())
    distributed = "LOCAL_RANK" in os.environ  # torchrun sets it
    if distributed:
        dist.init_process_group("gloo")
    model, shared_links = preprocess_shared_params(config["model"], class_of=class_of)
    if distributed:
        check_same_links(shared_links)

    branches = nn.ModuleDict({name: Branch(params) for name, params in model["model_dict"].items()})
    share_parameters(branches, shared_links)
    ntypes = len(next(iter(model["model_dict"].values()))["type_map"])
    train(branches, ntypes, config["training"])

    lines = compare(branches)
    if distributed:
        check_same_parameters(branches)
    if not distributed or dist.get_rank() == 0:
        if distributed:
            print(f"{dist.get_world_size()} ranks: same links, same parameters")
        print("\n".join(lines))
    if distributed:
        dist.barrier()  # no rank may leave while another one still waits for it
        dist.destroy_process_group()


def check_same_parameters(branches: nn.ModuleDict) -> None:
    """Stop unless every rank holds the same parameters after training."""
    flat = torch.cat([parameter.detach().flatten() for parameter in branches.parameters()])
    gathered = [torch.empty_like(flat) for _ in range(dist.get_world_size())]
    dist.all_gather(gathered, flat)
    if not all(torch.equal(flat, other) for other in gathered):
        msg = "the ranks' parameters drifted apart"
        raise RuntimeError(msg)


if __name__ == "__main__":
    main()

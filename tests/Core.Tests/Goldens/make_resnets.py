"""Writes what torchvision's residual networks are called and compute, beside this file: python3 make_resnets.py

The modules are those of torchvision 0.14 (resnet.py), without its package: the same names, shapes and strides. Their numbers follow from
their names by a formula that the tests repeat, so that no weights are kept. Everything is computed from them in float64, so that a
difference is our rounding alone. Of every tensor four entries are kept, evenly spread, and its norm.
"""
import json
import math
import pathlib
import platform

import numpy
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
ROWS, HEIGHT, WIDTH, CLASSES = 4, 64, 96, 10


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = shortcut(channels, filters, stride)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.conv3 = nn.Conv2d(filters, 4 * filters, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * filters)
        self.relu = nn.ReLU()
        self.downsample = shortcut(channels, 4 * filters, stride)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


def shortcut(channels, filters, stride):
    if stride == 1 and channels == filters:
        return None
    return nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))


class ResNet(nn.Module):
    def __init__(self, block, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = 64
        for stage, count in enumerate(blocks):
            layers = []
            for i in range(count):
                layers.append(block(channels, 64 << stage, 2 if stage > 0 and i == 0 else 1))
                channels = (64 << stage) * block.expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


def uniform(name, count):
    """Numbers from 0 to 1, 24 bits each: splitmix64 of the FNV-1a hash of the name and of the number's place."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = (key ^ byte) * 0x100000001B3 % 2**64
    z = numpy.uint64(key) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    z ^= z >> numpy.uint64(31)
    return (z >> numpy.uint64(40)).astype(numpy.float64) / 2**24


def tensor(name, shape):
    """Float32 numbers for the tensor of that name, as float64: He's range for weights, near 1 for scales, around 0 for the others.

    Biases are far above 0, so that few values come near it in front of a ReLU, where rounding would decide whether a gradient passes: with
    biases around 0 the gradients of ResNet-50 in float32 are 2 percent off those in float64, in PyTorch too.
    """
    u = uniform(name, math.prod(shape))
    if len(shape) > 1:
        u = (2 * u - 1) * math.sqrt(6 / math.prod(shape[1:]))
    elif name.endswith((".weight", ".running_var")):
        u = u + 0.5
    elif name.endswith(".bias"):
        u = u + 3
    else:
        u = (2 * u - 1) / 4
    return torch.tensor(u.astype(numpy.float32).astype(numpy.float64)).reshape(shape)


def numbers(values):
    return [float(f"{value:.9g}") for value in values]


def selected(values):
    flat = values.detach().reshape(-1)
    places = [k * (len(flat) - 1) // 3 for k in range(4)]
    return numbers([flat.norm().item()] + flat[places].tolist())


def network(block, blocks, is_computed):
    model = ResNet(block, blocks).double()
    state = {name: list(value.shape) for name, value in model.state_dict().items()}
    if not is_computed:
        return {"state": state}
    model.load_state_dict({
        name: torch.tensor(3) if name.endswith("num_batches_tracked") else tensor(name, shape) for name, shape in state.items()})
    # Pixel by pixel, as ours are. Of six such pictures those that keep furthest from 0 in front of every ReLU, by 4e-5.
    x = (8 * tensor("pixels5", [ROWS * HEIGHT * WIDTH * 3])).reshape(ROWS, HEIGHT, WIDTH, 3).movedim(3, 1)
    upstream = tensor("upstream", [ROWS * CLASSES]).reshape(ROWS, CLASSES)
    inference = model.eval()(x)
    training = model.train()(x)
    (training * upstream).sum().backward()
    after = {name: selected(parameter.grad) for name, parameter in model.named_parameters()}
    after |= {name: selected(value) for name, value in model.named_buffers() if ".running_" in name}
    return {"state": state, "inference": numbers(inference.reshape(-1).tolist()), "training": numbers(training.reshape(-1).tolist()),
            "step": after}


values = {
    "origin": {"torch": torch.__version__, "python": platform.python_version()},
    "resnet18": network(BasicBlock, [2, 2, 2, 2], True),
    "resnet34": network(BasicBlock, [3, 4, 6, 3], False),
    "resnet50": network(Bottleneck, [3, 4, 6, 3], True),
}
lines = []
for key, value in values.items():
    parts = [f"    {json.dumps(part)}: {json.dumps(content)}" for part, content in value.items()]
    lines.append(f"  {json.dumps(key)}: {{\n" + ",\n".join(parts) + "\n  }")
(HERE / "resnets.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")

#!/usr/bin/python3
"""ResNet-18 as torchvision builds it, in PyTorch on the CPU: a training step of 16 pictures of 224 x 224, and inference of 1 and 16.

The working folder must hold peer_common.py, whose settings it measures with.
"""
import os
import sys

sys.path.insert(0, os.getcwd())
from peer_common import parse, uniform, labels, timeit, emit  # noqa: E402

A = parse(["resnet18_train", "resnet18_infer"], openmp_blas=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402

torch.set_num_threads(A.threads)
PEER = "torch-" + torch.__version__
CFG = "/".join((A.config, torch.__config__.show().split("CPU capability usage: ")[1].split()[0]))
FORMATS = {"nchw": torch.contiguous_format, "nhwc": torch.channels_last}


class BasicBlock(nn.Module):
    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride != 1 or inputs != filters:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)), inplace=True)


def resnet18():
    layers = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for stage in range(4):
        filters = 64 << stage
        layers += [BasicBlock(inputs, filters, 1 if stage == 0 else 2), BasicBlock(filters, filters, 1)]
        inputs = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def pictures(count, form):
    return torch.from_numpy(np.ascontiguousarray(uniform((count, 3, 224, 224), 1))).contiguous(memory_format=FORMATS[form])


def run(name, metric, unit, work, to_value):
    emit(PEER, name, metric, unit, A.threads, timeit(work, A.repeats, A.min_time, warm=1), to_value, CFG)


def train():
    batch = 16
    for form in FORMATS:
        net = resnet18().to(memory_format=FORMATS[form]).train()
        x, y = pictures(batch, form), torch.from_numpy(np.ascontiguousarray(labels(batch, 1000, 2)))
        optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

        def step():
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
        run(f"resnet18_train[224,{form}]", "train_throughput", "images/s", step, lambda s: batch / s)


def infer():
    for batch, metric, unit, to_value in ((1, "latency", "us", lambda s: s * 1e6), (16, "throughput", "images/s", lambda s: 16 / s)):
        for form in FORMATS:
            net = resnet18().to(memory_format=FORMATS[form]).eval()
            x = pictures(batch, form)
            with torch.no_grad():
                frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
                for _ in range(3):
                    frozen(x)
                run(f"resnet18_infer[224,{batch},{form},eager]", metric, unit, lambda: net(x), to_value)
                run(f"resnet18_infer[224,{batch},{form},frozen]", metric, unit, lambda: frozen(x), to_value)


for workload in A.names:
    {"resnet18_train": train, "resnet18_infer": infer}[workload]()

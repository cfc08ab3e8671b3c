#!/usr/bin/python3
"""What has little work for each call, in PyTorch on the CPU: products of a last layer of few outputs, and training with small batches.

The working folder must hold peer_common.py, whose settings it measures with.
"""
import os
import sys

sys.path.insert(0, os.getcwd())
from peer_common import parse, uniform, labels, timeit, emit  # noqa: E402

A = parse(["sgemm_narrow", "small_batch_train"], openmp_blas=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402
import torch.nn.functional as F  # noqa: E402

torch.set_num_threads(A.threads)
PEER = "torch-" + torch.__version__
CFG = "/".join((A.config, torch.__config__.show().split("CPU capability usage: ")[1].split()[0]))


def tensor(x):
    return torch.from_numpy(np.ascontiguousarray(x))


def sgemm_narrow():
    inputs = 256
    for rows in (32, 128, 1024):
        for outputs in (2, 3, 5, 10):
            x, w, dy = tensor(uniform((rows, inputs), 1)), tensor(uniform((inputs, outputs), 2)), tensor(uniform((rows, outputs), 2))
            for name, a, b in (("forward", x, w), ("input_gradient", dy, w.t()), ("weight_gradient", x.t(), dy)):
                c = torch.empty(a.shape[0], b.shape[1])
                secs = timeit(lambda: torch.mm(a, b, out=c), A.repeats, A.min_time)
                emit(PEER, f"sgemm_narrow[{rows}x{inputs}x{outputs},{name}]", "rate", "GFLOP/s", A.threads, secs,
                     lambda s: 2.0 * rows * inputs * outputs / s / 1e9, CFG)


def mlp(sizes):
    layers = []
    for inputs, units in zip(sizes[:-2], sizes[1:-1]):
        layers += [nn.Linear(inputs, units), nn.BatchNorm1d(units), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def small_batch_train():
    rows = 1280
    for sizes in ((784, 512, 256, 10), (30, 64, 32, 2)):
        x, y = tensor(uniform((rows, sizes[0]), 1)), tensor(labels(rows, sizes[-1], 2))
        for batch in (8, 16, 32):
            for foreach in (False, True):
                net = mlp(sizes).train()
                # A rate of 0: the rows are never known by heart, which makes gradients that are no normal numbers.
                optimizer = torch.optim.Adam(net.parameters(), lr=0.0, foreach=foreach)

                def epoch():
                    for start in range(0, rows, batch):
                        loss = F.cross_entropy(net(x[start:start + batch]), y[start:start + batch])
                        optimizer.zero_grad(set_to_none=True)
                        loss.backward()
                        optimizer.step()
                name = "-".join(map(str, sizes)) + f",{batch}" + (",foreach" if foreach else "")
                emit(PEER, f"small_batch_train[{name}]", "train_throughput", "examples/s", A.threads,
                     timeit(epoch, A.repeats, A.min_time, warm=1), lambda s: rows / s, CFG)


for workload in A.names:
    {"sgemm_narrow": sgemm_narrow, "small_batch_train": small_batch_train}[workload]()

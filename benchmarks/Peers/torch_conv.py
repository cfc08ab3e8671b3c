#!/usr/bin/python3
"""Convolutions of pictures of 224 x 224 in PyTorch on the CPU: three passes of training, and inference with the filters prepared.

The working folder must hold peer_common.py, whose settings it measures with. GFLOP/s count the multiplications of the direct way.
"""
import os
import sys

sys.path.insert(0, os.getcwd())
from peer_common import parse, uniform, timeit, emit  # noqa: E402

# Pixels on a side, channels, filters, pixels of the window on a side, stride.
SIZES = {
    "conv_3x3": [(224, 64, 64, 3, 1), (112, 128, 128, 3, 1), (56, 64, 64, 3, 1), (56, 256, 256, 3, 1), (28, 512, 512, 3, 1),
                 (7, 512, 512, 3, 1)],
    "conv_1x1": [(56, 64, 256, 1, 1), (56, 256, 64, 1, 1), (14, 1024, 256, 1, 1), (7, 512, 2048, 1, 1)],
    "conv_stride2": [(224, 3, 64, 7, 2), (56, 64, 128, 3, 2), (14, 512, 512, 3, 2), (56, 64, 128, 1, 2), (14, 1024, 2048, 1, 2)],
}
A = parse(list(SIZES), openmp_blas=True)

import numpy as np  # noqa: E402
import torch  # noqa: E402
import torch.nn as nn  # noqa: E402

torch.set_num_threads(A.threads)
PEER = "torch-" + torch.__version__
CFG = "/".join((A.config, torch.__config__.show().split("CPU capability usage: ")[1].split()[0]))
FORMATS = {"nchw": torch.contiguous_format, "nhwc": torch.channels_last}


def tensor(shape, seed, form):
    return torch.from_numpy(np.ascontiguousarray(uniform(shape, seed))).contiguous(memory_format=FORMATS[form])


def measure(workload, size, images, form):
    pixels, channels, filters, window, stride = size
    net = nn.Conv2d(channels, filters, window, stride, window // 2, bias=False).to(memory_format=FORMATS[form]).eval()
    weight = net.weight.detach()
    x = tensor((images, channels, pixels, pixels), 1, form)
    dy = tensor(tuple(net(x).shape), 2, form)
    frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
    for _ in range(3):
        frozen(x)

    def backward(of_input, of_filters):
        pad = [window // 2] * 2
        return lambda: torch.ops.aten.convolution_backward(
            dy, x, weight, None, [stride] * 2, pad, [1, 1], False, [0, 0], 1, [of_input, of_filters, False])

    operations = 2.0 * dy.numel() * window * window * channels
    passes = {"forward": lambda: net(x), "inference": lambda: frozen(x),
              "input_gradient": backward(True, False), "filter_gradient": backward(False, True)}
    for name, work in passes.items():
        emit(PEER, f"{workload}[{pixels}x{pixels}x{channels}-{filters},{window}x{window},{images},{name},{form}]", "rate", "GFLOP/s",
             A.threads, timeit(work, A.repeats, A.min_time, warm=1), lambda s: operations / s / 1e9, CFG)


with torch.no_grad():
    for workload in A.names:
        for size in SIZES[workload]:
            for images in (1, 16):
                for form in FORMATS:
                    measure(workload, size, images, form)

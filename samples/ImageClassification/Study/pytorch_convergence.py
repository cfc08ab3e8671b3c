"""The first table of docs/guide/why-batch-norm.md with PyTorch, to compare: python3 pytorch_convergence.py (made with PyTorch 1.13.1)."""
import pathlib
import statistics
import struct
import zipfile
import zlib

import torch

SEEDS, EPOCHS, BATCH, SHOWN = 5, 50, 60, (1, 2, 5, 10, 20, 50)


def pixels(png):
    """8-bit gray, one IDAT chunk, no filters: what make_digits.py writes."""
    at = png.index(b"IDAT")
    rows = zlib.decompress(png[at + 4 : at + 4 + struct.unpack(">I", png[at - 4 : at])[0]])
    return [value / 240 for i, value in enumerate(rows) if i % 9]


def read(archive, part):
    names = [name for name in archive.namelist() if f"/{part}-" in name]
    rows = torch.tensor([pixels(archive.read(name)) for name in names])
    return rows, torch.tensor([int(name[0]) for name in names])


def network(std, normalized):
    layers = []
    for inputs in (64, 100, 100):
        layers.append(torch.nn.Linear(inputs, 100, bias=not normalized))
        layers += [torch.nn.BatchNorm1d(100)] if normalized else []
        layers.append(torch.nn.Sigmoid())
    layers.append(torch.nn.Linear(100, 10))
    for layer in layers:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.normal_(layer.weight, 0, std)
            if layer.bias is not None:
                torch.nn.init.zeros_(layer.bias)
    return torch.nn.Sequential(*layers)


def accuracies(training, test, std, rate, normalized, seed):
    torch.manual_seed(seed)
    net = network(std, normalized)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate)
    shown = []
    for epoch in range(1, EPOCHS + 1):
        net.train()
        for batch in torch.randperm(len(training[0])).split(BATCH):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(training[0][batch]), training[1][batch]).backward()
            optimizer.step()
        net.eval()
        if epoch in SHOWN:
            with torch.no_grad():
                shown.append(100 * (net(test[0]).argmax(1) == test[1]).double().mean().item())
    return shown


torch.set_num_threads(1)
with zipfile.ZipFile(pathlib.Path(__file__).parent.parent / "Data" / "digits.zip") as digits:
    training_set, test_set = read(digits, "train"), read(digits, "test")
print("| first weights | learning rate | batch norm |", " | ".join(map(str, SHOWN)), "|")
for std in (0.1, 0.01):
    for rate in (0.1, 1, 5):
        for normalized in (True, False):
            runs = [accuracies(training_set, test_set, std, rate, normalized, seed) for seed in range(1, SEEDS + 1)]
            cells = [f"{statistics.mean(run):.1f} ± {statistics.stdev(run):.1f}" for run in zip(*runs)]
            print(f"| {std} | {rate} | {'yes' if normalized else 'no'} |", " | ".join(cells), "|", flush=True)

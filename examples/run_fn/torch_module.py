"""A PyTorch model as a ``run_fn``, for GenericExecutor: no TensorFlow takes part."""

import json
from pathlib import Path

import numpy as np
import torch

from trainwright import FnArgs

LABEL = "variety"
BATCH_SIZE = 16


def _batches(files: list[str], fn_args: FnArgs, **options):
    """Batches of features ``[batch, features]``, in the order of their names, and labels."""
    options = {"batch_size": BATCH_SIZE, **options}
    for batch in fn_args.data_accessor.record_batch_factory(files, options):
        # Each cell of a record batch is a list of values; here each list has one.
        columns = {name: batch[name].flatten().to_numpy() for name in batch.schema.names}
        labels = torch.tensor(columns.pop(LABEL))
        features = np.stack([columns[name] for name in sorted(columns)], axis=1)
        yield torch.tensor(features, dtype=torch.float32), labels


def run_fn(fn_args: FnArgs) -> None:
    """Trains for so many steps, evaluates, and saves a program with its weights."""
    torch.manual_seed(1)
    model = torch.nn.Sequential(
        torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    batches = _batches(fn_args.train_files, fn_args, shuffle_seed=1)  # without end
    for _, (features, labels) in zip(range(fn_args.train_steps), batches):  # noqa: B905
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(features), labels)
        loss.backward()
        optimizer.step()

    model.eval()
    right = total = 0
    for features, labels in _batches(fn_args.eval_files, fn_args, num_epochs=1, shuffle=False):
        right += int((model(features).argmax(1) == labels).sum())
        total += len(labels)

    folder = Path(fn_args.serving_model_dir)
    folder.mkdir(parents=True, exist_ok=True)
    shapes = {"input": {0: torch.export.Dim("batch")}}
    program = torch.export.export(model, (torch.zeros(2, 4),), dynamic_shapes=shapes)
    torch.export.save(program, folder / "model.pt2")
    (folder / "evaluation.json").write_text(json.dumps({"accuracy": right / total}))

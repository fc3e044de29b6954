"""An LSTM autoencoder fitted by torch, on a GPU where there is one; served without torch."""

import numpy as np
from numpy.typing import NDArray

from models.serving.sequence_autoencoder import LIMIT_Z, SequenceAutoencoder, quantised
from schemas.errors import UnavailableError

_BATCH = 64


def fit_lstm_autoencoder(
    x: NDArray[np.float64], columns: tuple[str, ...], seed: int, *, cells: int, epochs: int, rate: float, quantise: bool
) -> SequenceAutoencoder:
    """Return the autoencoder of `cells` fitted on rows (n, c + 1, k), with weights as bytes where `quantise`.

    Raises UnavailableError where torch is not installed.
    """
    try:
        import torch
    except ImportError:
        raise UnavailableError(
            "torch is not installed, which fits deep models; install stream-app[training]."
        ) from None
    rows = np.where(np.isnan(x), 0.0, np.clip(x, -LIMIT_Z, LIMIT_Z)).astype(np.float32)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    threads = torch.get_num_threads()
    # One thread, and the order of sums is the same everywhere.
    torch.set_num_threads(1)
    try:
        generator = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[0] if device == "cuda" else []):
            torch.manual_seed(seed)
            k = rows.shape[2]
            encoder, decoder = torch.nn.LSTM(k, cells, batch_first=True), torch.nn.LSTM(cells, cells, batch_first=True)
            out = torch.nn.Linear(cells, k)
            parts = torch.nn.ModuleList([encoder, decoder, out]).to(device)
        data = torch.from_numpy(rows).to(device)
        optimiser = torch.optim.Adam(parts.parameters(), lr=rate)
        for _ in range(epochs):
            for chosen in torch.randperm(len(data), generator=generator).split(_BATCH):  # type: ignore[no-untyped-call]
                part = data[chosen.to(device)]
                _, (state, cell) = encoder(part)
                # From the encoder's state alone, the last row first.
                drawn, _ = decoder(state[0][:, None].expand(-1, part.shape[1], -1), (state, cell))
                loss = torch.nn.functional.mse_loss(out(drawn), part.flip(1))
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
    finally:
        torch.set_num_threads(threads)
    weights = {name: value.detach().cpu().numpy().copy() for name, value in parts.state_dict().items()}
    arrays = {
        "encoder_in": weights["0.weight_ih_l0"],
        "encoder_on": weights["0.weight_hh_l0"],
        "encoder_bias": weights["0.bias_ih_l0"] + weights["0.bias_hh_l0"],
        "decoder_in": weights["1.weight_ih_l0"],
        "decoder_on": weights["1.weight_hh_l0"],
        "decoder_bias": weights["1.bias_ih_l0"] + weights["1.bias_hh_l0"],
        "out": weights["2.weight"],
        "out_bias": weights["2.bias"],
    }
    return SequenceAutoencoder(columns, quantised(arrays) if quantise else arrays)

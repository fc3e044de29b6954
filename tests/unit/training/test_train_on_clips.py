"""`train --lane audio` on a folder of clips: a signed version that serves, judged by the clips called abnormal."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from models.simulation.sound.machines import MACHINES
from models.simulation.sound.microphone import PCM16, SimulatedMicrophone
from models.simulation.sound.parts import RATE_HZ
from stream_app.cli import run

CLIP_S, NORMAL, ABNORMAL = 10, 44, 6


def _folder(folder: Path) -> None:
    """Write clips of a fan as MIMII does; in the abnormal ones a bearing is damaged."""
    sound = SimulatedMicrophone("fan", 1, faulty=False).next((NORMAL + ABNORMAL) * CLIP_S * RATE_HZ)[0] / PCM16
    kind, begin = MACHINES["fan"], NORMAL * CLIP_S * RATE_HZ
    for part in kind.faults["bearing"].adds(np.random.default_rng(2), kind.speed_hz):
        sound[begin:] += part.next(0, len(sound) - begin)
    for number, clip in enumerate(sound.reshape(NORMAL + ABNORMAL, -1)):
        path = folder / "fan" / "id_00" / ("normal" if number < NORMAL else "abnormal") / f"{number:08}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip, RATE_HZ, subtype="PCM_16")


def test_a_folder_of_clips_makes_a_version_that_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _folder(tmp_path / "clips")
    monkeypatch.setenv("STREAM_APP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("STREAM_APP_BROKERS", raising=False)
    wanted = ["--lane", "audio", "--sensor-type", "fan", "--file", str(tmp_path / "clips"), "--json"]
    assert run(["train", "reconstruction_ensemble", *wanted]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["model"], told["version"], told["alias"], told["lane"]) == ("pdm.audio.fan", "1", "champion", "audio")
    assert told["data"]["sensors"] == 1
    # The clips that the folder calls abnormal taught nothing; the model knows them for what they are.
    assert told["metrics"]["roc_auc"] > 0.99
    assert told["metrics"]["injected_roc_auc"] > 0.75
    assert run(["models", "verify", "pdm.audio.fan", "1"]) == 0


def test_an_algorithm_of_another_lane_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "isolation_forest", "--lane", "audio", "--file", "x"]) == 2
    assert "reconstruction_ensemble" in capsys.readouterr().err
    assert run(["train", "gaussian_mixture", "--file", "x"]) == 2

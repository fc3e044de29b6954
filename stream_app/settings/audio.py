"""Settings of the audio lane."""

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from schemas.errors import SettingsError
from stream_app.settings.branch import Branch


class AudioSettings(Branch):
    """How sound is judged; the meaning of each is in `models/sound/tuning.py`."""

    channels: Literal["mix", "keep"] = Field(
        "mix", description="several channels become one, or `keep` makes a microphone of each"
    )
    span_s: float = Field(10.0, ge=0.5, le=600.0, description="sound in a clip, a multiple of its hop")
    hop_s: float = Field(1.0, ge=0.25, le=60.0, description="time from one clip to the next")
    learn_s: float = Field(120.0, ge=8.0, le=1e6, description="sound of a microphone to learn from first")
    calibrate_s: float = Field(60.0, ge=0.0, le=1e6, description="and to calibrate its score on after that")
    hold_clips: int = Field(3, ge=1, le=10_000, description="strange clips in a row that raise an anomaly")
    keep_clips: bool = Field(False, description="whether the page keeps the sound of each anomaly as a clip")
    clip_retention_h: float = Field(24.0, gt=0.0, le=87_600.0, description="how long a clip is kept")
    clip_token: SecretStr | None = Field(
        None,
        description="who may hear clips: those who give this token, or the engineer's; without it, all",
    )

    @model_validator(mode="after")
    def _clips_can_be_kept(self) -> Self:
        from models.sound.tuning import SoundTuning

        try:
            SoundTuning(span_s=self.span_s, hop_s=self.hop_s, learn_s=self.learn_s, calibrate_s=self.calibrate_s)
        except SettingsError as error:
            raise ValueError(str(error)) from None
        return self

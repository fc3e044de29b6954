"""The part of the REST interface that is about sound."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import FileResponse, Response

from schemas.errors import UnavailableError
from schemas.times import format_time
from stream_app.web.anomaly_log import Anomaly
from stream_app.web.parts import Parts
from stream_app.web.problem import ANSWERS, ProblemError
from stream_app.web.sound.answers import MicrophoneList, MicrophoneRow, Waterfall
from stream_app.web.sound.archive import BAND_HZ
from stream_app.web.sound.microphones import COLUMN_S

_FIRST_WITHIN_S = 1.5


def sound_router(parts: Parts) -> APIRouter:
    """Return the routes over the parts of the role."""
    routes = APIRouter(prefix="/api/v1", responses=ANSWERS, tags=["sound"])
    microphones, sound = parts.microphones, parts.sound

    @routes.get("/microphones")
    def list_microphones() -> MicrophoneList:
        """List the microphones that were heard while somebody looked, by name; sound is read only then."""
        with microphones.lock:
            microphones.look_at_all()
            if not microphones.all():
                microphones.lock.wait(_FIRST_WITHIN_S)
            rows = [
                MicrophoneRow(
                    microphone_id=one.microphone_id,
                    asset_id=one.asset_id,
                    sensor_type=one.sensor_type,
                    rate_hz=one.rate_hz,
                    last_ts=format_time(one.ts_us),
                    level_db=round(one.level_db, 1),
                )
                for one in microphones.all()
            ]
        return MicrophoneList(microphones=rows, clips_kept=sound.kept is not None)

    @routes.get("/microphones/{microphone_id:path}/logmel")
    def waterfall(
        microphone_id: str, after: Annotated[int, Query(ge=-1, description="number of the last column known")] = -1
    ) -> Waterfall:
        """Return the newest log-mel columns; they are made while somebody asks for them, and for 15 s after."""
        with microphones.lock:
            one = microphones.get(microphone_id)
            if one is None:
                microphones.look_at_all()
                raise ProblemError(
                    404,
                    f"Microphone {microphone_id!r} is not known",
                    "no frame of it came so far, and sound is read only while somebody looks",
                    "see /api/v1/microphones, or publish its frames to pdm.audio.frames.v1",
                )
            one.look_at()
            first, columns = one.since(after)
            return Waterfall(
                microphone_id=microphone_id,
                ts=format_time(one.ts_us),
                rate_hz=one.rate_hz,
                level_db=round(one.level_db, 1),
                column_s=COLUMN_S,
                band_hz=[round(hz, 1) for hz in BAND_HZ],
                first=first,
                columns=columns.tolist(),
            )

    @routes.get("/anomalies/{anomaly_id:path}/logmel.png", response_class=Response, responses=_content("image/png"))
    def picture(anomaly_id: str) -> Response:
        """Draw the sound of an anomaly against normal."""
        anomaly = _anomaly(anomaly_id)
        try:
            content = sound.picture(anomaly)
        except UnavailableError as error:
            raise ProblemError(503, "The sound cannot be read", str(error), "try again when Kafka answers") from None
        if content is None:
            raise ProblemError(
                404,
                f"There is no sound of anomaly {anomaly_id!r}",
                "it is of another lane, or Kafka holds its frames no more",
                "raise the retention of pdm.audio.frames.v1 where pictures are wanted for longer",
            )
        return Response(content, media_type="image/png")

    @routes.get("/anomalies/{anomaly_id:path}/clip.wav", response_class=Response, responses=_content("audio/wav"))
    def clip(anomaly_id: str, authorization: Annotated[str | None, Header()] = None) -> Response:
        """Return the sound of an anomaly, where clips are kept, to those who may hear it."""
        parts.access.ask_to_hear(authorization)
        path = sound.kept.find(anomaly_id) if sound.kept is not None else None
        if path is None:
            why = "none came of it yet, or it is older than is kept" if sound.kept else "clips are not kept here"
            raise ProblemError(
                404,
                f"No clip of anomaly {anomaly_id!r} is kept",
                why,
                "set STREAM_APP_AUDIO__KEEP_CLIPS=true to keep those to come",
            )
        return FileResponse(path, media_type="audio/wav", headers={"Cache-Control": "private, no-store"})

    def _anomaly(anomaly_id: str) -> Anomaly:
        with parts.store.lock:
            found = parts.store.anomalies.get(anomaly_id)
        if found is None:
            raise ProblemError(
                404, f"Anomaly {anomaly_id!r} is not known", "it is not among the recent ones", "see /api/v1/anomalies"
            )
        return found

    return routes


def _content(media_type: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {media_type: {}}, "description": "The file"}}

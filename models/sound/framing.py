"""How sound is cut into frames."""

RATE_HZ = 16_000
FRAME_SAMPLES = 2048
HOP_SAMPLES = 512

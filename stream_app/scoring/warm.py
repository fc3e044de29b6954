"""Loads what scoring needs when it is imported: by the process that the scoring processes are forked of.

So packages and kernels, a second's work, are loaded once and by one core.
"""

import gc
import os

# Threads of its own would wait for work by turning round, on the cores of the other processes.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# What is loaded stays.
gc.disable()

import stream_app.scoring.pipeline  # noqa: E402, F401
from agents.warm_up_readings import warm_up_readings  # noqa: E402

warm_up_readings()
gc.freeze()

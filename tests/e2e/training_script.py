"""What the retraining agent is given to start in tests: it does what the sensor type says, as `train` would end."""

import json
import os
import signal
import sys
import time
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Write down the call, and end as the sensor type says."""
    told = dict(zip(arguments[1:-1:2], arguments[2:-1:2], strict=True))
    sensor_type = told["--sensor-type"]
    calls = Path(os.environ["CALLS"])
    with calls.open("a") as lines:
        lines.write(json.dumps({"algorithm": arguments[0], "pid": os.getpid(), **told}) + "\n")
    earlier = sum(f'"{sensor_type}"' in line for line in calls.read_text().splitlines()) - 1
    if sensor_type == "hanging" or (sensor_type in {"killed", "moved"} and not earlier):
        time.sleep(600)
    if sensor_type == "murdered" and not earlier:
        os.kill(os.getpid(), signal.SIGKILL)
    if sensor_type == "crashing":
        raise RuntimeError("out of ideas")
    if sensor_type == "without_data":
        print("stream-app: 3 rows are too few.", file=sys.stderr)
        sys.exit(5)
    if sensor_type == "registry_away" and not earlier:
        print("stream-app: MLflow at http://127.0.0.1:1 does not answer.", file=sys.stderr)
        sys.exit(4)
    print("fitting")
    result = {"model": f"pdm.readings.{sensor_type}", "version": "7", "algorithm": arguments[0], "run_id": "r"}
    print(json.dumps({**result, "sensor_type": sensor_type, "rows": 10, "data": "d", "metrics": {}, "champion": None}))


if __name__ == "__main__":
    main(sys.argv[1:])

"""Prometheus metrics of the role `web`."""

from prometheus_client import Counter, Gauge

RECORDS = Counter("pdm_web_records", "Kafka records read for the page", ["topic"])
SKIPPED = Counter("pdm_web_skipped_records", "Records left out because the page fell behind")
STREAMS = Gauge("pdm_web_streams", "Open streams of server-sent events")
SENSORS = Gauge("pdm_web_sensors", "Sensors held in memory")
POINTS = Gauge("pdm_web_points", "Points of readings held in memory")

"""`python -m benchmarks.chaos.producer`: publishes the chaos load at a steady rate until SIGTERM, with a ledger."""

import argparse
import signal
import sys
import time
from pathlib import Path

from confluent_kafka import KafkaError, Message, Producer

from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.load import ChaosLoad
from schemas.topics import READINGS

_TICK_S = 0.01


def main() -> int:
    """Publish; exit 0 when every record sent was acknowledged and entered in the ledger, 1 otherwise."""
    options = _options()
    ledger = Ledger()
    failures: list[KafkaError] = []

    def on_delivery(error: KafkaError | None, message: Message) -> None:
        if error is not None:
            failures.append(error)
            return
        ledger.add(message.partition() or 0, message.offset() or 0, message.key(), message.value())

    producer = Producer(
        {
            "bootstrap.servers": options.brokers,
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopping.append(number))
    sent, started_s = 0, time.monotonic()
    messages = iter(ChaosLoad(options.sensors, options.seed, options.start_us))
    while not stopping and not failures:
        due = int((time.monotonic() - started_s) * options.rate)
        while sent < due:
            key, value = next(messages)
            producer.produce(READINGS, value, key, on_delivery=on_delivery)
            sent += 1
        producer.poll(0)
        time.sleep(_TICK_S)
    left = producer.flush(60)
    ledger.save(options.ledger)
    print(f"sent {sent}, acknowledged {len(ledger)}, failed {len(failures)}, open {left}", file=sys.stderr)
    return 0 if len(ledger) == sent else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--sensors", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--start-us", type=int, required=True)
    parser.add_argument("--ledger", type=Path, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

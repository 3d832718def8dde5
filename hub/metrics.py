"""What Prometheus reads at /metrics. Names are stable; the README lists them and a test compares."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


class Metrics:
    """One registry for each hub, so that two in one process (tests) do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "truc_requests", "HTTP requests by route and status", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "truc_request_seconds", "Time to answer", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.messages = Counter("truc_messages", "Messages accepted, by kind", ["kind"], registry=self.registry)
        self.refusals = Counter("truc_refusals", "Refusals by code", ["code"], registry=self.registry)
        self.batches = Gauge("truc_batches", "Transactions written since start", registry=self.registry)
        self.waiting = Gauge("truc_waiting", "Submissions that wait for a transaction", registry=self.registry)
        self.log_size = Gauge("truc_log_size", "Leaves in the log", registry=self.registry)
        self.streams = Gauge("truc_streams", "Long polls and event streams open", registry=self.registry)
        self.halted = Gauge(
            "truc_halted", "1: a witness contradicts this log, nothing is signed any more", registry=self.registry
        )
        self.witness_size = Gauge(
            "truc_witness_size",
            "Leaves under the last checkpoint that it cosigned",
            ["witness"],
            registry=self.registry,
        )
        self.witness_lag = Gauge(
            "truc_witness_lag", "Leaves of the log that it has not cosigned", ["witness"], registry=self.registry
        )
        self.witness_up = Gauge(
            "truc_witness_up", "1: answered the last time, 0: it did not", ["witness"], registry=self.registry
        )
        self.witness_answers = Counter(
            "truc_witness_answers", "What became of questions", ["witness", "outcome"], registry=self.registry
        )
        self.time_stamps = Counter(
            "truc_time_stamps", "Answers of the time-stamp authority, by outcome", ["outcome"], registry=self.registry
        )
        self.time_stamped = Gauge(
            "truc_time_stamped_size", "Leaves under the last time-stamped checkpoint", registry=self.registry
        )
        self.difference = Gauge(
            "truc_ledger_difference",
            "Deliveries that the ledger cannot account for: any but 0 is an alarm",
            registry=self.registry,
        )

    def render(self) -> bytes:
        return generate_latest(self.registry)

"""The figures that Prometheus reads at /metrics. Names are stable; `hub/REFERENCE.md` lists them and a test
compares."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, generate_latest

Sample = tuple[str, str, dict[str, str], float]
"""Family, name, labels, value."""
Key = tuple[str, str, tuple[tuple[str, str], ...]]

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
        self.held = Gauge("truc_held", "Connections whose bytes wait to be looked at", registry=self.registry)
        self.answer_bytes = Gauge(
            "truc_answer_bytes", "Bytes of answers held until they are read", registry=self.registry
        )
        self.answers = Counter(
            "truc_answers_without_room",
            "Answers refused, or cut off, for want of room",
            ["outcome"],
            registry=self.registry,
        )
        self.log_size = Gauge("truc_log_size", "Leaves in the log", registry=self.registry)
        self.not_indexed = Gauge(
            "truc_not_indexed", "Documents that a search does not find yet", registry=self.registry
        )
        self.not_followed = Gauge(
            "truc_not_followed",
            "Documents and bodies of sync services that programmes have not taken in yet",
            registry=self.registry,
        )
        self.derived_lost = Gauge(
            "truc_derived_lost",
            "1: a file beside the record cannot be read or written now; it is made again once it can be",
            ["file"],
            registry=self.registry,
        )
        self.streams = Gauge("truc_streams", "Long polls and event streams open", registry=self.registry)
        self.halted = Gauge(
            "truc_halted",
            "1: the store is older than what was signed, or a witness contradicts this log; nothing is signed any more",
            registry=self.registry,
        )
        self.clock_in_doubt = Gauge(
            "truc_clock_in_doubt",
            "1: the machine's clock is not believed; nothing is signed or expired until it is (/readyz says why)",
            registry=self.registry,
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
        self.disk_free = Gauge("truc_disk_free_bytes", "Bytes free where the record is kept", registry=self.registry)
        self.certificate_ends = Gauge(
            "truc_certificate_ends_seconds",
            "When it ends (Unix time): of the seal, of TLS, of the trusted CA (anchors) that ends first",
            ["certificate"],
            registry=self.registry,
        )
        self.crl_ends = Gauge(
            "truc_crl_ends_seconds",
            "When the first revocation list is no longer believed, grace included (Unix time)",
            registry=self.registry,
        )
        self.oldest_waiting = Gauge(
            "truc_oldest_waiting_seconds",
            "How long the document waits that was placed first of those not handed over; 0: none waits",
            ["lane"],
            registry=self.registry,
        )
        self.difference = Gauge(
            "truc_ledger_difference",
            "Deliveries that the ledger cannot account for: any but 0 is an alarm",
            registry=self.registry,
        )
        self.documents_waiting = Gauge(
            "truc_documents_waiting",
            "Documents that wait in mailboxes, as counted last",
            ["lane"],
            registry=self.registry,
        )
        self.agencies = Gauge("truc_agencies", "Entries of the directory", registry=self.registry)
        self.agencies_silent = Gauge(
            "truc_agencies_silent",
            "Agencies that leave a document waiting for longer than alerts.silent_hours",
            registry=self.registry,
        )
        self.agency_certificates_ending = Gauge(
            "truc_agency_certificates_ending",
            "Agencies whose last certificate ends within alerts.certificate_days",
            registry=self.registry,
        )
        self.agency_certificate_ends = Gauge(
            "truc_agency_certificate_ends_seconds",
            "When the first of those ends (Unix time); 0: none does",
            registry=self.registry,
        )
        self.crls = Gauge("truc_crls", "Revocation lists that the hub holds", registry=self.registry)
        self.crls_ending = Gauge(
            "truc_crls_ending", "Those that are believed for less than alerts.crl_hours", registry=self.registry
        )
        self.witnesses_silent = Gauge(
            "truc_witnesses_silent",
            "Witnesses that have not cosigned what is older than ten minutes",
            registry=self.registry,
        )
        self.attention = Gauge(
            "truc_attention",
            "What needs doing, by kind: how many are concerned; 0: nothing",
            ["what"],
            registry=self.registry,
        )
        self.alerts = Gauge("truc_alerts", "Alerts that stand", ["severity"], registry=self.registry)
        self.alert_mails = Counter(
            "truc_alert_mails", "Mails of alerts, by what became of them", ["outcome"], registry=self.registry
        )
        self.webhooks = Gauge("truc_webhooks", "Endpoints of webhooks, by state", ["state"], registry=self.registry)
        self.webhooks_behind = Gauge(
            "truc_webhooks_behind", "Endpoints for which something waits", registry=self.registry
        )
        self.webhook_tries = Counter(
            "truc_webhook_tries", "Webhooks sent, by what became of them", ["outcome"], registry=self.registry
        )
        self.webhook_seconds = Histogram(
            "truc_webhook_seconds", "Until a receiver answered", buckets=_SECONDS, registry=self.registry
        )

        self.of_fronts: dict[str, list[Sample]] = {}
        self._retired: dict[Key, float] = {}

    def samples(self) -> list[Sample]:
        """Every figure as it stands: a front process tells them to the hub."""
        return [(f.name, s.name, s.labels, s.value) for f in self.registry.collect() for s in f.samples]

    def retire(self, front: str) -> None:
        """A front ended: its counts stay, its measurements are no more."""
        for key, value in _keyed(self.of_fronts.pop(front, [])):
            if _is_count(key[1]):
                self._retired[key] = self._retired.get(key, 0.0) + value

    def render(self) -> bytes:
        """The text for Prometheus, the figures of all fronts added in."""
        # In a thread, while fronts come and go: each copy is one step, in which nobody else runs.
        of_fronts, retired = list(self.of_fronts.values()), dict(self._retired)
        if not of_fronts and not retired:
            return generate_latest(self.registry)
        return generate_latest(_Summed(self._families(of_fronts, retired)))

    def _families(self, of_fronts: list[list[Sample]], retired: dict[Key, float]) -> list[Metric]:
        more = dict(retired)
        for key, value in (pair for samples in of_fronts for pair in _keyed(samples)):
            more[key] = more.get(key, 0.0) + value
        families = {}
        for family in self.registry.collect():
            summed = Metric(family.name, family.documentation, family.type)
            for sample in family.samples:
                key = (family.name, sample.name, _frozen(sample.labels))
                summed.add_sample(sample.name, sample.labels, sample.value + more.pop(key, 0.0))
            families[family.name] = summed
        for (family_name, name, labels), value in more.items():  # label values that only fronts have
            families[family_name].add_sample(name, dict(labels), value)
        return list(families.values())


def _keyed(samples: list[Sample]) -> Iterator[tuple[Key, float]]:
    for family, name, labels, value in samples:
        if not name.endswith("_created"):
            yield (family, name, _frozen(labels)), value


def _frozen(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _is_count(name: str) -> bool:
    return name.endswith(("_total", "_count", "_sum", "_bucket"))


class _Summed:
    """The method that `generate_latest` needs of a registry."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        return self._families

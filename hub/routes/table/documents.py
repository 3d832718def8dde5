"""Sending documents and statuses, finding them, their lives, bytes, receipts and evidence."""

from __future__ import annotations

from typing import Final

from hub.core import framing, wire, wire_check, wire_export
from hub.http.call import AGENCIES, EVERYBODY_KNOWN, READERS, Route
from hub.routes import batch, bundles, check, documents, exporting, search
from hub.routes.table.words import EDXML, NOTE, PAGE, SAFE, ZIP, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        "POST",
        "/v1/documents",
        documents.submit,
        "Submit a signed document",
        AGENCIES,
        wire.Submitted,
        media=EDXML,
        status=201,
    ),
    Route(
        "POST",
        "/v1/statuses",
        documents.submit,
        "Submit a status message",
        AGENCIES,
        wire.Submitted,
        media=EDXML,
        status=201,
    ),
    Route(
        "POST",
        "/v1/documents:batch",
        batch.submit,
        "Submit many signed documents in one call",
        AGENCIES,
        batch.LINES,
        media=framing.MEDIA,
        lines=wire.BatchLine,
    ),
    Route(
        "POST",
        "/v1/statuses:batch",
        batch.submit,
        "Submit many status messages in one call",
        AGENCIES,
        batch.LINES,
        media=framing.MEDIA,
        lines=wire.BatchLine,
    ),
    Route(
        "POST",
        "/v1/check",
        check.check,
        "Everything about a message that is not submitted: findings, signature, attachments",
        AGENCIES,
        wire_check.Checked,
        media=EDXML,
    ),
    Route(
        "GET",
        "/v1/documents",
        search.search,
        "Search documents: by any of their words, by who exchanged them, when, and how they stand",
        EVERYBODY_KNOWN,
        wire.Found,
        search.FindQuery,
        holds=PAGE // 2,
    ),
    Route(
        "GET",
        "/v1/documents:export",
        search.export,
        "All that a search finds, as one file: CSV, a workbook, or JSON lines",
        EVERYBODY_KNOWN,
        batch.LINES,
        search.ExportQuery,
        lines=wire_export.ExportLine,
        also=("text/csv", exporting.XLSX),
        holds=PAGE,
    ),
    Route(
        "GET",
        "/v1/documents/named",
        documents.named,
        "The one document that the caller calls that: DocumentId, number and notation, or identifier",
        READERS,
        wire.Message,
        documents.NamedQuery,
    ),
    Route(
        "GET",
        "/v1/documents/{id}",
        documents.life,
        "A document with its deliveries and timeline",
        READERS,
        wire.Life,
        holds=PAGE // 8,
    ),
    Route("GET", "/v1/documents/{id}/content", documents.content, "The bytes as received", READERS, EDXML),
    Route(
        "GET",
        "/v1/documents/{id}/receipt",
        documents.acceptance_receipt,
        "The receipt of its acceptance",
        READERS,
        NOTE,
    ),
    Route(
        "GET",
        "/v1/documents/{id}/evidence",
        bundles.bundle,
        "Everything that proves a document's life, in one file to be verified offline",
        READERS,
        ZIP,
        bundles.BundleQuery,
    ),
    Route("GET", "/v1/receipts/{id}", documents.receipt, "The receipt of one evidence", READERS, NOTE),
)

CALLS: Final[Calls] = {
    ("POST", "/v1/documents"): Described(
        "submitDocument",
        "documents",
        "The body is a signed edXML document. 201: accepted, durably, with its receipt; 200: these bytes were accepted "
        f"before. 422 says what is wrong, with a receipt of the refusal. {SAFE}",
    ),
    ("POST", "/v1/statuses"): Described(
        "submitStatus",
        "documents",
        f"The body is a signed edXML status (01 to 06, 13, 15, 16) about a document. {SAFE}",
    ),
    ("POST", "/v1/documents:batch"): Described(
        "submitDocuments",
        "documents",
        "The body is messages, each behind its length in decimal digits and a line feed. The answer is a line of JSON "
        "for each item (`x-lines`), by `index`, as its outcome is known, and an `end`. Items are recorded in their "
        "order, as if sent one by one. 200 also where some were refused; where the first already ends it, a problem. "
        f"An `end` with a `problem` says why the rest was not looked at: send it again. {SAFE}",
    ),
    ("POST", "/v1/statuses:batch"): Described(
        "submitStatuses", "documents", f"As `/v1/documents:batch`, of signed edXML statuses. {SAFE}"
    ),
    ("POST", "/v1/check"): Described(
        "checkMessage",
        "documents",
        "The body is any bytes of at most 4 MB. Every finding with its severity, place and what is right, the verdict "
        "on the signature with the step that failed, attachments as declared and as they are. Nothing is kept.",
    ),
    ("GET", "/v1/documents"): Described(
        "findDocuments",
        "documents",
        "An agency finds what it sent and was sent, of the latter its own delivery alone; an operator every document "
        "by what routes it, without subject, signer or files; an auditor everything, each search on record. A page may "
        "be short, or empty, and still have a `cursor`: no question takes long, the rest is on the next page.",
    ),
    ("GET", "/v1/documents:export"): Described(
        "exportDocuments",
        "documents",
        "The finds of `findDocuments`, oldest first, by the same rights and on the same bill: a caller that owes too "
        "much waits for its next lines. `format` csv (UTF-8 with a mark, no cell a formula), xlsx, or jsonl: a line "
        "for each document and an `end` (`x-lines`). At most 100,000 lines and 900 seconds; where there may be more, "
        "the last line says so with the `cursor` of the next export. A file that broke off has no end. `book` in or "
        "out: the columns of NĐ 30/2020, Annex IV.",
    ),
    ("GET", "/v1/documents/named"): Described(
        "findNamed",
        "documents",
        "Number and notation are compared as people mean them: without regard to leading zeros, spaces, Unicode forms "
        "and look-alike letters. 404: none of the caller's documents is called that. 409 `ACCESS_NAME_AMBIGUOUS`: "
        "`documents` lists those that are, each with number, date and identifier.",
    ),
    ("GET", "/v1/documents/{id}"): Described(
        "getDocument",
        "documents",
        "For its sender with all deliveries, for a recipient with its own, each with the timeline of evidence.",
    ),
    ("GET", "/v1/documents/{id}/content"): Described(
        "getContent",
        "documents",
        "`ETag` is the SHA-256 of the bytes; `Range` and `If-None-Match` are understood. Reading ends nothing: "
        "acknowledge what was kept.",
    ),
    ("GET", "/v1/documents/{id}/receipt"): Described(
        "getAcceptanceReceipt", "documents", "A `.tlog-proof` file, verified offline with the log's key."
    ),
    ("GET", "/v1/documents/{id}/evidence"): Described(
        "getEvidence", "documents", "A ZIP of log, evidence, signatures and certificates: `truc evidence verify`."
    ),
    ("GET", "/v1/receipts/{id}"): Described(
        "getReceipt", "documents", "`id`: of an evidence, as timelines and acknowledgements name it."
    ),
}

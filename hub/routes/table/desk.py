"""An agency's own desk: drafts, groups of recipients, directions, corrections of its registers."""

from __future__ import annotations

from typing import Final

from hub.core import wire_desk
from hub.http.call import AGENCIES, Route
from hub.routes import desk
from hub.routes.table.words import PAGE, Calls, Described

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "/v1/drafts", desk.list_drafts, "Drafts of letters", AGENCIES, wire_desk.LetterDrafts, holds=2 * PAGE),
    Route(
        "PUT",
        "/v1/drafts",
        desk.save_draft,
        "Keep a draft",
        AGENCIES,
        wire_desk.LetterDraft,
        body=wire_desk.SaveDraft,
    ),
    Route(
        "GET",
        "/v1/drafts/{id}",
        desk.get_draft,
        "A draft with its letter",
        AGENCIES,
        wire_desk.LetterDraft,
        holds=2 * PAGE,
    ),
    Route("DELETE", "/v1/drafts/{id}", desk.delete_draft, "Delete a draft", AGENCIES, wire_desk.LetterDraft),
    Route("GET", "/v1/groups", desk.list_groups, "Groups of recipients", AGENCIES, wire_desk.Groups),
    Route(
        "PUT",
        "/v1/groups",
        desk.put_group,
        "Add or replace a group of one's own",
        AGENCIES,
        wire_desk.Members,
        body=wire_desk.Group,
    ),
    Route("GET", "/v1/groups/{name}", desk.get_group, "Who is meant by a group today", AGENCIES, wire_desk.Members),
    Route("DELETE", "/v1/groups/{name}", desk.delete_group, "Delete a group", AGENCIES, wire_desk.GroupLine),
    Route(
        "POST",
        "/v1/directions",
        desk.add_direction,
        "Write down a leader's direction",
        AGENCIES,
        wire_desk.Direction,
        body=wire_desk.NewDirection,
        status=201,
    ),
    Route(
        "GET",
        "/v1/directions",
        desk.list_directions,
        "Directions, of one document or by their words",
        AGENCIES,
        wire_desk.Directions,
        desk.DirectionsQuery,
    ),
    Route(
        "POST",
        "/v1/corrections",
        desk.add_correction,
        "Correct a line of a register",
        AGENCIES,
        wire_desk.Correction,
        body=wire_desk.NewCorrection,
        status=201,
    ),
    Route(
        "GET",
        "/v1/corrections",
        desk.list_corrections,
        "Corrections of the registers",
        AGENCIES,
        wire_desk.Corrections,
        desk.CorrectionsQuery,
    ),
)
_OWN: Final = "The caller's own, and nobody else's; no evidence, and nothing of it goes over the axis."
CALLS: Final[Calls] = {
    ("GET", "/v1/drafts"): Described("listDrafts", "desk", f"The one saved last comes first, without letters. {_OWN}"),
    ("PUT", "/v1/drafts"): Described(
        "saveDraft",
        "desk",
        "Durable when it is answered. `id` of an earlier one with its `saved_at` replaces that; 409 where somebody "
        "saved it meanwhile. At most 50 drafts, 4 MB each and 32 MB together (413).",
    ),
    ("GET", "/v1/drafts/{id}"): Described("getDraft", "desk", f"As it was typed. {_OWN}"),
    ("DELETE", "/v1/drafts/{id}"): Described("deleteDraft", "desk", "The answer tells what it was."),
    ("GET", "/v1/groups"): Described(
        "listGroups",
        "desk",
        "The agency's own by name, then those that the directory makes: `communes:CODE`, `departments:CODE`, "
        "`below:CODE`.",
    ),
    ("PUT", "/v1/groups"): Described("putGroup", "desk", "At most 100 groups of 1,000 members; each is an agency."),
    ("GET", "/v1/groups/{name}"): Described(
        "getGroup",
        "desk",
        "Named recipients, to be shown before anything is signed; a group is never sent to. `left_out`: members that "
        "get nothing any more. 413 where it would mean more than 1,000.",
    ),
    ("DELETE", "/v1/groups/{name}"): Described("deleteGroup", "desk", "One of the agency's own."),
    ("POST", "/v1/directions"): Described(
        "addDirection",
        "desk",
        f"About a document that came in: who directs, who does what until when. It stays as written. {_OWN}",
    ),
    ("GET", "/v1/directions"): Described(
        "listDirections",
        "desk",
        "Newest first: of one `document`, or with all words of `text`, accents or not, and due until a day.",
    ),
    ("POST", "/v1/corrections"): Described(
        "addCorrection",
        "desk",
        "The earlier line stays, struck out, and the corrected one stands after it in every register that is printed. "
        f"Numbers that were given and what evidence tells cannot be corrected. {_OWN}",
    ),
    ("GET", "/v1/corrections"): Described("listCorrections", "desk", "Newest first."),
}

"""Attacks on the parser: entities, encodings, comments, bombs. Most of them never reach a signature."""

from __future__ import annotations

from tests.attacks.register import (
    DIGEST,
    FORBIDDEN_XML,
    MALFORMED,
    MALFORMED_XML,
    TOO_COMPLEX,
    before_body,
    edit,
    edit_bytes,
    setting,
)
from tests.attacks.simulator import MESSAGE


def doctype(name: str, internal: str, use: str = "&x;") -> None:
    subset = internal if internal.startswith(("SYSTEM", "PUBLIC")) else f"[{internal}]"

    def put(text: str) -> str:
        text = text.replace("<edXML ", f"<!DOCTYPE edXML {subset}>\n<edXML ", 1)
        return text.replace("V/v rà soát", use, 1)

    setting(name, FORBIDDEN_XML, edit=put)


doctype("xxe-file", '<!ENTITY x SYSTEM "file:///etc/passwd">')
doctype("xxe-http", '<!ENTITY x SYSTEM "http://127.0.0.1:1/x">')
doctype("xxe-parameter-entity", '<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;', "x")
doctype("external-dtd", 'SYSTEM "http://127.0.0.1:1/x.dtd"', "x")
doctype("public-dtd", 'PUBLIC "-//X//DTD X//EN" "x.dtd"', "x")
doctype("attlist-default", '<!ATTLIST Signature Id CDATA "x">', "x")
doctype(
    "billion-laughs",
    '<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {c} "{f"&{p};" * 10}">' for p, c in zip("abcdefgh", "bcdefghx", strict=True)),
)
doctype("quadratic-blowup", f'<!ENTITY x "{"a" * 50_000}">', "&x;" * 500)
edit("undeclared-entity", MALFORMED_XML, "V/v", "&nbsp;")
edit("duplicate-attribute", MALFORMED_XML, 'version="1.0"/>', 'version="1.0" version="2.0"/>')

edit_bytes("utf-16", FORBIDDEN_XML, lambda d: d.decode().replace("UTF-8", "UTF-16").encode("utf-16"))
edit_bytes("utf-16-without-declaration", FORBIDDEN_XML, lambda d: d[d.index(b"\n") :].decode().encode("utf-16"))
edit_bytes("utf-7", FORBIDDEN_XML, lambda d: d.decode().replace("UTF-8", "UTF-7", 1).encode("utf-7"))
edit_bytes("latin-1-declared", FORBIDDEN_XML, lambda d: d.replace(b"UTF-8", b"ISO-8859-1", 1))
edit_bytes("overlong-utf-8", FORBIDDEN_XML, lambda d: d.replace(b"V/v", b"V\xc0\xafv", 1))
edit_bytes("two-byte-order-marks", FORBIDDEN_XML, lambda d: b"\xef\xbb\xbf" * 2 + d)
edit_bytes("byte-order-mark-after-declaration", MALFORMED_XML, lambda d: d.replace(b"?>", b"?>\xef\xbb\xbf", 1))
edit_bytes("byte-order-mark-in-content", DIGEST, lambda d: d.replace(b"V/v", b"\xef\xbb\xbfV/v", 1))
edit_bytes("nul-in-content", FORBIDDEN_XML, lambda d: d.replace(b"V/v", b"V\0v", 1))
edit_bytes("nul-at-the-end", FORBIDDEN_XML, lambda d: d + b"\0")
edit_bytes("trailing-garbage", MALFORMED_XML, lambda d: d + b"garbage")
# lxml goes by the parser's last word: an error of namespaces, a warning behind it, and neither the error nor what
# follows the root was told.
HIDDEN = '<p:q/><b xmlns="relative"/>'
edit("unbound-prefix-behind-a-warning", MALFORMED_XML, "V/v", HIDDEN)
edit(
    "same-attribute-twice-behind-a-warning",
    MALFORMED_XML,
    "V/v",
    '<c xmlns:p="urn:u" xmlns:q="urn:u" p:x="1" q:x="2"/><b xmlns="relative"/>',
)
edit_bytes(
    "trailing-garbage-behind-a-warning", MALFORMED_XML, lambda d: d.replace(b"V/v", HIDDEN.encode(), 1) + b"garbage"
)
edit_bytes("trailing-comment", FORBIDDEN_XML, lambda d: d + b"<!-- later -->")
edit_bytes("trailing-instruction", FORBIDDEN_XML, lambda d: d + b"<?later x?>")
edit_bytes("leading-comment", FORBIDDEN_XML, lambda d: d.replace(b"<edXML ", b"<!-- x --><edXML ", 1))
edit_bytes("second-root", MALFORMED_XML, lambda d: d + b"<edXML/>")
edit_bytes("truncated", MALFORMED_XML, lambda d: d[:-20])
edit_bytes("stylesheet-instruction", FORBIDDEN_XML, lambda d: d.replace(b"<edXML ", b"<?xml-stylesheet x?><edXML ", 1))
edit_bytes("empty", MALFORMED_XML, lambda d: b"")

for where, mark in {
    "content": "V/v rà ",
    "digest-value": "<DigestValue>",
    "signature-value": "<SignatureValue>",
    "certificate": "<X509Certificate>",
}.items():
    edit(f"comment-in-{where}", FORBIDDEN_XML, mark, f"{mark}<!--x-->")
    edit(f"instruction-in-{where}", FORBIDDEN_XML, mark, f"{mark}<?x y?>")


for name, text in {
    "depth-bomb": "<a>" * 100 + "</a>" * 100,
    "element-bomb": "<a/>" * 120_001,
    "tag-bomb": "<a/>" * 240_001,
    "text-node-bomb": "<a>x</a>" * 120_000,
    "attribute-bomb": "<a " + " ".join(f'a{i}="x"' for i in range(65)) + "/>",
    "namespace-bomb": "<a " + " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(65)) + "/>",
    "nested-namespace-bomb": "".join(f'<a xmlns:n{i}="urn:{i}">' for i in range(65)) + "</a>" * 65,
}.items():
    setting(name, TOO_COMPLEX, message=before_body(MESSAGE, text))
edit("base64-bomb-digest", MALFORMED, "<DigestValue>", "<DigestValue>" + "AAAA" * 500_000)
edit("base64-bomb-certificate", MALFORMED, "<X509Certificate>", "<X509Certificate>" + "AAAA" * 500_000)
edit("base64-bomb-signature", MALFORMED, "<SignatureValue>", "<SignatureValue>" + "AAAA" * 500_000)

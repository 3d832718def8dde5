import java.io.*;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.cert.Certificate;
import java.security.interfaces.*;
import java.security.spec.*;
import java.time.*;
import java.time.format.DateTimeFormatter;
import java.util.*;
import javax.xml.XMLConstants;
import javax.xml.crypto.dsig.*;
import javax.xml.crypto.dsig.dom.DOMSignContext;
import javax.xml.crypto.dsig.keyinfo.*;
import javax.xml.crypto.dsig.spec.*;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.*;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.*;

/**
 * An agency's connection to a document axis, in one file, on the JDK (17 or later) alone. Copy it into your system.
 *
 * <pre>
 * Truc axis = Truc.fromPem(URI.create(url), "000.00.00.H52", Path.of("H52.key.pem"), Path.of("H52.cert.pem"));
 * Truc axis = Truc.fromKeyStore(URI.create(url), code, keyStore, alias, password);     // PKCS#12, or PKCS#11: a token, an HSM
 *
 * Map&lt;String, Object&gt; sent = axis.send(axis.sign(edxml));    // the same bytes again after a lost answer: the same receipt
 * Truc.verifyReceipt((String) sent.get("receipt"), vkey, signed);
 * for (Map&lt;String, Object&gt; message : axis.fetch(50, 20)) {
 *     byte[] bytes = axis.content(message);                   // its digest was compared
 *     keep(bytes);                                            // durably, before the next line
 *     axis.acknowledge(List.of(message));
 *     axis.status(axis.sign(status));
 * }
 * </pre>
 *
 * Answers are plain maps and lists, as schemas/openapi.json describes them. A refusal is a {@link Problem}: its code is
 * stable. 429, 503 and lost connections are tried again here for a minute: everything may be repeated as it was.
 */
public final class Truc {
    static {
        // Before the XML library is first used: a document's base64 stands in one line.
        System.setProperty("com.sun.org.apache.xml.internal.security.ignoreLineBreaks", "true");
    }

    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final String ACKNOWLEDGEMENT = "truc-acknowledgement/1";
    private static final int PORTION = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final URI hub;
    private final String agency;
    private final PrivateKey key;
    private final Provider provider; // of a PKCS#11 key; null for keys in memory
    private final List<X509Certificate> chain;
    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private String token = "";
    private Instant until = Instant.MIN;

    /** What a hub refuses, in its own words. */
    public static final class Problem extends IOException {
        private static final long serialVersionUID = 1;
        public final int status;
        public final String code;
        public final transient Map<String, Object> told;

        Problem(int status, Map<String, Object> told) {
            super(told.getOrDefault("code", "HTTP " + status) + ": " + told.getOrDefault("detail", ""));
            this.status = status;
            this.code = (String) told.getOrDefault("code", "");
            this.told = told;
        }
    }

    private Truc(URI hub, String agency, PrivateKey key, Provider provider, List<X509Certificate> chain) {
        this.hub = hub;
        this.agency = agency;
        this.key = key;
        this.provider = provider;
        this.chain = chain;
    }

    /** With a PKCS#8 key and its certificate, then issuers, in PEM. */
    public static Truc fromPem(URI hub, String agency, Path key, Path certificates) throws Exception {
        List<X509Certificate> chain = new ArrayList<>();
        try (InputStream in = Files.newInputStream(certificates)) {
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(in))
                chain.add((X509Certificate) one);
        }
        byte[] der = Base64.getMimeDecoder().decode(Files.readString(key).replaceAll("-----[A-Z ]+-----", ""));
        String kind = chain.get(0).getPublicKey().getAlgorithm();
        PrivateKey read = KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(der));
        return new Truc(hub, agency, read, null, chain);
    }

    /**
     * With a key in a KeyStore. PKCS#11: <code>Provider p = Security.getProvider("SunPKCS11").configure(file);
     * Security.addProvider(p); KeyStore store = KeyStore.getInstance("PKCS11", p); store.load(null, pin);</code>
     */
    public static Truc fromKeyStore(URI hub, String agency, KeyStore store, String alias, char[] password) throws Exception {
        List<X509Certificate> chain = new ArrayList<>();
        for (Certificate one : store.getCertificateChain(alias)) chain.add((X509Certificate) one);
        Provider provider = store.getProvider().getName().startsWith("SunPKCS11") ? store.getProvider() : null;
        // A root is known to whoever verifies, and three certificates are the most.
        return new Truc(hub, agency, (PrivateKey) store.getKey(alias, password), provider, chain.subList(0, Math.min(3, chain.size())));
    }

    // --- the axis

    /** A signed document: its message, receipt, notices. */
    public Map<String, Object> send(byte[] signed) throws Exception {
        return object(call("POST", "/v1/documents", "application/xml", signed, Duration.ofMinutes(2)));
    }

    /** A signed status about a document. */
    public Map<String, Object> status(byte[] signed) throws Exception {
        return object(call("POST", "/v1/statuses", "application/xml", signed, Duration.ofMinutes(2)));
    }

    /**
     * Signed documents and statuses, in their order, many in one call; one by one where the hub has no such call. Of
     * each its <code>status</code>, and <code>submitted</code> or <code>problem</code>. A {@link Problem} where the hub
     * stays busy: send the same list again, what was accepted is known.
     */
    public List<Map<String, Object>> sendAll(List<byte[]> signed) throws Exception {
        List<Map<String, Object>> became = new ArrayList<>();
        Instant end = Instant.now().plus(PATIENCE);
        for (int most = PORTION; became.size() < signed.size(); ) {
            List<byte[]> portion = portion(signed, became.size(), most);
            if (portion.size() == 1 || most == 1) {
                became.add(alone(portion.get(0)));
                continue;
            }
            Map<String, Object> why;
            try {
                int before = became.size();
                why = together(portion, became);
                if (became.size() > before) end = Instant.now().plus(PATIENCE);
                else if (why != null && !later(why)) throw new Problem(((Number) why.get("status")).intValue(), why);
            } catch (Problem problem) {
                if (problem.status == 413) most = portion.size() / 2;
                else if (problem.status == 404 || problem.status == 405) most = 1;
                else throw problem;
                continue;
            }
            if (why == null || !later(why)) continue;
            long wait = why.get("retry_after") instanceof Number seconds ? (long) (1000 * seconds.doubleValue()) : 1000;
            if (Instant.now().plusMillis(wait).isAfter(end)) throw new Problem(((Number) why.get("status")).intValue(), why);
            Thread.sleep(wait);
        }
        return became;
    }

    private static List<byte[]> portion(List<byte[]> signed, int from, int most) {
        int to = from + 1;
        for (long size = signed.get(from).length; to < signed.size() && to - from < most; to++) {
            size += signed.get(to).length;
            if (size > 16L << 20) break;
        }
        return signed.subList(from, to);
    }

    private Map<String, Object> alone(byte[] signed) throws Exception {
        try {
            Map<String, Object> sent = send(signed);
            return Map.of("status", sent.containsKey("repeated") ? 200L : 201L, "submitted", sent);
        } catch (Problem problem) {
            return Map.of("status", (long) problem.status, "problem", problem.told);
        }
    }

    /** Adds what is settled of these, in their order; why the rest is not, or null. */
    private Map<String, Object> together(List<byte[]> portion, List<Map<String, Object>> became) throws Exception {
        ByteArrayOutputStream body = new ByteArrayOutputStream(); // each behind its length and a line feed
        for (byte[] one : portion) {
            body.writeBytes((one.length + "\n").getBytes(StandardCharsets.US_ASCII));
            body.writeBytes(one);
        }
        byte[] answer = call("POST", "/v1/documents:batch", "application/vnd.truc.batch", body.toByteArray(), Duration.ofMinutes(5));
        Map<Long, Map<String, Object>> lines = new HashMap<>();
        Map<String, Object> end = null;
        for (String line : new String(answer, StandardCharsets.UTF_8).split("\n")) {
            Map<String, Object> said = object(line.getBytes(StandardCharsets.UTF_8));
            if (said.containsKey("end")) end = member(said, "end");
            else lines.put((Long) said.get("index"), said);
        }
        if (end == null) throw new IOException("an answer without its end");
        for (long index = 0; index < ((Number) end.get("items")).longValue(); index++) {
            Map<String, Object> said = lines.get(index);
            if (said == null) throw new IOException("an answer without item " + index);
            if (said.containsKey("problem") && later(member(said, "problem"))) return member(said, "problem");
            became.add(said);
        }
        return end.containsKey("problem") ? member(end, "problem") : null;
    }

    private static boolean later(Map<String, Object> problem) {
        long status = ((Number) problem.get("status")).longValue();
        return (status == 429 || status == 503) && !"LIMIT_REFUSALS".equals(problem.get("code"));
    }

    /** Messages under a lease, waiting up to `wait` seconds for the first: acknowledge each before it ends. */
    public List<Map<String, Object>> fetch(int limit, int wait) throws Exception {
        byte[] asked = Json.write(Map.of("limit", limit, "wait", wait)).getBytes(StandardCharsets.UTF_8);
        byte[] answer = call("POST", "/v1/inbox/fetch", "application/json", asked, Duration.ofSeconds(wait + 60));
        List<Map<String, Object>> messages = new ArrayList<>();
        for (Object item : (List<?>) object(answer).get("items")) messages.add(member(item, "message"));
        return messages;
    }

    /** The bytes of a message as its sender signed them. */
    public byte[] content(Map<String, Object> message) throws Exception {
        byte[] bytes = call("GET", "/v1/documents/" + bare(message) + "/content", "", null, Duration.ofMinutes(2));
        if (!sha256Hex(bytes).equals(message.get("sha256"))) throw new IOException("other bytes than were announced");
        return bytes;
    }

    /** Signs that these messages are held. What became of each: its state, or its problem. */
    public List<Map<String, Object>> acknowledge(List<Map<String, Object>> messages) throws Exception {
        List<Object> items = new ArrayList<>();
        for (Map<String, Object> message : messages)
            items.add(Map.of("messageId", message.get("id"), "sha256", message.get("sha256"), "event", "ContentHandover"));
        String now = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC).format(Instant.now());
        String signed = jws(ACKNOWLEDGEMENT, Map.of("type", ACKNOWLEDGEMENT, "recipient", agency, "time", now, "items", items));
        byte[] asked = Json.write(Map.of("signed", signed)).getBytes(StandardCharsets.UTF_8);
        List<Map<String, Object>> became = new ArrayList<>();
        byte[] answer = call("POST", "/v1/inbox/acknowledge", "application/json", asked, PATIENCE);
        for (Object item : (List<?>) object(answer).get("items")) became.add(Json.object(item));
        return became;
    }

    /** A message with its deliveries and timeline. */
    public Map<String, Object> life(String id) throws Exception {
        return object(call("GET", "/v1/documents/" + bare(Map.of("id", id)), "", null, PATIENCE));
    }

    // --- signatures

    /** The document with its signature (docs/signature.md). Sign once, keep the bytes, and send those. */
    public byte[] sign(byte[] edxml) throws Exception {
        DocumentBuilderFactory builders = DocumentBuilderFactory.newInstance();
        builders.setNamespaceAware(true);
        builders.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        Document document = builders.newDocumentBuilder().parse(new ByteArrayInputStream(edxml));
        Node header = document.getElementsByTagNameNS("*", "edXMLHeader").item(0);
        XMLSignatureFactory xml = XMLSignatureFactory.getInstance("DOM");
        javax.xml.crypto.dsig.Reference whole = xml.newReference(
            "", xml.newDigestMethod(DigestMethod.SHA256, null),
            List.of(xml.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
                xml.newTransform(CanonicalizationMethod.EXCLUSIVE, (TransformParameterSpec) null)), null, null);
        SignedInfo info = xml.newSignedInfo(
            xml.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
            xml.newSignatureMethod(signatureMethod(), null), List.of(whole));
        KeyInfoFactory infos = xml.getKeyInfoFactory();
        DOMSignContext context = new DOMSignContext(key, header);
        if (provider != null) context.setProperty("org.jcp.xml.dsig.internal.dom.SignatureProvider", provider);
        xml.newXMLSignature(info, infos.newKeyInfo(List.of(infos.newX509Data(chain)))).sign(context);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TransformerFactory transformers = TransformerFactory.newInstance();
        transformers.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        transformers.newTransformer().transform(new DOMSource(document), new StreamResult(out));
        return out.toByteArray();
    }

    private String signatureMethod() {
        if (bits() == 384) return "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";
        return bits() == 256 ? "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" : "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1";
    }

    /** 256 or 384 for a curve, 0 for RSA. */
    private int bits() {
        return chain.get(0).getPublicKey() instanceof ECPublicKey ec ? ec.getParams().getOrder().bitLength() : 0;
    }

    private String jws(String typ, Map<String, Object> payload) throws Exception {
        String alg = bits() == 0 ? "PS256" : "ES" + bits();
        String kid = sha256Hex(chain.get(0).getEncoded());
        String signed = base64url(Json.write(Map.of("alg", alg, "kid", kid, "typ", typ))) + "." + base64url(Json.write(payload));
        String rule = bits() == 0 ? "RSASSA-PSS" : "SHA" + bits() + "withECDSAinP1363Format";
        Signature signature = provider == null ? Signature.getInstance(rule) : Signature.getInstance(rule, provider);
        if (bits() == 0) signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        signature.initSign(key);
        signature.update(signed.getBytes(StandardCharsets.US_ASCII));
        return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
    }

    /**
     * The event in a webhook, or SecurityException: that the hub signed these very bytes within five minutes of `now`.
     * `headers` by names in lower case; `keys`: the endpoint's secret (whsec_…), in a rotation both, or the hub's public
     * key (whpk_…). Answer a `webhook.challenge` with its `data.challenge`; leave out an id that was seen before.
     */
    public static Map<String, Object> verifyWebhook(Map<String, String> headers, byte[] body, List<String> keys, Instant now)
            throws Exception {
        String id = headers.getOrDefault("webhook-id", ""), time = headers.getOrDefault("webhook-timestamp", "");
        need(!id.isEmpty() && !id.contains(".") && time.matches("[0-9]{1,12}"), "a webhook's identifier and time");
        ByteArrayOutputStream signed = new ByteArrayOutputStream();
        signed.write((id + "." + time + ".").getBytes(StandardCharsets.UTF_8));
        signed.write(body);
        boolean held = false;
        for (String one : headers.getOrDefault("webhook-signature", "").split(" ", 20)) {
            for (String key : keys) held |= webhookHolds(one, key, signed.toByteArray());
        }
        need(held, "a signature by a known key");
        need(Math.abs(Long.parseLong(time) - now.getEpochSecond()) <= 300, "a time within five minutes");
        return object(body);
    }

    private static boolean webhookHolds(String one, String key, byte[] signed) throws Exception {
        int comma = one.indexOf(',');
        if (comma < 0) return false;
        byte[] value, raw = Base64.getDecoder().decode(key.substring(key.indexOf('_') + 1));
        try {
            value = Base64.getDecoder().decode(one.substring(comma + 1));
        } catch (IllegalArgumentException none) {
            return false;
        }
        String version = one.substring(0, comma);
        if (version.equals("v1") && key.startsWith("whsec_")) {
            javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA256");
            mac.init(new javax.crypto.spec.SecretKeySpec(raw, "HmacSHA256"));
            return MessageDigest.isEqual(mac.doFinal(signed), value);
        }
        if (!version.equals("v1a") || !key.startsWith("whpk_") || value.length != 64) return false;
        ByteArrayOutputStream der = new ByteArrayOutputStream();
        der.write(HexFormat.of().parseHex("302a300506032b6570032100"));
        der.write(raw);
        Signature signature = Signature.getInstance("Ed25519");
        signature.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der.toByteArray())));
        signature.update(signed);
        return signature.verify(value);
    }

    /**
     * The evidence in a receipt, or SecurityException: that the log of `vkey` (/log/vkey, compared by another way)
     * committed to it, and that it is about `document`, byte for byte.
     */
    public static Map<String, Object> verifyReceipt(String receipt, String vkey, byte[] document) throws Exception {
        String[] halves = receipt.split("\n\n", 2);
        String[] lines = halves[0].split("\n");
        need(halves.length == 2 && lines.length >= 3 && lines[0].equals("c2sp.org/tlog-proof@v1"), "a receipt");
        byte[] evidence = Base64.getDecoder().decode(after(lines[1], "extra "));
        long index = Long.parseLong(after(lines[2], "index "));

        String[] note = halves[1].split("\n\n", 2);
        String[] checkpoint = note[0].split("\n");
        need(note.length == 2 && checkpoint.length == 3, "a checkpoint of three lines");
        checkNote(note[0] + "\n", note[1], vkey, checkpoint[0]);

        byte[] node = sha256(new byte[] {0, 1, 1}, sha256(evidence)); // 0x00, entry version 1, kind 1: evidence
        long position = index, last = Long.parseLong(checkpoint[1]) - 1;
        need(index >= 0 && index <= last, "an index below the size of the tree");
        for (String line : Arrays.asList(lines).subList(3, lines.length)) {
            byte[] sibling = Base64.getDecoder().decode(line);
            need(last > 0, "a path that is no longer than the tree is deep");
            if ((position & 1) == 1 || position == last) {
                node = sha256(new byte[] {1}, sibling, node);
                for (; position != 0 && (position & 1) == 0; position >>= 1) last >>= 1;
            } else {
                node = sha256(new byte[] {1}, node, sibling);
            }
            position >>= 1;
            last >>= 1;
        }
        need(last == 0 && Arrays.equals(node, Base64.getDecoder().decode(checkpoint[2])), "a path to the signed root");

        Map<String, Object> told = object(evidence);
        Object part = ((List<?>) member(told, "UserContentInfo").get("PartsInfo")).get(0);
        String digest = (String) Json.object(part).get("DigestValue");
        need(Arrays.equals(Base64.getDecoder().decode(digest), sha256(document)), "a receipt of this document");
        return told;
    }

    private static void checkNote(String text, String signatures, String vkey, String origin) throws Exception {
        String[] parts = vkey.strip().split("\\+", 3);
        byte[] raw = Base64.getDecoder().decode(parts[2]); // 0x01: Ed25519, then the key
        byte[] id = Arrays.copyOf(sha256((parts[0] + "\n").getBytes(StandardCharsets.UTF_8), raw), 4);
        need(raw.length == 33 && raw[0] == 1 && parts[0].equals(origin), "the key of the log that signed");
        byte[] prefix = HexFormat.of().parseHex("302a300506032b6570032100"); // SubjectPublicKeyInfo of Ed25519
        PublicKey log = KeyFactory.getInstance("Ed25519")
            .generatePublic(new X509EncodedKeySpec(concatenated(prefix, Arrays.copyOfRange(raw, 1, 33))));
        for (String line : signatures.split("\n")) {
            if (!line.startsWith("\u2014 " + origin + " ")) continue;
            byte[] blob = Base64.getDecoder().decode(line.substring(line.lastIndexOf(' ') + 1));
            if (!Arrays.equals(Arrays.copyOf(blob, 4), id)) continue;
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(log);
            signature.update(text.getBytes(StandardCharsets.UTF_8));
            need(signature.verify(blob, 4, blob.length - 4), "a checkpoint that the log signed");
            return;
        }
        throw new SecurityException("expected a signature of the log's");
    }

    // --- calls

    private synchronized String token() throws Exception {
        if (Instant.now().isBefore(until)) return token;
        long now = Instant.now().getEpochSecond();
        Map<String, Object> claims = Map.of("iss", agency, "sub", agency, "aud", hub + "/v1/token",
            "iat", now, "exp", now + 300, "jti", UUID.randomUUID().toString());
        String asked = Json.write(Map.of("grant_type", GRANT, "assertion", jws("JWT", claims)));
        HttpRequest request = HttpRequest.newBuilder(URI.create(hub + "/v1/token")).timeout(PATIENCE)
            .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(asked)).build();
        Map<String, Object> answer = object(good(http.send(request, HttpResponse.BodyHandlers.ofByteArray())));
        token = (String) answer.get("access_token");
        until = Instant.now().plusSeconds(((Number) answer.get("expires_in")).longValue() - 30);
        return token;
    }

    private byte[] call(String method, String path, String media, byte[] body, Duration most) throws Exception {
        Instant end = Instant.now().plus(PATIENCE);
        for (long pause = 200; ; pause = Math.min(2 * pause, 10_000)) {
            long wait = pause + new SecureRandom().nextLong(pause);
            try {
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(hub + path)).timeout(most)
                    .header("Authorization", "Bearer " + token());
                if (!media.isEmpty()) request.header("Content-Type", media);
                request.method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(body));
                return good(http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
            } catch (Problem problem) {
                if (problem.status == 401 && !token.isEmpty() && Instant.now().isBefore(end)) until = Instant.MIN;
                else if (problem.status != 429 && problem.status != 503 || problem.code.equals("HUB_INTEGRITY")) throw problem;
                Object asked = problem.told.get("retry_after");
                if (asked instanceof Number seconds) wait = Math.max(wait, (long) (1000 * seconds.doubleValue()));
                if (Instant.now().plusMillis(wait).isAfter(end)) throw problem;
            } catch (IOException lost) {
                if (Instant.now().plusMillis(wait).isAfter(end)) throw lost;
            }
            Thread.sleep(wait);
        }
    }

    private static byte[] good(HttpResponse<byte[]> answer) throws IOException {
        if (answer.statusCode() < 300) return answer.body();
        boolean spoken = answer.headers().firstValue("Content-Type").orElse("").startsWith("application/problem+json");
        throw new Problem(answer.statusCode(), spoken ? object(answer.body()) : Map.of());
    }

    private static String bare(Map<String, Object> message) {
        return URLEncoder.encode(((String) message.get("id")).replace("urn:uuid:", ""), StandardCharsets.UTF_8);
    }

    // --- bytes

    private static Map<String, Object> object(byte[] json) {
        return Json.object(new Json(new String(json, StandardCharsets.UTF_8)).whole());
    }

    private static Map<String, Object> member(Object value, String name) {
        return Json.object(Json.object(value).get(name));
    }

    private static byte[] sha256(byte[]... parts) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(concatenated(parts));
    }

    private static String sha256Hex(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(sha256(bytes));
    }

    private static byte[] concatenated(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) out.writeBytes(part);
        return out.toByteArray();
    }

    private static String base64url(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String after(String line, String start) {
        need(line.startsWith(start), start.strip());
        return line.substring(start.length());
    }

    private static void need(boolean holds, String expected) {
        if (!holds) throw new SecurityException("expected " + expected);
    }

    /** As much JSON as is needed here: objects are maps, arrays lists, numbers Long or Double. */
    private static final class Json {
        private final String text;
        private int at;

        Json(String text) {
            this.text = text;
        }

        @SuppressWarnings("unchecked")
        static Map<String, Object> object(Object value) {
            if (!(value instanceof Map)) throw new IllegalArgumentException("expected a JSON object");
            return (Map<String, Object>) value;
        }

        Object whole() {
            Object value = value(0);
            if (next() != 0) throw new IllegalArgumentException("more than one JSON value");
            return value;
        }

        private char next() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
            return at < text.length() ? text.charAt(at) : 0;
        }

        private char take() {
            char c = next();
            at++;
            return c;
        }

        private Object value(int depth) {
            if (depth > 100) throw new IllegalArgumentException("JSON nested too deeply");
            char c = next();
            if (c == '"') return string();
            if (c == '{' || c == '[') {
                at++;
                return c == '{' ? members(depth) : elements(depth);
            }
            int start = at;
            while (at < text.length() && "+-.0123456789abcdefghijklmnopqrstuvwxyzE".indexOf(text.charAt(at)) >= 0) at++;
            String word = text.substring(start, at);
            return switch (word) {
                case "true" -> true;
                case "false" -> false;
                case "null" -> null;
                default -> word.matches("-?[0-9]{1,18}") ? (Object) Long.valueOf(word) : (Object) Double.valueOf(word);
            };
        }

        private Map<String, Object> members(int depth) {
            Map<String, Object> members = new LinkedHashMap<>();
            if (next() == '}') {
                at++;
                return members;
            }
            for (char c = ','; c == ','; ) {
                next();
                String name = string();
                if (take() != ':') throw new IllegalArgumentException("expected a colon");
                members.put(name, value(depth + 1));
                if ((c = take()) != ',' && c != '}') throw new IllegalArgumentException("expected a comma");
            }
            return members;
        }

        private List<Object> elements(int depth) {
            List<Object> elements = new ArrayList<>();
            if (next() == ']') {
                at++;
                return elements;
            }
            for (char c = ','; c == ','; ) {
                elements.add(value(depth + 1));
                if ((c = take()) != ',' && c != ']') throw new IllegalArgumentException("expected a comma");
            }
            return elements;
        }

        private String string() {
            StringBuilder read = new StringBuilder();
            if (text.charAt(at++) != '"') throw new IllegalArgumentException("expected a text");
            for (char c; (c = text.charAt(at++)) != '"'; ) {
                if (c != '\\') {
                    read.append(c);
                    continue;
                }
                c = text.charAt(at++);
                int known = "\"\\/bfnrt".indexOf(c);
                if (known >= 0) {
                    read.append("\"\\/\b\f\n\r\t".charAt(known));
                } else {
                    read.append((char) Integer.parseInt(text.substring(at, at += 4), 16));
                }
            }
            return read.toString();
        }

        static String write(Object value) {
            if (value instanceof Map<?, ?> map) {
                StringJoiner members = new StringJoiner(",", "{", "}");
                map.forEach((name, inner) -> members.add(write(name) + ":" + write(inner)));
                return members.toString();
            }
            if (value instanceof List<?> list) {
                StringJoiner elements = new StringJoiner(",", "[", "]");
                list.forEach(inner -> elements.add(write(inner)));
                return elements.toString();
            }
            if (!(value instanceof String text)) return String.valueOf(value);
            StringBuilder written = new StringBuilder("\"");
            for (char c : text.toCharArray()) {
                if (c == '"' || c == '\\') written.append('\\').append(c);
                else if (c < ' ') written.append(String.format("\\u%04x", (int) c));
                else written.append(c);
            }
            return written.append('"').toString();
        }
    }

    // --- to try it with: java Truc.java URL POLICY KEYS SENDER RECIPIENT DOCUMENT STATUS

    private static boolean holds(String receipt, String vkey, byte[] document) throws Exception {
        try {
            verifyReceipt(receipt, vkey, document);
            return true;
        } catch (SecurityException refused) {
            return false;
        }
    }

    /** An example of schemas/vectors with a number of its own and dated today, so that it can be sent over and over. */
    private static byte[] filled(String file, long number) throws IOException {
        String today = DateTimeFormatter.ofPattern("yyyy/MM/dd").format(ZonedDateTime.now(ZoneId.of("Asia/Ho_Chi_Minh")));
        String text = Files.readString(Path.of(file)).replace("2026/11/20", today).replace("7816", Long.toString(number));
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** One round between two agencies of a sandbox, as JSON: what docs/connect.md does in Python. */
    public static void main(String[] a) throws Exception {
        if (a.length != 7) {
            System.err.println("usage: java Truc.java URL POLICY KEYS SENDER RECIPIENT DOCUMENT STATUS   (docs/connect.md)");
            System.exit(2);
        }
        long number = System.currentTimeMillis() / 100 % 1_000_000_000;
        Path keys = Path.of(a[2], "agencies");
        Truc sender = fromPem(URI.create(a[0]), a[3], keys.resolve(a[3] + ".key.pem"), keys.resolve(a[3] + ".cert.pem"));
        Truc recipient = fromPem(URI.create(a[0]), a[4], keys.resolve(a[4] + ".key.pem"), keys.resolve(a[4] + ".cert.pem"));
        String vkey = Files.readAllLines(Path.of(a[1])).get(0).replace("log ", "");

        byte[] signed = sender.sign(filled(a[5], number));
        List<String> batch = new ArrayList<>();
        byte[] none = "<edXML/>".getBytes(StandardCharsets.UTF_8);
        for (Map<String, Object> one : sender.sendAll(List.of(none, signed, none, signed))) batch.add(String.valueOf(one.get("status")));
        Map<String, Object> sent = sender.send(signed);
        verifyReceipt((String) sent.get("receipt"), vkey, signed);
        boolean repeated = Boolean.TRUE.equals(sender.send(signed).get("repeated"));
        String id = (String) member(sent, "message").get("id");
        List<Map<String, Object>> mine = new ArrayList<>();  // others may wait there, too: those are left alone
        while (mine.isEmpty()) {
            List<Map<String, Object>> messages = recipient.fetch(50, 5);
            need(!messages.isEmpty(), "the document that was sent");
            for (Map<String, Object> message : messages) if (message.get("id").equals(id)) mine.add(message);
        }
        boolean same = Arrays.equals(recipient.content(mine.get(0)), signed);
        Map<String, Object> became = recipient.acknowledge(mine).get(0);
        recipient.status(recipient.sign(filled(a[6], number)));
        Map<String, Object> delivery = Json.object(((List<?>) sender.life(id).get("deliveries")).get(0));
        String refused = "";
        try {
            sender.send("<edXML/>".getBytes(StandardCharsets.UTF_8));
        } catch (Problem problem) {
            refused = problem.code;
        }
        String receipt = (String) sent.get("receipt");
        boolean forged = holds(receipt, vkey, new byte[0]) || holds(receipt.replace("\nindex ", "\nindex 1"), vkey, signed);
        System.out.println(Json.write(Map.of("forged", forged, "repeated", repeated, "same", same, "acknowledged", became.get("state"),
            "state", delivery.get("state"), "progress", delivery.get("progress"), "refused", refused, "batch", batch)));
    }
}

import com.nimbusds.jose.*;
import com.nimbusds.jose.crypto.*;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.*;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;

/** Assertions and an acknowledgement as Nimbus writes them: a description on stdin, a list of tokens on stdout. */
public class Assertions {
    static final List<String> MADE = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> asked = JSONObjectUtils.parse(new String(System.in.readAllBytes(), StandardCharsets.UTF_8));
        String agency = (String) asked.get("agency"), audience = (String) asked.get("audience");
        Date iat = new Date(1000 * ((Number) asked.get("iat")).longValue());
        Date exp = new Date(1000 * ((Number) asked.get("exp")).longValue());
        Map<String, Object> acknowledgement = JSONObjectUtils.getJSONObject(asked, "acknowledgement");
        int serial = 0;
        for (Map<String, Object> key : JSONObjectUtils.getJSONObjectArray(asked, "keys")) {
            JWSAlgorithm alg = JWSAlgorithm.parse((String) key.get("alg"));
            byte[] der = Base64.getMimeDecoder().decode(((String) key.get("pem")).replaceAll("-----.*?-----", ""));
            PKCS8EncodedKeySpec encoded = new PKCS8EncodedKeySpec(der);
            JWSSigner signer = alg == JWSAlgorithm.ES256
                ? new ECDSASigner((ECPrivateKey) KeyFactory.getInstance("EC").generatePrivate(encoded))
                : new RSASSASigner(KeyFactory.getInstance("RSA").generatePrivate(encoded));
            JWSHeader.Builder plain = new JWSHeader.Builder(alg).keyID((String) key.get("kid"));
            JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder().issuer(agency).subject(agency)
                .issueTime(iat).notBeforeTime(iat).expirationTime(exp);
            SignedJWT one = new SignedJWT(plain.build(), claims.audience(audience).jwtID("java-0123456789-" + serial++).build());
            one.sign(signer);
            put("Nimbus " + alg, "assertion", one.serialize());
            SignedJWT two = new SignedJWT(plain.type(JOSEObjectType.JWT).build(),
                claims.audience(List.of("https://another.example", audience)).jwtID("java-0123456789-" + serial++).build());
            two.sign(signer);
            put("Nimbus with typ and two audiences " + alg, "assertion", two.serialize());
            JWSObject signed = new JWSObject(plain.type(new JOSEObjectType((String) acknowledgement.get("type"))).build(),
                new Payload(acknowledgement));
            signed.sign(signer);
            put("Nimbus " + alg, "acknowledgement", signed.serialize());
        }
        new PrintStream(System.out, true, StandardCharsets.UTF_8).println("[" + String.join(",", MADE) + "]");
    }

    static void put(String name, String kind, String token) {
        MADE.add(JSONObjectUtils.toJSONString(Map.of("name", name, "kind", kind, "token", token)));
    }
}

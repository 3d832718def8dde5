import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.util.*;

/** java KeyStores URL AGENCY STORES PASSWORD PKCS11.cfg PIN FOLDER: what became of a batch under the key of each PKCS#12 file. */
public final class KeyStores {
    private KeyStores() {}

    public static void main(String[] a) throws Exception {
        char[] password = a[3].toCharArray();
        Provider provider = Security.getProvider("SunPKCS11").configure(a[4]);
        Security.addProvider(provider);
        KeyStore token = KeyStore.getInstance("PKCS11", provider);
        token.load(null, a[5].toCharArray());
        Iterator<Path> next = inside(a[6]).iterator();
        StringJoiner told = new StringJoiner(",", "{", "}");
        for (Path path : inside(a[2])) {
            KeyStore file = KeyStore.getInstance("PKCS12");
            try (InputStream in = Files.newInputStream(path)) {
                file.load(in, password);
            }
            String alias = file.aliases().nextElement();
            told.add("\"PKCS12 " + alias + "\":\"" + sent(a[0], a[1], file, alias, password, next) + '"');
            token.setKeyEntry(alias, file.getKey(alias, password), null, file.getCertificateChain(alias));
            told.add("\"PKCS11 " + alias + "\":\"" + sent(a[0], a[1], token, alias, null, next) + '"');
        }
        System.out.println(told);
    }

    private static List<Path> inside(String folder) throws Exception {
        try (var listed = Files.list(Path.of(folder))) {
            return listed.sorted().toList();
        }
    }

    /** Two documents and a token under this key, and an acknowledgement of nothing that is there. */
    private static String sent(String url, String agency, KeyStore store, String alias, char[] password, Iterator<Path> next)
        throws Exception {
        Truc axis = Truc.fromKeyStore(URI.create(url), agency, store, alias, password);
        List<byte[]> signed = List.of(axis.sign(Files.readAllBytes(next.next())), axis.sign(Files.readAllBytes(next.next())));
        StringJoiner statuses = new StringJoiner(" ");
        for (Map<String, Object> one : axis.sendAll(signed)) {
            Object problem = one.get("problem");
            statuses.add(one.get("status") + (problem == null ? "" : " " + problem));
        }
        try {
            axis.acknowledge(List.of(Map.of("id", "urn:uuid:019c8f2e-7a10-8000-8000-000000000001", "sha256", "0".repeat(64))));
        } catch (Truc.Problem problem) {
            statuses.add(problem.code); // the signature held, the document is not there
        }
        return statuses.toString();
    }
}

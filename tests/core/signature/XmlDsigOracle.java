// The JDK's own XML signatures as an oracle. One run does many jobs, for the virtual machine is slow to start:
//   java XmlDsigOracle.java FOLDER
// checks each FOLDER/verify/*.xml against the first certificate in it and prints "name TAB valid|invalid|error ...";
// signs each FOLDER/sign/<name>/document.xml (key.der PKCS#8, certificate.der, method.txt) into signed.xml beside it.

import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.xml.crypto.*;
import javax.xml.crypto.dsig.*;
import javax.xml.crypto.dsig.dom.*;
import javax.xml.crypto.dsig.keyinfo.*;
import javax.xml.crypto.dsig.spec.*;
import javax.xml.parsers.*;
import javax.xml.transform.*;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.*;

public class XmlDsigOracle {
    static final XMLSignatureFactory FACTORY = XMLSignatureFactory.getInstance("DOM");

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.resolve("verify"), "*.xml")) {
            for (Path file : files) System.out.println(file.getFileName() + "\t" + verify(file));
        }
        try (DirectoryStream<Path> jobs = Files.newDirectoryStream(folder.resolve("sign"))) {
            for (Path job : jobs) sign(job);
        }
    }

    static Document parse(Path file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(file.toFile());
    }

    static String verify(Path file) {
        try {
            Node node = parse(file).getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
            DOMValidateContext context = new DOMValidateContext(new FirstCertificate(), node);
            context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.TRUE);
            return FACTORY.unmarshalXMLSignature(context).validate(context) ? "valid" : "invalid";
        } catch (Exception error) {
            return "error " + error;
        }
    }

    static void sign(Path job) throws Exception {
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        java.security.cert.Certificate certificate =
            certificates.generateCertificate(new ByteArrayInputStream(Files.readAllBytes(job.resolve("certificate.der"))));
        KeyFactory keys = KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm());
        PrivateKey key = keys.generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(job.resolve("key.der"))));
        Document document = parse(job.resolve("document.xml"));
        Node header = document.getElementsByTagNameNS("*", "edXMLHeader").item(0);
        List<Transform> transforms = List.of(
            FACTORY.newTransform(Transform.ENVELOPED, (TransformParameterSpec) null),
            FACTORY.newTransform(CanonicalizationMethod.EXCLUSIVE, (TransformParameterSpec) null));
        Reference reference =
            FACTORY.newReference("", FACTORY.newDigestMethod(DigestMethod.SHA256, null), transforms, null, null);
        SignedInfo info = FACTORY.newSignedInfo(
            FACTORY.newCanonicalizationMethod(CanonicalizationMethod.EXCLUSIVE, (C14NMethodParameterSpec) null),
            FACTORY.newSignatureMethod(Files.readString(job.resolve("method.txt")), null),
            List.of(reference));
        KeyInfoFactory infos = FACTORY.getKeyInfoFactory();
        KeyInfo keyInfo = infos.newKeyInfo(List.of(infos.newX509Data(List.of(certificate))));
        FACTORY.newXMLSignature(info, keyInfo).sign(new DOMSignContext(key, header));
        try (OutputStream out = Files.newOutputStream(job.resolve("signed.xml"))) {
            TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(out));
        }
    }

    static class FirstCertificate extends KeySelector {
        public KeySelectorResult select(KeyInfo info, Purpose purpose, AlgorithmMethod method, XMLCryptoContext context)
                throws KeySelectorException {
            for (Object content : info.getContent())
                if (content instanceof X509Data)
                    for (Object one : ((X509Data) content).getContent())
                        if (one instanceof X509Certificate) return ((X509Certificate) one)::getPublicKey;
            throw new KeySelectorException("no certificate");
        }
    }
}

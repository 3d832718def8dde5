import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.MessageDigest;
import java.util.*;
import truc.ApiClient;
import truc.api.*;
import truc.model.*;

/** The whole loop through the generated client; what only a key can make comes on stdin when it is asked for. */
public class Driver {
    static final Gson JSON = new Gson();
    static final BufferedReader IN = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    public static void main(String[] arguments) throws Exception {
        JsonObject start = JSON.fromJson(IN.readLine(), JsonObject.class);
        ApiClient sender = client(start, "sender"), recipient = client(start, "recipient");

        Submitted sent = new DocumentsApi(sender).submitDocument(file(start.get("document")));
        Inbox inbox = new MailboxApi(recipient).fetchInbox(new FetchRequest().limit(10));
        Message message = inbox.getItems().get(0).getMessage();
        File content = new DocumentsApi(recipient).getContent(message.getId());
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(content.toPath()));
        JsonObject signed = say(Map.of("sent", sent.getMessage().getId(), "message", message.getId(),
            "sha256", HexFormat.of().formatHex(digest)));

        AcknowledgedItem acknowledged = new MailboxApi(recipient)
            .acknowledge(new AcknowledgeRequest().signed(signed.get("signed").getAsString())).getItems().get(0);
        new DocumentsApi(recipient).submitStatus(file(signed.get("status")));
        Delivery delivery = new DocumentsApi(sender).getDocument(message.getId()).getDeliveries().get(0);
        say(Map.of("acknowledged", acknowledged.getState().getValue(), "state", delivery.getState().getValue(),
            "progress", delivery.getProgress().getValue(), "receipt", sent.getReceipt()));
        System.exit(0);  // not after the minutes for which OkHttp keeps its threads
    }

    static ApiClient client(JsonObject start, String who) throws Exception {
        ApiClient client = new ApiClient();
        client.setBasePath(start.get("url").getAsString());
        TokenAnswer answer = new AccessApi(client).getToken(new TokenRequest().assertion(start.get(who).getAsString()));
        return client.addDefaultHeader("Authorization", "Bearer " + answer.getAccessToken());
    }

    static File file(JsonElement base64) throws IOException {
        Path path = Files.createTempFile("truc", ".edxml");
        path.toFile().deleteOnExit();
        return Files.write(path, Base64.getDecoder().decode(base64.getAsString())).toFile();
    }

    static JsonObject say(Object value) throws IOException {
        System.out.println(JSON.toJson(value));
        System.out.flush();
        String line = IN.readLine();
        return line == null ? null : JSON.fromJson(line, JsonObject.class);
    }
}

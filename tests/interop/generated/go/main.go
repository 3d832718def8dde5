// The whole loop through the generated client; what only a key can make comes on stdin when it is asked for.
package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"truc.localhost/generated/truc"
)

var in = bufio.NewReader(os.Stdin)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func there[T any](value *T, body []byte) *T {
	if value == nil {
		panic(string(body))
	}
	return value
}

func read(value any) {
	if err := json.Unmarshal(must(in.ReadBytes('\n')), value); err != nil {
		panic(err)
	}
}

func client(url, assertion string) *truc.ClientWithResponses {
	c := must(truc.NewClientWithResponses(url))
	answer := must(c.GetTokenWithResponse(context.Background(), truc.TokenRequest{Assertion: assertion}))
	token := there(answer.JSON200, answer.Body).AccessToken
	return must(truc.NewClientWithResponses(url, truc.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+token)
		return nil
	})))
}

func main() {
	ctx := context.Background()
	var start struct {
		URL, Sender, Recipient string
		Document               []byte
	}
	read(&start)
	sender, recipient := client(start.URL, start.Sender), client(start.URL, start.Recipient)

	sent := must(sender.SubmitDocumentWithBodyWithResponse(ctx, "application/xml", bytes.NewReader(start.Document)))
	submitted := there(sent.JSON201, sent.Body)
	limit := 10
	inbox := must(recipient.FetchInboxWithResponse(ctx, truc.FetchRequest{Limit: &limit}))
	message := there(inbox.JSON200, inbox.Body).Items[0].Message
	content := must(recipient.GetContentWithResponse(ctx, message.Id))
	digest := sha256.Sum256(content.Body)
	fmt.Println(string(must(json.Marshal(map[string]string{
		"sent": submitted.Message.Id, "message": message.Id, "sha256": hex.EncodeToString(digest[:])}))))

	var signed struct {
		Signed string
		Status []byte
	}
	read(&signed)
	acknowledged := must(recipient.AcknowledgeWithResponse(ctx, truc.AcknowledgeRequest{Signed: &signed.Signed}))
	item := there(acknowledged.JSON200, acknowledged.Body).Items[0]
	status := must(recipient.SubmitStatusWithBodyWithResponse(ctx, "application/xml", bytes.NewReader(signed.Status)))
	there(status.JSON201, status.Body)
	life := must(sender.GetDocumentWithResponse(ctx, message.Id))
	delivery := there(life.JSON200, life.Body).Deliveries[0]
	fmt.Println(string(must(json.Marshal(map[string]any{
		"acknowledged": item.State, "state": delivery.State, "progress": delivery.Progress, "receipt": submitted.Receipt}))))
}

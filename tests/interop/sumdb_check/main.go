// Checks our checkpoints, proofs and tiles with Go's own transparency log packages.
//
// Reads one JSON request on standard input, a list of questions, and answers each with "" or with the error that Go
// reports. Everything that decides is Go's: x/mod/sumdb/note and tlog, crypto/ed25519, crypto/mldsa.
package main

import (
	"crypto/ed25519"
	"crypto/mldsa"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Kind  string            `json:"kind"`
	Note  []byte            `json:"note"`
	Keys  []string          `json:"keys"`
	Count int               `json:"count"`
	Skey  string            `json:"skey"`
	Text  string            `json:"text"`
	Index int64             `json:"index"`
	Size  int64             `json:"size"`
	Old   int64             `json:"old"`
	Root  []byte            `json:"root"`
	Was   []byte            `json:"was"`
	Leaf  []byte            `json:"leaf"`
	Entry []byte            `json:"entry"`
	Proof [][]byte          `json:"proof"`
	Tiles map[string][]byte `json:"tiles"`
}

func hash(b []byte) tlog.Hash {
	var h tlog.Hash
	if len(b) != len(h) {
		panic("a hash of another length")
	}
	copy(h[:], b)
	return h
}

func hashes(bs [][]byte) []tlog.Hash {
	hs := make([]tlog.Hash, len(bs))
	for i, b := range bs {
		hs[i] = hash(b)
	}
	return hs
}

// timed verifies what x/mod does not know: signatures that carry a time (c2sp.org/tlog-cosignature).
type timed struct {
	name   string
	id     uint32
	kind   byte
	public []byte
}

func (t timed) Name() string    { return t.name }
func (t timed) KeyHash() uint32 { return t.id }

func (t timed) Verify(msg, sig []byte) bool {
	if len(sig) < 8 {
		return false
	}
	seconds, sig := binary.BigEndian.Uint64(sig), sig[8:]
	if t.kind == 4 {
		signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, msg)
		return len(t.public) == ed25519.PublicKeySize && ed25519.Verify(t.public, []byte(signed), sig)
	}
	lines := strings.Split(string(msg), "\n")
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil {
		return false
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		return false
	}
	signed := []byte("subtree/v1\n\x00")
	signed = append(append(signed, byte(len(t.name))), t.name...)
	signed = binary.BigEndian.AppendUint64(signed, seconds)
	signed = append(append(signed, byte(len(lines[0]))), lines[0]...)
	signed = binary.BigEndian.AppendUint64(signed, 0)
	signed = binary.BigEndian.AppendUint64(signed, size)
	signed = append(signed, root...)
	key, err := mldsa.NewPublicKey(mldsa.MLDSA44(), t.public)
	return err == nil && mldsa.Verify(key, signed, sig, nil) == nil
}

func verifier(vkey string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw) == 0 {
		return nil, errors.New("malformed vkey")
	}
	if raw[0] == 1 {
		return note.NewVerifier(vkey)
	}
	n, err := strconv.ParseUint(id, 16, 32)
	return timed{name, uint32(n), raw[0], raw[1:]}, err
}

func openNote(q question) error {
	var known []note.Verifier
	for _, key := range q.Keys {
		v, err := verifier(key)
		if err != nil {
			return err
		}
		known = append(known, v)
	}
	opened, err := note.Open(q.Note, note.VerifierList(known...))
	if err != nil {
		return err
	}
	if len(opened.Sigs) != q.Count || opened.Text != q.Text {
		return fmt.Errorf("%d signatures, text %q", len(opened.Sigs), opened.Text)
	}
	return nil
}

func signNote(q question) error {
	signer, err := note.NewSigner(q.Skey)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: q.Text}, signer)
	if err == nil && string(signed) != string(q.Note) {
		err = fmt.Errorf("another note: %q", signed)
	}
	return err
}

// reader serves our tiles under our paths; tlog.TileHashReader checks each against the root before it is used.
type reader map[string][]byte

func (r reader) Height() int                              { return 8 }
func (r reader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, ok := r[path]
		if !ok {
			return nil, fmt.Errorf("no tile %s", path)
		}
		all = append(all, data)
	}
	return all, nil
}

func same(ours [][]byte, theirs []tlog.Hash) error {
	if len(ours) != len(theirs) {
		return fmt.Errorf("%d hashes, Go has %d", len(ours), len(theirs))
	}
	for i, h := range hashes(ours) {
		if h != theirs[i] {
			return fmt.Errorf("hash %d differs", i)
		}
	}
	return nil
}

func proveFromTiles(q question) error {
	tree := tlog.TileHashReader(tlog.Tree{N: q.Size, Hash: hash(q.Root)}, reader(q.Tiles))
	if q.Old > 0 {
		proof, err := tlog.ProveTree(q.Size, q.Old, tree)
		if err != nil {
			return err
		}
		return same(q.Proof, proof)
	}
	proof, err := tlog.ProveRecord(q.Size, q.Index, tree)
	if err != nil {
		return err
	}
	return same(q.Proof, proof)
}

func recordHash(q question) error {
	if tlog.RecordHash(q.Entry) != hash(q.Leaf) {
		return errors.New("another leaf hash")
	}
	return nil
}

func answer(q question) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	switch q.Kind {
	case "open":
		return openNote(q)
	case "sign":
		return signNote(q)
	case "leaf":
		return recordHash(q)
	case "inclusion":
		return tlog.CheckRecord(hashes(q.Proof), q.Size, hash(q.Root), q.Index, hash(q.Leaf))
	case "consistency":
		return tlog.CheckTree(hashes(q.Proof), q.Size, hash(q.Root), q.Old, hash(q.Was))
	case "tiles":
		return proveFromTiles(q)
	}
	return errors.New("unknown question")
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]string, len(questions))
	for i, q := range questions {
		if err := answer(q); err != nil {
			answers[i] = err.Error()
		}
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}

// Prints ../cosign.json: secretboxes of texts of several lengths, and a text sealed with a password by the library
// that cosign seals private keys with, for test/lib/artifact/signing-key.test.ts to open.
//
//	cd test/lib/artifact/golden/cosign && go run . >../cosign.json
package main

import (
	"encoding/hex"
	"encoding/json"
	"os"

	"github.com/secure-systems-lab/go-securesystemslib/encrypted"
	"golang.org/x/crypto/nacl/secretbox"
)

type box struct{ Key, Nonce, Text, Box string }

func main() {
	boxes := []box{}
	state := byte(1)
	fill := func(bytes []byte) {
		for i := range bytes {
			state = state*61 + 17
			bytes[i] = state ^ byte(i>>3)
		}
	}
	for _, length := range []int{0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 138, 1000} {
		var key [32]byte
		var nonce [24]byte
		text := make([]byte, length)
		fill(key[:])
		fill(nonce[:])
		fill(text)
		sealed := secretbox.Seal(nil, text, &nonce, &key)
		boxes = append(boxes, box{hex.EncodeToString(key[:]), hex.EncodeToString(nonce[:]), hex.EncodeToString(text), hex.EncodeToString(sealed)})
	}
	sealed, err := encrypted.Encrypt([]byte("not a key"), []byte("a password"))
	if err != nil {
		panic(err)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(map[string]any{"boxes": boxes, "sealed": json.RawMessage(sealed)}); err != nil {
		panic(err)
	}
}

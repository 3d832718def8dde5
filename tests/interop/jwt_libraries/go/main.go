// Assertions and an acknowledgement as golang-jwt writes them: a description on stdin, a list of tokens on stdout.
package main

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

type asked struct {
	Agency, Audience string
	Iat, Exp         int64
	Acknowledgement  jwt.MapClaims
	Keys             []struct{ Alg, Kid, Pem string }
}

type made struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Token string `json:"token"`
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	var a asked
	if err := json.NewDecoder(os.Stdin).Decode(&a); err != nil {
		panic(err)
	}
	var out []made
	for n, k := range a.Keys {
		block, _ := pem.Decode([]byte(k.Pem))
		key := must(x509.ParsePKCS8PrivateKey(block.Bytes))
		sign := func(claims jwt.Claims, typ string) string {
			token := jwt.NewWithClaims(jwt.GetSigningMethod(k.Alg), claims)
			token.Header["kid"] = k.Kid
			if typ != "" {
				token.Header["typ"] = typ
			}
			return must(token.SignedString(key))
		}
		iat := jwt.NewNumericDate(time.Unix(a.Iat, 0))
		registered := jwt.RegisteredClaims{
			Issuer: a.Agency, Subject: a.Agency, Audience: jwt.ClaimStrings{a.Audience}, ID: fmt.Sprintf("go-0123456789-registered-%d", n),
			IssuedAt: iat, NotBefore: iat, ExpiresAt: jwt.NewNumericDate(time.Unix(a.Exp, 0)),
		}
		free := jwt.MapClaims{
			"iss": a.Agency, "sub": a.Agency, "aud": a.Audience, "jti": fmt.Sprintf("go-0123456789-map-%d", n), "iat": a.Iat, "exp": a.Exp,
		}
		out = append(out,
			made{"golang-jwt registered claims " + k.Alg, "assertion", sign(registered, "")},
			made{"golang-jwt map claims " + k.Alg, "assertion", sign(free, "")},
			made{"golang-jwt " + k.Alg, "acknowledgement", sign(a.Acknowledgement, a.Acknowledgement["type"].(string))})
	}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		panic(err)
	}
}

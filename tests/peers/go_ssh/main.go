// An SSH server over golang.org/x/crypto/ssh for the tests: `peer KEX,... KEYS` listens on loopback and prints its port and public
// keys as JSON. KEX may be "default". KEYS are of "ed25519", "ecdsa256", "rsa2048". Nobody can log in. Ends with standard input.
package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

func key(kind string) any {
	switch kind {
	case "ecdsa256":
		made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			log.Fatal(err)
		}
		return made
	case "rsa2048":
		made, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			log.Fatal(err)
		}
		return made
	default:
		_, made, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			log.Fatal(err)
		}
		return made
	}
}

func main() {
	config := &ssh.ServerConfig{
		PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, io.EOF },
	}
	if os.Args[1] != "default" {
		config.KeyExchanges = strings.Split(os.Args[1], ",")
	}
	var lines []string
	for _, kind := range strings.Split(os.Args[2], ",") {
		signer, err := ssh.NewSignerFromKey(key(kind))
		if err != nil {
			log.Fatal(err)
		}
		config.AddHostKey(signer)
		lines = append(lines, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey()))))
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"port": listener.Addr().(*net.TCPAddr).Port, "keys": lines})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		stream, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			if connection, _, _, err := ssh.NewServerConn(stream, config); err == nil {
				connection.Close()
			}
			stream.Close()
		}()
	}
}

// Package sshpeer is an SSH server over golang.org/x/crypto/ssh as it comes, at which nobody can log in.
package sshpeer

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"net"

	"bench/common"

	"golang.org/x/crypto/ssh"
)

var errNobody = errors.New("nobody can log in")

// Config has three fresh host keys: Ed25519, ECDSA P-256, RSA of 2048 bits.
func Config() *ssh.ServerConfig {
	config := &ssh.ServerConfig{
		PasswordCallback: func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) { return nil, errNobody },
	}
	_, ed25519Key, err := ed25519.GenerateKey(rand.Reader)
	common.Must(err)
	for _, key := range []crypto.Signer{ed25519Key, common.EcdsaKey(), common.RsaKey()} {
		signer, err := ssh.NewSignerFromKey(key)
		common.Must(err)
		config.AddHostKey(signer)
	}
	return config
}

// Answer carries one connection as far as its client wants.
func Answer(connection net.Conn, config *ssh.ServerConfig) {
	if server, _, _, err := ssh.NewServerConn(connection, config); err == nil {
		_ = server.Close()
	}
}

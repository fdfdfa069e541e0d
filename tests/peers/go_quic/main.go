// A QUIC server over quic-go for the tests: `peer -cert CHAIN.pem,KEY.pem [flags]` listens on loopback, prints its port, and takes
// whatever handshake comes. Ends with standard input.
package main

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/quic-go/quic-go"
)

type certificates []tls.Certificate

func (c *certificates) String() string { return "" }

func (c *certificates) Set(value string) error {
	chain, key, _ := strings.Cut(value, ",")
	pair, err := tls.LoadX509KeyPair(chain, key)
	*c = append(*c, pair)
	return err
}

func main() {
	var pairs certificates
	flag.Var(&pairs, "cert", "CHAIN.pem,KEY.pem; may be repeated")
	groups := flag.String("groups", "", "numbers for CurvePreferences, comma-separated; empty: Go's defaults")
	versions := flag.String("versions", "1", "versions of QUIC, comma-separated: 1, 2")
	protocol := flag.String("alpn", "h3", "application protocol")
	retries := flag.Bool("retry", false, "make every client come again with a token")
	hides := flag.Bool("hide-versions", false, "send no Version Negotiation")
	requests := flag.Bool("client-certificate", false, "ask for a certificate")
	flag.Parse()
	config := &tls.Config{Certificates: pairs, NextProtos: []string{*protocol}}
	for _, group := range strings.Split(*groups, ",") {
		if number, err := strconv.ParseUint(group, 0, 16); err == nil {
			config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(number))
		}
	}
	if *requests {
		config.ClientAuth = tls.RequestClientCert
	}
	spoken := []quic.Version{}
	for _, version := range strings.Split(*versions, ",") {
		spoken = append(spoken, map[string]quic.Version{"1": quic.Version1, "2": quic.Version2}[version])
	}
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		log.Fatal(err)
	}
	transport := &quic.Transport{
		Conn:                             socket,
		DisableVersionNegotiationPackets: *hides,
		VerifySourceAddress:              func(net.Addr) bool { return *retries },
	}
	listener, err := transport.Listen(config, &quic.Config{Versions: spoken})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(socket.LocalAddr().(*net.UDPAddr).Port)
	go func() {
		for {
			if _, err := listener.Accept(context.Background()); err != nil {
				return
			}
		}
	}()
	io.Copy(io.Discard, os.Stdin)
}

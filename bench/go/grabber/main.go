// Does what the Go grabbers do and nothing else: so many full handshakes at once with crypto/tls as it comes, and the
// leaf certificate kept. Addresses and ports are a block: every address on every port, addresses in turn.
package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net"
	"net/netip"
	"sync"
	"time"
)

const patience = 10 * time.Second // for one target

type grabbed struct {
	group       tls.CurveID
	certificate []byte
	digest      [sha256.Size]byte
}

func main() {
	first := flag.String("address", "127.0.1.1", "the first address")
	addresses := flag.Int("addresses", 1, "how many addresses, one after another")
	firstPort := flag.Int("port", 20443, "the first port")
	ports := flag.Int("ports", 1, "how many ports, one after another")
	atOnce := flag.Int("at-once", 64, "handshakes at once")
	flag.Parse()

	start := time.Now()
	targets := make(chan string, *atOnce)
	results := make([]grabbed, 0, *addresses**ports)
	var keeping sync.Mutex
	var workers sync.WaitGroup
	for range *atOnce {
		workers.Go(func() {
			dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
			for target := range targets {
				result, err := grab(&dialer, target)
				if err != nil {
					log.Printf("%s: %v", target, err)
					continue
				}
				keeping.Lock()
				results = append(results, result)
				keeping.Unlock()
			}
		})
	}
	for port := *firstPort; port < *firstPort+*ports; port++ {
		address := netip.MustParseAddr(*first)
		for range *addresses {
			targets <- netip.AddrPortFrom(address, uint16(port)).String()
			address = address.Next()
		}
	}
	close(targets)
	workers.Wait()
	hybrid := 0
	for _, result := range results {
		if result.group == tls.X25519MLKEM768 {
			hybrid++
		}
	}
	fmt.Println(len(results), hybrid, time.Since(start).Seconds())
}

func grab(dialer *tls.Dialer, target string) (grabbed, error) {
	ctx, done := context.WithTimeout(context.Background(), patience)
	defer done()
	connection, err := dialer.DialContext(ctx, "tcp", target)
	if err != nil {
		return grabbed{}, err
	}
	defer func(connection net.Conn) { _ = connection.Close() }(connection)
	state := connection.(*tls.Conn).ConnectionState()
	leaf := state.PeerCertificates[0].Raw
	return grabbed{state.CurveID, leaf, sha256.Sum256(leaf)}, nil
}

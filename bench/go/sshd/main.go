// Serves SSH on ports of every address of 127.0.0.0/8. It counts and ends as the server of TLS beside it does.
package main

import (
	"flag"
	"net"

	"bench/common"
	"bench/sshpeer"
)

func main() {
	firstPort := flag.Int("port", 20022, "the first port")
	ports := flag.Int("ports", 1, "how many ports, one after another")
	flag.Parse()
	config := sshpeer.Config()
	for port := *firstPort; port < *firstPort+*ports; port++ {
		go common.Serve(common.OnLoopback(port), func(connection net.Conn) { sshpeer.Answer(connection, config) })
	}
	common.Tell()
}

// Command h2spec: the conformance suite of HTTP/2, over TLS, against a server of this machine.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/summerwind/h2spec"
	"github.com/summerwind/h2spec/config"
)

func main() {
	port := flag.Int("port", 0, "of the server")
	path := flag.String("path", "/", "that is asked for")
	report := flag.String("report", "", "JUnit file to write")
	flag.Parse()
	passed, err := h2spec.Run(&config.Config{Host: "127.0.0.1", Port: *port, Path: *path, Timeout: 2 * time.Second,
		MaxHeaderLen: 4000, JUnitReport: *report, TLS: true, Insecure: true, Strict: true, Sections: flag.Args()})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !passed {
		os.Exit(1)
	}
}
